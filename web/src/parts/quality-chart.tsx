/** Summaries by day: begun from a draft, and of these saved as they were. The table beside it says the same. */
import { useMemo } from "preact/hooks";
import type { DraftDay } from "../contracts";
import { everyDay } from "../quality";
import { say } from "../quality-words";
import { DayChart, type DayLine } from "./day-chart";

const HEIGHT = 220;
/** More points than these run together. */
const MOST_POINTS = 31;

export function QualityChart({ days }: { days: readonly DraftDay[] }) {
  const { dates, lines } = useMemo(() => drawn(everyDay(days)), [days]);
  return (
    <figure class="quality-chart">
      <figcaption>
        <span class="key key-drafted">{say("drafted")}</span>
        <span class="key key-unedited">{say("unedited")}</span>
      </figcaption>
      <DayChart dates={dates} lines={lines} height={HEIGHT} class="quality-drawing" />
    </figure>
  );
}

function drawn(days: readonly DraftDay[]): { dates: string[]; lines: DayLine[] } {
  return {
    dates: days.map((day) => day.date),
    lines: [
      {
        values: days.map((day) => day.figures.drafted),
        stroke: "--accent",
        fill: "--accent-soft",
        hasPoints: days.length < 3,
      },
      {
        values: days.map((day) => day.figures.unedited),
        stroke: "--ok",
        isDashed: true,
        hasPoints: days.length <= MOST_POINTS,
      },
    ],
  };
}
