/** What is different between two texts, line by line. Pure. */
import type { GuideText } from "../contracts";

export type Line = { kind: "same" | "out" | "in"; text: string } | { kind: "skipped"; count: number };

/** Above this the table of the comparison is too large, and all lines in question are said to be others. */
const MOST_CELLS = 4_000_000;
/** Equal lines around a difference that stay in sight. */
const AROUND = 2;

/** The longest common subsequence of lines (Hunt and Szymanski's problem, by the plain table). */
export function differences(before: readonly string[], after: readonly string[]): Line[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  while (
    tail < before.length - head &&
    tail < after.length - head &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  ) {
    tail += 1;
  }
  const same = (text: string): Line => ({ kind: "same", text });
  return [
    ...before.slice(0, head).map(same),
    ...middle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map(same),
  ];
}

function middle(before: readonly string[], after: readonly string[]): Line[] {
  const rows = before.length;
  const columns = after.length;
  const isTooLarge = rows * columns > MOST_CELLS;
  const width = columns + 1;
  // Of the lines from (row, column) on: the length of the longest common part.
  const longest = new Uint16Array(isTooLarge ? 0 : (rows + 1) * width);
  for (let row = rows - 1; row >= 0 && !isTooLarge; row -= 1) {
    for (let column = columns - 1; column >= 0; column -= 1) {
      longest[row * width + column] =
        before[row] === after[column]
          ? longest[(row + 1) * width + column + 1]! + 1
          : Math.max(longest[(row + 1) * width + column]!, longest[row * width + column + 1]!);
    }
  }
  const lines: Line[] = [];
  let row = 0;
  let column = 0;
  while (row < rows || column < columns) {
    if (row < rows && column < columns && before[row] === after[column]) {
      lines.push({ kind: "same", text: before[row]! });
      row += 1;
      column += 1;
    } else if (
      row < rows &&
      (column === columns || isTooLarge || longest[(row + 1) * width + column]! >= longest[row * width + column + 1]!)
    ) {
      lines.push({ kind: "out", text: before[row]! });
      row += 1;
    } else {
      lines.push({ kind: "in", text: after[column]! });
      column += 1;
    }
  }
  return lines;
}

/** Long runs of equal lines become one entry that says how many they are. */
export function folded(lines: readonly Line[]): Line[] {
  const isNear = lines.map((_, at) =>
    lines.slice(Math.max(0, at - AROUND), at + AROUND + 1).some((line) => line.kind !== "same"),
  );
  const kept: Line[] = [];
  lines.forEach((line, at) => {
    const last = kept.at(-1);
    if (isNear[at]) kept.push(line);
    else if (last?.kind === "skipped") last.count += 1;
    else kept.push({ kind: "skipped", count: 1 });
  });
  return kept;
}

/** A guide as lines: its fields by name where they hold something, then its text. */
export function linesOf(text: GuideText, nameOf: (field: keyof GuideText) => string): string[] {
  const fields = (Object.keys(text) as (keyof GuideText)[]).filter((field) => field !== "body" && field !== "sample");
  const told = fields
    .map((field) => [nameOf(field), [text[field]].flat().join(", ")] as const)
    .filter(([, value]) => value)
    .map(([name, value]) => `${name}: ${value}`);
  return [...told, ...text.body.replace(/\n+$/, "").split("\n")];
}
