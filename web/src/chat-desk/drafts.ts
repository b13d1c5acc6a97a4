/**
 * What the agent has written and not sent, one text a chat: it survives switching and reload.
 *
 * Kept for the tab alone: several people may work at one computer. No storage of its own: it is handed in.
 */

export interface Draft {
  text: string;
  /** Buttons that go with it. */
  replies: readonly string[];
  /** The card it was taken from, "" for none. */
  suggestion_id: string;
  /** It holds a passage or a canned answer. */
  isInserted: boolean;
  /** The own line that is being changed, null: it is a new one. */
  of_seq: number | null;
  /** What stood in the field before the line was taken up to be changed. */
  before: string;
}

export const EMPTY_DRAFT: Draft = { text: "", replies: [], suggestion_id: "", isInserted: false, of_seq: null, before: "" };

/** `MAX_TEXT` of `contracts/chat.py`, in code points. */
export const MAX_TEXT = 2000;
/** `Said.replies`: so many buttons of so many characters. */
export const MAX_REPLIES = 8;
export const MAX_REPLY = 40;

const PREFIX = "sangdam.reply.";

type Storage = Pick<globalThis.Storage, "getItem" | "setItem" | "removeItem">;

export class Drafts {
  private readonly known = new Map<string, Draft>();

  constructor(private readonly storage: Storage) {}

  of(id: string): Draft {
    const known = this.known.get(id);
    if (known) return known;
    const found = this.stored(id);
    this.known.set(id, found);
    return found;
  }

  keep(id: string, draft: Draft): void {
    this.known.set(id, draft);
    const isEmpty = draft.text === "" && draft.replies.length === 0 && draft.of_seq === null;
    try {
      if (isEmpty) this.storage.removeItem(PREFIX + id);
      else this.storage.setItem(PREFIX + id, JSON.stringify(draft));
    } catch {
      // Without storage it lasts as long as the page.
    }
  }

  private stored(id: string): Draft {
    try {
      const found = JSON.parse(this.storage.getItem(PREFIX + id) ?? "null") as Partial<Draft> | null;
      return typeof found?.text === "string" ? { ...EMPTY_DRAFT, ...found } : EMPTY_DRAFT;
    } catch {
      return EMPTY_DRAFT;
    }
  }
}

/** The text with something put in at the selection; where the cursor stands after it. */
export function inserted(text: string, from: number, to: number, added: string): { text: string; at: number } {
  const before = text.slice(0, from);
  const after = text.slice(to);
  // On lines of its own: what was written before stays what it was.
  const lead = before !== "" && !/\s$/.test(before) ? "\n" : "";
  const trail = after !== "" && !/^\s/.test(after) ? "\n" : "";
  return { text: before + lead + added + trail + after, at: before.length + lead.length + added.length };
}

/** The labels with one more; the same when it is empty, too long, there already, or one too many. */
export function withReply(replies: readonly string[], label: string): readonly string[] {
  const trimmed = label.trim();
  const fits = trimmed !== "" && Array.from(trimmed).length <= MAX_REPLY && replies.length < MAX_REPLIES;
  return fits && !replies.includes(trimmed) ? [...replies, trimmed] : replies;
}

/** Code points left; negative: so many too many. */
export function charactersLeft(text: string, most: number = MAX_TEXT): number {
  return most - Array.from(text).length;
}
