/** An article's passages as agents would see them on a card. Pure. */
import { type Block, type Inline, blocksOf } from "../markdown";

/** About as long as the passage of a card. */
const LONGEST = 300;

export interface Section {
  heading: string;
  text: string;
}

/** One a heading; what stands before the first one has none. Sections without words of their own are left out. */
export function sectionsOf(markdown: string): Section[] {
  const sections: { heading: string; lines: string[] }[] = [{ heading: "", lines: [] }];
  for (const block of blocksOf(markdown)) {
    if (block.kind === "heading") sections.push({ heading: plain(block.content), lines: [] });
    else sections.at(-1)!.lines.push(...linesOf(block));
  }
  return sections
    .filter(({ lines }) => lines.length > 0)
    .map(({ heading, lines }) => ({ heading, text: shortened(lines.join("\n")) }));
}

function linesOf(block: Exclude<Block, { kind: "heading" }>): string[] {
  switch (block.kind) {
    case "paragraph":
      return [plain(block.content)];
    case "list":
      return block.items.map((item, at) => `${block.ordered ? `${at + 1}.` : "·"} ${plain(item)}`);
    case "table":
      return block.rows.map((row) => row.map(plain).join(" | "));
  }
}

function plain(parts: readonly Inline[]): string {
  return parts.map((part) => part.text).join("");
}

function shortened(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST).trimEnd()}…`;
}
