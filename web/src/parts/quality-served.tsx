/** How chats were served, below the figures of drafts: what guides alone answered by topic, waits, ratings. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ApiError, request, sentenceOf } from "../api";
import type { ServedFigures, ServedRow } from "../contracts";
import { percent } from "../quality";
import { time } from "../quality-words";
import { say } from "../served-words";
import "../style/quality-served.css";
import { t } from "../text";

/** What is shown stays until the next figures are here. */
export function QualityServed({ days }: { days: number }) {
  const found = useSignal<ServedFigures | null>(null);
  const trouble = useSignal("");
  const tries = useSignal(0);
  useEffect(() => {
    let isOld = false;
    request<ServedFigures>("GET", `/api/quality/chats?days=${days}`).then(
      (told) => {
        if (isOld) return;
        found.value = told;
        trouble.value = "";
      },
      (error: unknown) => {
        if (!isOld) trouble.value = error instanceof ApiError ? sentenceOf(error) : t("unreachable");
      },
    );
    return () => {
      isOld = true;
    };
  }, [days, tries.value]);
  return (
    <section class="served" aria-labelledby="served">
      <h3 id="served">{say("heading")}</h3>
      {trouble.value && (
        <p class="error" role="alert">
          {trouble.value}{" "}
          <button class="plain" type="button" onClick={() => (tries.value += 1)}>
            {t("retry")}
          </button>
        </p>
      )}
      {found.value ? <Served told={found.value} /> : !trouble.value && <p class="quiet">{t("loading")}</p>}
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
