/**
 * The order of the inbox, and how it changes under somebody's hand: not at all.
 *
 * Pure: no clock, no network. While the list is hovered or focused, lines keep their places, new ones wait, and those
 * that went away stay as they were last known.
 */
import type { AlertLine } from "../contracts";

export interface Arranged {
  lines: readonly AlertLine[];
  /** Those of `lines` that are no longer on the list. */
  gone: ReadonlySet<string>;
  /** New ones that are not shown yet. */
  waiting: readonly AlertLine[];
}

export const NOTHING: Arranged = { lines: [], gone: new Set(), waiting: [] };

export const idOf = (line: AlertLine): string => line.finding.alert_id;

/** The public-safety lane first; in each lane the newest first. */
export function sorted(lines: readonly AlertLine[]): AlertLine[] {
  const rank = (line: AlertLine): number => (line.finding.lane === "safety" ? 0 : 1);
  return [...lines].sort(
    (a, b) =>
      rank(a) - rank(b) ||
      b.finding.raised_at_ms - a.finding.raised_at_ms ||
      (idOf(a) < idOf(b) ? -1 : 1),
  );
}

export function arranged(before: Arranged, told: readonly AlertLine[], isHeld: boolean): Arranged {
  if (!isHeld || before.lines.length === 0) return { lines: sorted(told), gone: new Set(), waiting: [] };
  const known = new Map(told.map((line) => [idOf(line), line]));
  const shown = new Set(before.lines.map(idOf));
  return {
    lines: before.lines.map((line) => known.get(idOf(line)) ?? line),
    gone: new Set([...shown].filter((id) => !known.has(id))),
    waiting: sorted(told.filter((line) => !shown.has(idOf(line)))),
  };
}

/** The line before or after the open one; the first one when none is open. */
export function neighbour(lines: readonly AlertLine[], id: string, step: 1 | -1): string | null {
  const at = lines.findIndex((line) => idOf(line) === id);
  const next = at < 0 ? lines[0] : lines[at + step];
  return next ? idOf(next) : null;
}

/** A line that this page knows to be newer than the list: somebody has just acted on it here. */
export function withAnswers(lines: readonly AlertLine[], answers: ReadonlyMap<string, AlertLine>, isClosedList: boolean): AlertLine[] {
  return lines
    .map((line) => answers.get(idOf(line)) ?? line)
    .filter((line) => (line.head.state === "closed") === isClosedList);
}
