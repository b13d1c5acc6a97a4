/**
 * The passage of a card found again in the whole article, to be marked there. Pure.
 *
 * A passage is plain text that was made from Markdown: only letters and digits of both are compared.
 */
import type { Block, Inline } from "./markdown";

const SIGNS = /[^\p{L}\p{N}]+/gu;
/** A piece that is shorter than this stands in many places. */
const SHORTEST = 6;

/** The blocks with the passage's words marked; as they were when it does not stand there. */
export function withPassage(blocks: readonly Block[], passage: string): Block[] {
  const inlines = blocks.flatMap(inlinesOf);
  const flat = inlines.map((part) => part.text).join("\u0000");
  const ranges = rangesOf(flat, passage);
  const marked = new Map<Inline, Inline[]>();
  let start = 0;
  for (const part of inlines) {
    marked.set(part, split(part, start, ranges));
    start += part.text.length + 1;
  }
  const again = (parts: Inline[]): Inline[] => parts.flatMap((part) => marked.get(part) ?? [part]);
  return blocks.map((block) => {
    switch (block.kind) {
      case "heading":
      case "paragraph":
        return { ...block, content: again(block.content) };
      case "list":
        return { ...block, items: block.items.map(again) };
      case "table":
        return { ...block, rows: block.rows.map((row) => row.map(again)) };
    }
  });
}

function inlinesOf(block: Block): Inline[] {
  switch (block.kind) {
    case "heading":
    case "paragraph":
      return block.content;
    case "list":
      return block.items.flat();
    case "table":
      return block.rows.flat(2);
  }
}

/** From and to of what is marked: the whole passage where it stands as one, else its lines and sentences. */
function rangesOf(flat: string, passage: string): [number, number][] {
  const places: number[] = [];
  let bare = "";
  for (let at = 0; at < flat.length; at += 1) {
    const kept = flat[at]!.replace(SIGNS, "");
    if (kept) {
      bare += kept;
      places.push(at);
    }
  }
  const find = (piece: string): [number, number] | null => {
    const wanted = piece.replace(SIGNS, "");
    const at = wanted.length < SHORTEST ? -1 : bare.indexOf(wanted);
    return at < 0 ? null : [places[at]!, places[at + wanted.length - 1]! + 1];
  };
  const whole = find(passage);
  if (whole) return [whole];
  return passage
    .split(/\n+|(?<=[.!?])\s+/)
    .map(find)
    .filter((range) => range !== null)
    .sort((a, b) => a[0] - b[0]);
}

function split(part: Inline, start: number, ranges: readonly [number, number][]): Inline[] {
  const pieces: Inline[] = [];
  let at = 0;
  for (const [from, to] of ranges) {
    const first = Math.max(at, from - start);
    const last = Math.min(part.text.length, to - start);
    if (last <= first) continue;
    if (first > at) pieces.push({ ...part, text: part.text.slice(at, first) });
    pieces.push({ ...part, text: part.text.slice(first, last), isMarked: true });
    at = last;
  }
  if (at === 0) return [part];
  if (at < part.text.length) pieces.push({ ...part, text: part.text.slice(at) });
  return pieces;
}
