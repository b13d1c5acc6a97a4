/**
 * The guide under the editor's hands: what stands in the form, what the server has of it, and what is to be sent.
 *
 * Pure: no clock, no network. One request at a time is under way; what is typed meanwhile goes with the next one.
 */
import type { GuideSave, GuideText, GuideVersion } from "../contracts";

export type DraftState = "clean" | "dirty" | "saving" | "failed" | "refused" | "conflict";

export interface Draft {
  /** Empty: the server does not know it yet. */
  id: string;
  text: GuideText;
  /** The open version as the server last told of it; null: there is none yet. */
  open: GuideVersion | null;
  state: DraftState;
  /** What is under way. */
  sent: GuideText | null;
  /** What somebody else saved first, in a conflict; null there: no version is open any more. */
  newer: GuideVersion | null;
  /** Why it was refused, or could not be sent. */
  message: string;
  saved_at_ms: number | null;
}

export type DraftEvent =
  | { kind: "typed"; change: Partial<GuideText> }
  | { kind: "sent" }
  | { kind: "stored"; version: GuideVersion; at_ms: number }
  | { kind: "failed"; message: string }
  | { kind: "refused"; message: string }
  | { kind: "overtaken"; newer: GuideVersion | null }
  | { kind: "mine" }
  | { kind: "theirs" }
  /** Something else than its text changed: a step to review, to being published. */
  | { kind: "moved"; open: GuideVersion | null; text: GuideText };

export const EMPTY_GUIDE: GuideText = {
  title: "", body: "", category: "", department: "", district: "", agency: "", keywords: [],
  revised: "", checked: "", valid_from: "", valid_until: "", source: "", sample: false,
};

export function isOpen(version: GuideVersion): boolean {
  return version.status === "draft" || version.status === "review";
}

/** An article as it was read, from its versions, newest first; none: a new one. */
export function draftOf(id: string, versions: readonly GuideVersion[]): Draft {
  const open = versions.find(isOpen) ?? null;
  const text = (open ?? shownOf(versions))?.text ?? EMPTY_GUIDE;
  return { id, text, open, state: "clean", sent: null, newer: null, message: "", saved_at_ms: null };
}

/** What agents see, or saw until it was retired. */
export function shownOf(versions: readonly GuideVersion[]): GuideVersion | null {
  return versions.find((version) => !isOpen(version)) ?? null;
}

export function after(draft: Draft, event: DraftEvent): Draft {
  switch (event.kind) {
    case "typed": {
      const text = { ...draft.text, ...event.change };
      const waits = draft.state === "saving" || draft.state === "conflict" || draft.state === "failed";
      return { ...draft, text, state: waits ? draft.state : "dirty", message: waits ? draft.message : "" };
    }
    case "sent":
      return { ...draft, sent: draft.text, state: "saving", message: "" };
    case "stored": {
      const { version, at_ms } = event;
      const isAll = draft.text === draft.sent;
      return {
        ...draft, id: version.article_id, open: version, sent: null, saved_at_ms: at_ms, state: isAll ? "clean" : "dirty",
      };
    }
    case "failed":
      return { ...draft, sent: null, state: "failed", message: event.message };
    case "refused":
      return { ...draft, sent: null, state: "refused", message: event.message };
    case "overtaken":
      return { ...draft, sent: null, state: "conflict", newer: event.newer };
    case "mine":
      return { ...draft, state: "dirty", open: draft.newer, newer: null };
    case "theirs":
      if (!draft.newer) return draft; // nothing to take: it has to be read again
      return { ...draft, state: "clean", open: draft.newer, text: draft.newer.text, newer: null };
    case "moved":
      // What was typed while the step was under way stays, and is stored next.
      return draft.state === "clean" ? { ...draft, open: event.open, text: event.text } : { ...draft, open: event.open };
  }
}

/** What is to be sent now; null: nothing, or nothing that could be kept. */
export function saveOf(draft: Draft, gap_id = ""): GuideSave | null {
  const isDue = draft.state === "dirty" || draft.state === "failed";
  if (!isDue || !draft.text.title.trim()) return null;
  return { edit: draft.open?.edit ?? 0, text: draft.text, note: "", gap_id };
}

export function isUnsaved(draft: Draft | null): boolean {
  return draft !== null && draft.state !== "clean";
}

/** Nobody publishes what they wrote themselves but admins. */
export function mayPublish(open: GuideVersion, staff: { staff_id: string; role: string }): boolean {
  return staff.role === "admin" || (open.status === "review" && open.author !== staff.staff_id);
}
