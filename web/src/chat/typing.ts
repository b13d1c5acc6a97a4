/**
 * Real-time text: what is being written, shown on the other side as it happens, after XEP-0301.
 *
 * The twin of `chat_gateway/realtime_text.py`; both pass `tests/property/chat_cases.json`. What is compared is the
 * field's value, never the keys: an input method rewrites its last character with every jamo. Positions count code
 * points, as Python does. Time comes in as ms.
 */
import type { Typing } from "../contracts";

/** Insert this text before this position, or erase so many code points before it. */
export type Action = ["t", number, string] | ["e", number, number];

export const MAX_TEXT = 2000;
/** A change waits at most so long for others; EN 301 549 §6.2.4 allows 500 ms in all. */
export const FLUSH_MS = 250;
/** The whole field again, for whoever missed something. */
export const RESET_MS = 10_000;
/** A field in which nothing changes any more is repeated for so long. */
export const REPEAT_MS = 60_000;
/** "Is writing" is said again so often, while it is true and the words are not shown. */
export const COMPOSING_MS = 5000;
/** What was heard is forgotten: words, and "is writing". */
export const FORGET_MS = 30_000;
export const FORGET_COMPOSING_MS = 10_000;

const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** Without halves of characters, which no JSON reader takes. */
export function wellFormed(text: string): string {
  return text.replace(LONE_SURROGATE, "\uFFFD");
}

/** What turns `before` into `after`: at most one erasure and one insertion. */
export function changes(before: string, after: string): Action[] {
  const from = Array.from(before);
  const to = Array.from(after);
  const shorter = Math.min(from.length, to.length);
  let start = 0;
  while (start < shorter && from[start] === to[start]) start += 1;
  let end = 0;
  while (end < shorter - start && from[from.length - 1 - end] === to[to.length - 1 - end]) end += 1;
  const actions: Action[] = [];
  const erased = from.length - start - end;
  if (erased > 0) actions.push(["e", from.length - end, erased]);
  if (to.length - end > start) actions.push(["t", start, to.slice(start, to.length - end).join("")]);
  return actions;
}

/** The text after these actions. Positions beyond it count as its end: what a peer sends breaks nothing. */
export function applied(text: string, actions: readonly Action[]): string {
  let points = Array.from(text);
  for (const [kind, at, what] of actions) {
    const place = Math.max(0, Math.min(at, points.length));
    if (kind === "t") points.splice(place, 0, ...Array.from(what));
    else {
      const count = Math.max(0, Math.min(what, place));
      points.splice(place - count, count);
    }
    points = points.slice(0, MAX_TEXT);
  }
  return points.join("");
}

/** What goes out of one field. */
export class Writer {
  private text = "";
  private told = "";
  private isTold = false;
  private seq = 0;
  private changed_ms = -Infinity;
  private flushed_ms = -Infinity;
  private reset_ms: number | null = null;

  /** `draft` becomes the `client_id` of the message that is written: so the other side knows what it replaces. */
  constructor(
    private readonly contact_id: string,
    private draft: string,
    private isLive = false,
  ) {}

  /** The id of what is being written. */
  get draft_id(): string {
    return this.draft;
  }

  /** The field has this value now. */
  wrote(text: string, now_ms: number): void {
    const kept = Array.from(wellFormed(text)).slice(0, MAX_TEXT).join("");
    if (kept === this.text) return;
    this.text = kept;
    this.changed_ms = now_ms;
  }

  /** The words themselves are shown, or no more. */
  switch(isLive: boolean): void {
    if (isLive === this.isLive) return;
    this.isLive = isLive;
    this.again();
  }

  /** The message was sent, and ends this draft; the next one has this id. */
  sent(next: string): void {
    this.draft = next;
    this.seq = 0;
    this.text = "";
    this.isTold = false;
    this.again();
  }

  /** The other side may know nothing of this any more: another connection. */
  again(): void {
    this.told = "";
    // An emptied field still has its `stop` to say.
    this.isTold = this.isTold && this.text === "";
    this.reset_ms = null;
  }

