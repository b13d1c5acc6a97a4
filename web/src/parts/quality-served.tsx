/** How chats were served, below the figures of drafts: what guides alone answered by topic, waits, ratings. */
import { request } from "../api";
import type { ServedFigures, ServedRow } from "../contracts";
import { percent } from "../quality";
import { time } from "../quality-words";
import { say } from "../served-words";
import "../style/quality-served.css";
import { Told } from "./told";

export function QualityServed({ days }: { days: number }) {
  return (
    <section class="served" aria-labelledby="served">
      <h3 id="served">{say("heading")}</h3>
      <Told about={days} ask={() => request<ServedFigures>("GET", `/api/quality/chats?days=${days}`)}>
        {(told) => <Served told={told} />}
      </Told>
    </section>
  );
}

function Served({ told }: { told: ServedFigures }) {
  if (told.rows.length === 0) return <p class="quiet">{say("none")}</p>;
  const sum = (count: (row: ServedRow) => number): number => told.rows.reduce((all, row) => all + count(row), 0);
  const chats = sum((row) => row.chats);
  const offered = sum((row) => row.offered);
  const served = sum((row) => row.self_served);
  return (
    <>
      <dl class="served-totals">
        <Total name={say("chats")} value={String(chats)} />
        <Total name={say("served")} value={percent(served, chats)} note={say("servedNote", { offered, count: served })} />
        <Total
          name={say("waited")}
          value={time(told.waited_p50_s)}
          note={say("waitedNote", { p90: time(told.waited_p90_s) })}
        />
        <Total
          name={say("rating")}
          value={told.rating_mean === null ? "–" : told.rating_mean.toFixed(1)}
          note={say("ratingNote", { count: told.rated })}
        />
      </dl>
      <div class="table-frame" tabIndex={0} role="group" aria-label={say("table")}>
        <table>
          <thead>
            <tr>
              <th scope="col">{say("topic")}</th>
              <th scope="col">{say("chats")}</th>
              <th scope="col">{say("offered")}</th>
              <th scope="col">{say("served")}</th>
              <th scope="col">{say("share")}</th>
            </tr>
          </thead>
          <tbody>
            {told.rows.map((row) => (
              <tr key={row.topic}>
                <th scope="row">{row.topic || say("noTopic")}</th>
                <td>{row.chats}</td>
                <td>{row.offered}</td>
                <td>{row.self_served}</td>
                <td class="served-share">
                  {/* The number beside it says the same. */}
                  <meter max={row.chats} value={row.self_served} aria-hidden="true" />
                  <span>{percent(row.self_served, row.chats)}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Total({ name, value, note }: { name: string; value: string; note?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="served-value">{value}</dd>
      {note && <dd class="quiet">{note}</dd>}
    </div>
  );
}
