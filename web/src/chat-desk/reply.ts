/** The reply to the open chat: a draft for each, what goes with it, what is done to it. Sending is the agent's alone. */
import { computed, signal } from "@preact/signals";
import type { ChatLine } from "../chat/view";
import { quoteOf, report } from "../guides";
import { announcement, serverNow_ms } from "../panel";
import type { Said } from "../contracts";
import type { ShownCard } from "../shown";
import { current, isMe, submit, typeInto } from "./desk";
import { Drafts, type Draft, EMPTY_DRAFT, charactersLeft, inserted, withReply } from "./drafts";
import { mayChange } from "./marks";
import { say } from "./words";

const drafts = new Drafts(stored());
/** Rises with each change of a draft. */
const changes = signal(0);

/** The field of the open chat. */
export const field: { current: HTMLTextAreaElement | null } = { current: null };
/** Rises with each wish to write. */
export const focusWanted = signal(0);
export const picker = signal<"closed" | "canned" | "quick">("closed");

export const draft = computed<Draft>(() => {
  changes.value;
  const id = current.value?.id;
  return id === undefined ? EMPTY_DRAFT : drafts.of(id);
});

export const left = computed(() => charactersLeft(draft.value.text));

export function write(text: string): void {
  // An emptied field holds nothing of what was put in.
  change(text === "" ? { text, suggestion_id: "", isInserted: false } : { text });
}

export function attach(labels: string): void {
  let { replies } = draft.peek();
  for (const label of labels.split(",")) replies = withReply(replies, label);
  change({ replies });
}

export function detach(label: string): void {
  change({ replies: draft.peek().replies.filter((each) => each !== label) });
}

/** Nothing is sent that is empty, too long, or when the minute for changing it is over. */
export function send(): void {
  const chat = current.peek();
  const { text, replies, suggestion_id, of_seq, before } = draft.peek();
  const said = text.trim();
  if (!chat || said === "" || charactersLeft(said) < 0) return;
  if (of_seq === null) {
    if (!submit(chat.id, { kind: "said", text: said, replies: [...replies] as Said["replies"], suggestion_id })) return;
    keep(chat.id, EMPTY_DRAFT);
    return;
  }
  const line = chat.lines.peek().find(({ seq }) => seq === of_seq);
  if (!line || !mayChange(line.at_ms, serverNow_ms.peek())) {
    announcement.value = say("editTooLate");
    return;
  }
  if (line.body.kind !== "said" || line.body.text !== said) submit(chat.id, { kind: "edited", of_seq, text: said });
  keep(chat.id, { ...EMPTY_DRAFT, text: before });
}

export function beginChange({ body, seq }: ChatLine): void {
  if (body.kind !== "said") return;
  const { text, of_seq, before } = draft.peek();
  change({ text: body.text, of_seq: seq, before: of_seq === null ? text : before });
  focusReply();
}

export function leaveChange(): void {
  const { before, of_seq } = draft.peek();
  if (of_seq !== null) change({ text: before, of_seq: null, before: "" });
}

export function withdraw({ seq }: ChatLine): void {
  const id = current.peek()?.id;
  if (draft.peek().of_seq === seq) leaveChange();
  if (id !== undefined) submit(id, { kind: "withdrawn", of_seq: seq });
}

/** The own line that was said last, while it may be changed. */
export function lastOwn(): ChatLine | null {
  const own = current.peek()?.lines.peek().findLast((line) => isMe(line.author.staff_id) && line.body.kind === "said");
  return own && mayChange(own.at_ms, serverNow_ms.peek()) ? own : null;
}

/** Put in where the cursor stands; never sent by that, and not shown to the citizen while it is written. */
export function insert(text: string, told: string, suggestion_id = ""): void {
  if (!current.peek()) return;
  const area = field.current;
  const before = draft.peek();
  const from = area?.selectionStart ?? before.text.length;
  const to = area?.selectionEnd ?? from;
  const after = inserted(before.text, from, to, text);
  change({ text: after.text, suggestion_id: suggestion_id || before.suggestion_id, isInserted: true });
  announcement.value = told;
  picker.value = "closed";
  focusReply();
  requestAnimationFrame(() => field.current?.setSelectionRange(after.at, after.at));
}

export function insertCard(card: ShownCard): void {
  insert(quoteOf(card.offer.snippet), say("insertedCard"), card.offer.suggestion_id);
  report(card, "copied");
}

/** What was refused stands in the field again. */
export function putBack(text: string): void {
  const { text: now } = draft.peek();
  change({ text: now === "" ? text : `${text}\n${now}` });
  focusReply();
}

export function focusReply(): void {
  focusWanted.value += 1;
}

function change(next: Partial<Draft>): void {
  const id = current.peek()?.id;
  if (id !== undefined) keep(id, { ...draft.peek(), ...next });
}

function keep(id: string, next: Draft): void {
  drafts.keep(id, next);
  changes.value += 1;
  // What is being changed is no new text: the other side does not see it before it is done.
  typeInto(id, next.of_seq === null ? next.text : "", next.isInserted);
}

function stored(): Pick<Storage, "getItem" | "setItem" | "removeItem"> {
  try {
    return sessionStorage;
  } catch {
    return { getItem: () => null, setItem: () => undefined, removeItem: () => undefined };
  }
}
