/**
 * The Markdown that guides are written in: headings, paragraphs, lists, tables, bold, links. Pure.
 *
 * It becomes data, never HTML text: what an article holds cannot become markup of ours.
 */
export type Inline = ({ kind: "text" | "strong"; text: string } | { kind: "link"; text: string; address: string }) & {
  isMarked?: boolean;
};

export type Block =
  | { kind: "heading"; level: number; content: Inline[] }
  | { kind: "paragraph"; content: Inline[] }
  | { kind: "list"; ordered: boolean; items: Inline[][] }
  | { kind: "table"; rows: Inline[][][] };

const HEADING = /^(#{1,6})\s+(.*)$/;
const BULLET = /^\s*[-*+]\s+(.*)$/;
const NUMBER = /^\s*\d+[.)]\s+(.*)$/;
const ROW = /^\s*\|(.*)\|\s*$/;
const RULE = /^[\s|:-]+$/;
const INLINE = /\*\*(.+?)\*\*|\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)|(https?:\/\/[^\s)]+)/g;

export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  for (const line of markdown.split(/\r?\n/)) {
    const heading = HEADING.exec(line);
    const bullet = BULLET.exec(line);
    const item = bullet ?? NUMBER.exec(line);
    const row = ROW.exec(line);
    const last = blocks.at(-1);
    if (line.trim() === "") {
      blocks.push({ kind: "paragraph", content: [] });
    } else if (heading) {
      blocks.push({ kind: "heading", level: heading[1]!.length, content: inlineOf(heading[2]!) });
    } else if (item) {
      const ordered = bullet === null;
      if (last?.kind === "list" && last.ordered === ordered) last.items.push(inlineOf(item[1]!));
      else blocks.push({ kind: "list", ordered, items: [inlineOf(item[1]!)] });
    } else if (row) {
      if (RULE.test(line)) continue;
      const cells = row[1]!.split("|").map((cell) => inlineOf(cell.trim()));
      if (last?.kind === "table") last.rows.push(cells);
      else blocks.push({ kind: "table", rows: [cells] });
    } else if (last?.kind === "paragraph" && last.content.length > 0) {
      last.content.push({ kind: "text", text: " " }, ...inlineOf(line.trim()));
    } else {
      blocks.push({ kind: "paragraph", content: inlineOf(line.trim()) });
    }
  }
  return blocks.filter((block) => block.kind !== "paragraph" || block.content.length > 0);
}

export function inlineOf(text: string): Inline[] {
  const parts: Inline[] = [];
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > from) parts.push({ kind: "text", text: text.slice(from, match.index) });
    const [whole, strong, label, address] = match;
    if (strong !== undefined) parts.push({ kind: "strong", text: strong });
    else parts.push({ kind: "link", text: label ?? whole, address: address ?? whole });
    from = match.index + whole.length;
  }
  if (from < text.length) parts.push({ kind: "text", text: text.slice(from) });
  return parts;
}
