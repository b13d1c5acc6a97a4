/** The figures of summary drafts as the supervisors' page shows them. Pure. */
import type { DraftDay, DraftFigures } from "./contracts";

export const PERIODS = [7, 30, 90] as const;
export type Period = (typeof PERIODS)[number];

/** The period in the address, `#/quality/90`; a month where it names none. */
export function periodIn(rest: string): Period {
  return PERIODS.find((days) => String(days) === rest) ?? 30;
}

/** A share 0-1 as whole per cent; a dash where there is nothing to share. */
export function percent(part: number | null, of = 1): string {
  return part === null || of === 0 ? "–" : `${Math.round((100 * part) / of)}%`;
}

const DAY_MS = 86_400_000;
const EMPTY: DraftFigures = {
  saved: 0,
  drafted: 0,
  unedited: 0,
  edit_share_p50: null,
  edit_share_p90: null,
  kept_chars: 0,
  seconds_saved: 0,
  after_call_s_p50: null,
  after_call_s_p90: null,
  withheld: 0,
  doubts: 0,
  fallbacks: 0,
};

/** With the days on which nothing was saved between the first and the last, so that a chart's days are equally wide. */
export function everyDay(days: readonly DraftDay[]): DraftDay[] {
  const known = new Map(days.map((day) => [day.date, day]));
  const first = days[0];
  const last = days.at(-1);
  if (!first || !last) return [];
  const found: DraftDay[] = [];
  for (let at = Date.parse(first.date); at <= Date.parse(last.date); at += DAY_MS) {
    const date = new Date(at).toISOString().slice(0, 10);
    found.push(known.get(date) ?? { date, figures: EMPTY });
  }
  return found;
}

/** Seconds in the largest unit that leaves a number people can see before them. */
export function spanOf(seconds: number): { value: string; unit: "seconds" | "minutes" | "hours" } {
  if (seconds < 120) return { value: String(Math.round(seconds)), unit: "seconds" };
  if (seconds < 7200) return { value: String(Math.round(seconds / 60)), unit: "minutes" };
  return { value: (seconds / 3600).toFixed(1), unit: "hours" };
}
