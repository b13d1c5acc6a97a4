/** What the rail tells of a chat, and which one waits most for an answer. Pure. */
import type { ChatHead, ChatState, ContactState, Receipts } from "../contracts";

/** A contact's state as a chat's: `contact.events` speaks the language of calls. */
export function chatStateOf(state: ContactState): ChatState {
  switch (state) {
    case "ringing":
      return "waiting";
    case "held":
      return "resting";
    case "ended":
      return "ended";
    case "talking":
    case "transferred":
      return "serving";
  }
}

/** Since when the citizen has waited for an answer; null: nothing waits. */
export function waitsSince_ms(head: ChatHead): number | null {
  return head.state === "serving" ? head.unanswered_since_ms : head.state === "waiting" ? head.queued_at_ms : null;
}

/**
 * The chat to answer next: an emergency first, else who has waited longest. The one that is open comes last, so
 * that the key walks through all of them.
 */
export function nextUnanswered(heads: readonly ChatHead[], open: string | null): string | null {
  const waiting = heads.filter((head) => head.state === "serving" && head.unanswered_since_ms !== null);
  const order = (head: ChatHead): number[] => [
    Number(head.contact_id === open),
    Number(!head.urgent),
    head.unanswered_since_ms ?? 0,
  ];
  const [first] = waiting.toSorted((a, b) => compare(order(a), order(b)));
  return first?.contact_id ?? null;
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((each, index) => each !== b[index]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}

export type Reach = "sent" | "delivered" | "read";

/** How far a line of staff has come. */
export function reachOf(seq: number, receipts: Receipts): Reach {
  if (seq <= receipts.citizen_read) return "read";
  return seq <= receipts.citizen_delivered ? "delivered" : "sent";
}

/** A wait in the unit that says enough: seconds below a minute, minutes below an hour, then hours and minutes. */
export function waitParts(wait_ms: number): { hours: number; minutes: number; seconds: number } {
  const all_s = Math.max(0, Math.floor(wait_ms / 1000));
  return { hours: Math.floor(all_s / 3600), minutes: Math.floor(all_s / 60) % 60, seconds: all_s % 60 };
}

/** As `EDIT_MS` of `contracts/chat.py`. */
export const EDIT_MS = 60_000;

export function mayChange(at_ms: number, now_ms: number): boolean {
  return now_ms - at_ms < EDIT_MS;
}
