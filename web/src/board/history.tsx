/** The past of a topic, a district, or the whole city: a chart, and the table that says the same. */
import { useSignal } from "@preact/signals";
import { request } from "../api";
import type { HistoryPoint, VocHistory } from "../contracts";
import { Told } from "../parts/told";
import { timeOfDay } from "../text";
import { queryOf } from "./address";
import { HistoryChart } from "./history-chart";
import { type Word, dateText, figure, say } from "./words";

const SPANS: readonly { hours: number; word: Word }[] = [
  { hours: 24, word: "history24" },
  { hours: 168, word: "history168" },
  { hours: 672, word: "history672" },
  { hours: 8760, word: "history8760" },
];

export function History({ topic, district }: { topic: string | null; district: string | null }) {
  const hours = useSignal(168);
  const asked = queryOf({ topic, district });
  asked.set("hours", String(hours.value));
  const query = asked.toString();
  return (
    <section class="history" aria-labelledby="history-title">
      <div class="part-head">
        <h3 id="history-title">{say("history")}</h3>
        <div class="spans" role="group" aria-label={say("historyPart")}>
          {SPANS.map((span) => (
            <button
              key={span.hours}
              class="small"
              type="button"
              aria-pressed={hours.value === span.hours}
              onClick={() => (hours.value = span.hours)}
            >
              {say(span.word)}
            </button>
          ))}
        </div>
      </div>
      <Told about={query} ask={() => request<VocHistory>("GET", `/api/voc/history?${query}`)}>
        {(told) => (
          <>
            <HistoryChart history={told} />
            <HistoryTable history={told} />
          </>
        )}
      </Told>
    </section>
  );
}

/** The newest first: it is what one looks for. */
function HistoryTable({ history }: { history: VocHistory }) {
  const points = [...history.points].reverse();
  return (
    <details class="history-table">
      <summary>{say("historyTable")}</summary>
      <div class="board-frame" tabIndex={0} role="group" aria-labelledby="history-title">
        <table class="board-table">
          <thead>
            <tr>
              <th scope="col">{say("when")}</th>
              <th scope="col" class="count">
                {say("seen")}
              </th>
              <th scope="col" class="count">
                {say("usual")}
              </th>
            </tr>
          </thead>
          <tbody>
            {points.map((point) => (
              <tr key={point.at_ms}>
                <th scope="row">{nameOf(point, history.step)}</th>
                <td class="count">{figure(point.seen)}</td>
                <td class="count">{point.usual === null ? "–" : figure(point.usual)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function nameOf({ at_ms }: HistoryPoint, step: VocHistory["step"]): string {
  return step === "day" ? dateText(at_ms) : `${dateText(at_ms)} ${timeOfDay(at_ms)}`;
}
