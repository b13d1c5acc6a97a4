/** Thirty days of cards and unanswered questions: a drawing for the eye, a table for everybody. */
import { useMemo } from "preact/hooks";
import type { GuideDay } from "../contracts";
import { DayChart, type DayLine } from "../parts/day-chart";
import { say } from "./words";

const HEIGHT = 180;

export function FiguresChart({ days }: { days: readonly GuideDay[] }) {
  const dates = useMemo(() => days.map((day) => day.date), [days]);
  const lines = useMemo(() => linesOf(days), [days]);
  return (
    <figure class="chart">
      <figcaption>
        {say("chart", { count: days.length })}
        <span class="chart-legend">
          <span class="legend-offered">{say("offered")}</span>
          <span class="legend-nothing">{say("nothing")}</span>
        </span>
      </figcaption>
      <DayChart dates={dates} lines={lines} height={HEIGHT} class="chart-drawing" />
      <details>
        <summary>{say("asTable")}</summary>
        <div class="chart-table" tabIndex={0} role="group" aria-label={say("asTable")}>
          <table>
            <thead>
              <tr>
                <th scope="col">{say("day")}</th>
                <th scope="col">{say("offered")}</th>
                <th scope="col">{say("nothing")}</th>
              </tr>
            </thead>
            <tbody>
              {days.map((day) => (
                <tr key={day.date}>
                  <th scope="row">{day.date}</th>
                  <td>{day.offered}</td>
                  <td>{day.nothing}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}

function linesOf(days: readonly GuideDay[]): DayLine[] {
  return [
    { values: days.map((day) => day.offered), stroke: "--accent" },
    { values: days.map((day) => day.nothing), stroke: "--warn", isDashed: true },
  ];
}
