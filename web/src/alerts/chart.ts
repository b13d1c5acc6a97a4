/** The series of an alert as columns for the chart, and its rows as text. Pure. */
import type { AlertAction, HourPoint } from "../contracts";
import { HOUR_MS } from "./times";

export interface Columns {
  /** Beginnings of hours, and the end of the last one. */
  at_ms: number[];
  /** Each hour's count is in one of three: as usual, above the limit, or of an hour that is not over. */
  within: (number | null)[];
  above: (number | null)[];
  open: (number | null)[];
  expected: number[];
  upper: number[];
  most: number;
}

export function columnsOf(series: readonly HourPoint[]): Columns {
  const last = series.at(-1);
  const ends = last ? [...series, { ...last, hour_ms: last.hour_ms + HOUR_MS }] : [];
  const only = (holds: (point: HourPoint) => boolean): (number | null)[] => [
    ...series.map((point) => (holds(point) ? point.seen : null)),
    ...(last ? [null] : []),
  ];
  return {
    at_ms: ends.map((point) => point.hour_ms),
    within: only((point) => point.is_whole && !isAbove(point)),
    above: only(isAbove),
    open: only((point) => !point.is_whole && !isAbove(point)),
    expected: ends.map((point) => point.expected),
    upper: ends.map((point) => point.upper),
    most: Math.max(0, ...series.flatMap((point) => [point.seen, point.expected, point.upper])),
  };
}

export function isAbove(point: HourPoint): boolean {
  return point.seen > point.upper;
}

/** When something was done, oldest first, each time once. */
export function deedTimes(actions: readonly AlertAction[]): number[] {
  const times = actions.flatMap(({ deed }) => (deed.kind === "acted" ? [deed.done_at_ms] : []));
  return [...new Set(times)].sort((a, b) => a - b);
}

export function isIn(point: HourPoint, at_ms: number): boolean {
  return at_ms >= point.hour_ms && at_ms < point.hour_ms + HOUR_MS;
}
