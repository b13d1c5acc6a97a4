/** The order of the inbox. Pure. */
import type { AlertLine } from "../contracts";

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
