/** What is shown of a conversation: its entries with edits and withdrawals applied. Twin of `chat_gateway/view.py`. */
import type { Body, ChatEntry, Party, Side } from "../contracts";

export interface ChatLine {
  seq: number;
  at_ms: number;
  author: Party;
  client_id: string;
  /** As it reads now; `hidden` when it was withdrawn. */
  body: Body;
  /** Of the entry that edited it last. */
  edited_ms: number | null;
  is_withdrawn: boolean;
}

/** One line for each entry that says something itself, in their order. */
export function linesOf(entries: readonly ChatEntry[]): ChatLine[] {
  const edits = new Map<number, ChatEntry>();
  const withdrawn = new Set<number>();
  for (const entry of entries) {
    if (entry.body.kind === "edited") edits.set(entry.body.of_seq, entry);
    else if (entry.body.kind === "withdrawn") withdrawn.add(entry.body.of_seq);
  }
  const lines: ChatLine[] = [];
  for (const entry of entries) {
    const line = lineOf(entry, edits.get(entry.seq), withdrawn.has(entry.seq));
    if (line) lines.push(line);
  }
  return lines;
}

/** Lines as they were entered: the same object each time, so that a new line redraws itself alone. */
const plain = new WeakMap<ChatEntry, ChatLine>();

function lineOf(entry: ChatEntry, edit: ChatEntry | undefined, is_withdrawn: boolean): ChatLine | null {
  const known = edit || is_withdrawn ? undefined : plain.get(entry);
  if (known) return known;
  const { seq, at_ms, author, client_id, body } = entry;
  const line = { seq, at_ms, author, client_id, edited_ms: null, is_withdrawn };
  if (is_withdrawn) return { ...line, body: { kind: "hidden", spoken: false } };
  if (body.kind === "hidden" || body.kind === "edited" || body.kind === "withdrawn") return null;
  if (body.kind === "said" && edit?.body.kind === "edited") {
    return { ...line, body: { ...body, text: edit.body.text, profane: [] }, edited_ms: edit.at_ms };
  }
  const made = { ...line, body };
  if (!edit) plain.set(entry, made);
  return made;
}

/** Said or shown to `side`, and to be noticed by it: not its own words, not the bookkeeping. */
export function isForAttention(line: ChatLine, side: Side): boolean {
  if (line.is_withdrawn || line.author.side === side) return false;
  switch (line.body.kind) {
    case "said":
    case "photo":
    case "place":
      return true;
    case "notice":
    case "offered":
      return side === "citizen";
    case "noted":
    case "urgent":
      return side === "staff";
    default:
      return false;
  }
}