  /** When `flush` has something to say; null: not before the field changes. */
  get due_ms(): number | null {
    if (this.text === "") return this.isTold ? this.flushed_ms + FLUSH_MS : null;
    if (!this.isTold) return this.flushed_ms + FLUSH_MS;
    if (!this.isLive) return this.changed_ms > this.flushed_ms ? this.flushed_ms + COMPOSING_MS : null;
    if (this.text !== this.told) return this.flushed_ms + FLUSH_MS;
    const again = (this.reset_ms ?? this.flushed_ms) + RESET_MS;
    return again <= this.changed_ms + REPEAT_MS ? again : null;
  }

  /** What is to be sent now, if anything. */
  flush(now_ms: number): Typing | null {
    const due_ms = this.due_ms;
    if (due_ms === null || now_ms < due_ms) return null;
    this.flushed_ms = now_ms;
    if (this.text === "") {
      this.told = "";
      this.isTold = false;
      return this.event("stop");
    }
    this.isTold = true;
    if (!this.isLive) return this.event("edit");
    const before = this.told;
    this.told = this.text;
    if (this.reset_ms !== null && now_ms < this.reset_ms + RESET_MS) {
      return { ...this.event("edit"), actions: changes(before, this.text) };
    }
    this.reset_ms = now_ms;
    return { ...this.event("reset"), text: this.text };
  }

  private event(event: Typing["event"]): Typing {
    const seq = this.seq;
    this.seq += 1;
    return {
      type: "typing",
      contact_id: this.contact_id,
      draft: this.draft,
      seq,
      event,
      actions: [],
      text: "",
      is_composing: event !== "stop",
      side: "citizen",
      name: "",
    };
  }
}

/** What is shown of somebody's field. */
export interface Written {
  /** Null: something is being written, and what is not known. */
  text: string | null;
}

/** What comes in of one person's field. */
export class Reader {
  private draft = "";
  private closed: string[] = [];
  private seq = -1;
  private text: string | null = null;
  private isWriting = false;
  private heard_ms = 0;

  hear(typing: Typing, now_ms: number): void {
    if (this.closed.includes(typing.draft)) return;
    if (typing.draft !== this.draft) this.turnTo(typing.draft);
    if (typing.seq <= this.seq) return;
    const isNext = typing.seq === this.seq + 1;
    this.seq = typing.seq;
    this.heard_ms = now_ms;
    this.isWriting = typing.event !== "stop";
    switch (typing.event) {
      case "reset":
        this.text = Array.from(typing.text).slice(0, MAX_TEXT).join("");
        break;
      case "stop":
        this.text = "";
        break;
      case "edit":
        this.text = isNext && this.text !== null ? applied(this.text, typing.actions as Action[]) : null;
    }
  }

  /** A message of this person is there: if it is what was being written, it stands in its place, for good. */
  sent(client_id: string): void {
    if (client_id === this.draft) this.turnTo("");
    else if (client_id !== "" && !this.closed.includes(client_id)) this.close(client_id);
  }

  /** The words are not to be shown any more. */
  hide(): void {
    this.text = null;
  }

  shown(now_ms: number): Written | null {
    const until = this.until_ms;
    return until === null || now_ms >= until ? null : { text: this.text };
  }

  /** When it is forgotten, null when nothing is shown. */
  get until_ms(): number | null {
    if (!this.isWriting) return null;
    return this.heard_ms + (this.text === null ? FORGET_COMPOSING_MS : FORGET_MS);
  }

  private turnTo(draft: string): void {
    if (this.draft !== "") this.close(this.draft);
    this.draft = draft;
    this.seq = -1;
    this.text = null;
    this.isWriting = false;
  }

  /** An event of it may still be under way: it is not to be shown again. */
  private close(draft: string): void {
    this.closed = [...this.closed, draft].slice(-8);
  }
}
