/** How summary drafts fare, for supervisors: figures, days, engines, fields; below, how chats were served. */
import { useEffect } from "preact/hooks";
import { api } from "../api";
import type { DraftFigures, DraftQuality } from "../contracts";
import { PERIODS, percent, periodIn } from "../quality";
import { say, time } from "../quality-words";
import { pagesOf, rest } from "../route";
import { staff } from "../session";
import "../style/quality.css";
import { PageTop } from "./page-top";
import { QualityChart } from "./quality-chart";
import { QualityServed } from "./quality-served";
import { DayTable, EngineTable, FieldTable } from "./quality-tables";
import { Told } from "./told";

export function QualityPage() {
  const maySee = pagesOf(staff.value?.role).includes("quality");
  useEffect(() => {
    document.title = `${say("title")} · 상담`;
  }, []);
  return (
    <div class="page">
      <PageTop title={say("title")} />
      {maySee ? <Quality /> : <NotYours />}
    </div>
  );
}

function NotYours() {
  return (
    <main class="quality">
      <h2>{say("notYours")}</h2>
      <a href="#/">{say("toPanel")}</a>
    </main>
  );
}

function Quality() {
  const period = periodIn(rest.value);
  return (
    <main class="quality" tabIndex={-1}>
      <div class="quality-head">
        <h2>{say("heading")}</h2>
        <Periods period={period} />
      </div>
      <Told about={period} ask={() => api.quality(period)}>
        {(told) => <Figures told={told} />}
      </Told>
      <QualityServed days={period} />
    </main>
  );
}

function Periods({ period }: { period: number }) {
  return (
    <nav aria-label={say("period")}>
      <ul class="periods">
        {PERIODS.map((count) => (
          <li key={count}>
            <a href={`#/quality/${count}`} aria-current={count === period ? "true" : undefined}>
              {say("days", { count })}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Figures({ told }: { told: DraftQuality }) {
  if (told.total.saved === 0) {
    return (
      <div class="quality-none">
        <p>{say("none")}</p>
        <p class="quiet">{say("noneNote")}</p>
      </div>
    );
  }
  return (
    <>
      <Tiles total={told.total} speed={told.typing_chars_per_s} />
      <section class="quality-days" aria-labelledby="by-day">
        <h3 id="by-day">{say("byDay")}</h3>
        <QualityChart days={told.days} />
        <DayTable days={told.days} />
      </section>
      <div class="quality-tables">
        <EngineTable engines={told.engines} />
        <FieldTable fields={told.fields} />
      </div>
    </>
  );
}

function Tiles({ total, speed }: { total: DraftFigures; speed: number }) {
  const { saved, drafted, unedited, kept_chars } = total;
  return (
    <dl class="tiles">
      <Tile name={say("saved")} value={String(saved)} note={say("savedNote", { count: drafted })} />
      <Tile
        name={say("unedited")}
        value={percent(unedited, drafted)}
        note={say("uneditedNote", { count: unedited, of: drafted })}
      />
      <Tile
        name={say("share")}
        value={percent(total.edit_share_p50)}
        note={say("shareNote", { p90: percent(total.edit_share_p90) })}
      />
      <Tile
        name={say("time")}
        value={time(total.seconds_saved)}
        note={say("timeNote", { chars: kept_chars.toLocaleString("ko-KR"), speed })}
      />
      <Tile
        name={say("afterCall")}
        value={time(total.after_call_s_p50)}
        note={say("afterCallNote", { p90: time(total.after_call_s_p90) })}
      />
      <Tile name={say("withheld")} value={String(total.withheld)} note={say("withheldNote")} />
      <Tile name={say("doubts")} value={String(total.doubts)} note={say("doubtsNote")} />
      <Tile name={say("fallbacks")} value={String(total.fallbacks)} note={say("fallbacksNote")} />
    </dl>
  );
}

function Tile({ name, value, note }: { name: string; value: string; note: string }) {
  return (
    <div class="tile">
      <dt>{name}</dt>
      <dd class="tile-value">{value}</dd>
      <dd class="quiet">{note}</dd>
    </div>
  );
}
