/** From what is typed into a form to a deed, or to what is missing. Pure: time is given. */
import type { AlertDeed, AlertHead, CloseReason } from "../contracts";
import { fromLocalInput, HOUR_MS } from "./times";
import type { Fields, Form } from "./typed";
import type { Word } from "./words";

export const MOST_NOTE = 1000;
export const MOST_NAME = 80;
export const REASONS: readonly CloseReason[] = ["real", "false_alarm", "expected", "duplicate"];
export const MUTE_HOURS: readonly { hours: number; word: Word }[] = [
  { hours: 1, word: "mute1" },
  { hours: 12, word: "mute12" },
  { hours: 168, word: "mute168" },
];
/** Clocks of the page and the server differ a little. */
const CLOCKS_DIFFER_MS = 60_000;

/** A field by name and what is wrong with it. */
export interface Missing {
  field: string;
  word: Word;
}

export function deedOf(form: Form, fields: Fields, now_ms: number): AlertDeed | Missing {
  const text = (name: string): string => (fields[name] ?? "").trim();
  switch (form) {
    case "assigned":
      if (!text("department")) return { field: "department", word: "needed" };
      return { kind: "assigned", department: text("department"), person: text("person"), note: text("note") };
    case "acted": {
      if (!text("note")) return { field: "note", word: "needed" };
      const done_at_ms = fields["when"] ? fromLocalInput(fields["when"]) : now_ms;
      if (done_at_ms === null) return { field: "when", word: "badTime" };
      if (done_at_ms > now_ms + CLOCKS_DIFFER_MS) return { field: "when", word: "futureTime" };
      return { kind: "acted", note: text("note"), done_at_ms };
    }
    case "muted": {
      const hours = Number(fields["hours"] ?? MUTE_HOURS[0]!.hours);
      return { kind: "muted", until_ms: now_ms + hours * HOUR_MS };
    }
    case "noted":
      return text("note") ? { kind: "noted", note: text("note") } : { field: "note", word: "needed" };
    case "closed": {
      const reason = REASONS.find((each) => each === fields["reason"]);
      return reason ? { kind: "closed", reason, note: text("note") } : { field: "reason", word: "needed" };
    }
  }
}

export function isMissing(found: AlertDeed | Missing): found is Missing {
  return "field" in found;
}

export type Act = "acknowledged" | "reopened" | "unmuted" | Form;

/** What may be done now, in the order of the buttons. */
export function actsOf(head: AlertHead, now_ms: number): Act[] {
  if (head.state === "closed") return ["reopened", "acted", "noted"];
  const isMuted = head.muted_until_ms > now_ms;
  return [
    ...(head.state === "new" ? (["acknowledged"] as const) : []),
    "assigned",
    "acted",
    "noted",
    isMuted ? "unmuted" : "muted",
    "closed",
  ];
}
