/** The alert that is open: read every few seconds, acted upon, and what of that failed. */
import { batch, computed, signal } from "@preact/signals";
import { ApiError, isPassing, sentenceOf } from "../api";
import { newId } from "../chat/words";
import type { AlertAction, AlertCommand, AlertDeed, AlertHead, AlertLine, AlertView } from "../contracts";
import { staff } from "../session";
import { calls } from "./calls";
import { type Act, deedOf, isMissing, type Missing } from "./deeds";
import { deedText, firstBy } from "./sentences";
import { when } from "./times";
import { type Fields, folded, type Form, keepTyped, readTyped, sent, type Typed, UNTYPED, withField } from "./typed";
import { type Word, say } from "./words";

const POLL_MS = 5000;
/** Stands for the first field of the open form, see `act-form.tsx`. */
export const FIRST = "+first";
/** Closes alerts that grew together with another. */
const DETECTOR = "voc";
/** How long what this page has just done is newer than what the list tells. */
const ANSWER_MS = 8000;

export const view = signal<AlertView | null>(null);
/** Why the alert could not be read. */
export const viewError = signal("");
/** When the server last told; it has not since then. Null: it does. */
export const staleSince = signal<number | null>(null);
export const typed = signal<Typed>(UNTYPED);
export const busy = signal<Act | null>(null);
/** Why the last deed was not done. */
export const trouble = signal("");
/** What is wrong in the open form. */
export const missing = signal<Missing | null>(null);
/** What a colleague did while the form was open. */
export const news = signal("");
/** For the screen reader: what was done, also by colleagues. */
export const told = signal("");
/** Rises with each alert that is opened: the keyboard goes there. */
export const opened = signal(0);
/** Where the keyboard goes next: rises with each wish, so that the same place can be wished again. */
export const focusWish = signal<{ id: string; count: number }>({ id: "", count: 0 });
/** Of alerts that were acted on here a moment ago. */
export const answers = signal<ReadonlyMap<string, AlertLine>>(new Map());
/** Of the page's clock, by the half minute. */
export const now = signal(Date.now());

/** Acknowledging can hurt nobody: it shows at once. */
export const head = computed<AlertHead | null>(() => {
  const known = view.value?.head ?? null;
  return known && busy.value === "acknowledged" ? { ...known, state: "acknowledged" } : known;
});

let current = "";
let heardAt = 0;
/** Rises with each alert and each deed: an answer from before is no answer any more. */
let turn = 0;
let underWay: Promise<void> | null = null;
const asked = new Set<string>();
/** What may or may not have arrived: sent again it keeps its id, so that it counts once. */
let unsent: { key: string; command: AlertCommand } | null = null;

/** Follows an alert; returns how to stop. */
export function follow(alertId: string): () => void {
  current = alertId;
  turn += 1;
  unsent = null;
  batch(() => {
    if (view.peek()?.finding.alert_id !== alertId) view.value = null;
    viewError.value = trouble.value = told.value = news.value = "";
    staleSince.value = missing.value = busy.value = null;
    typed.value = readTyped(sessionStorage, alertId);
    opened.value = opened.peek() + 1;
  });
  void read();
  const timer = setInterval(() => {
    if (document.visibilityState === "visible") void read();
  }, POLL_MS);
  const back = (): void => {
    if (document.visibilityState === "visible") void read();
  };
  document.addEventListener("visibilitychange", back);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", back);
    turn += 1;
    current = "";
  };
}

export async function read(): Promise<void> {
  if (busy.peek()) return;
  const mine = turn;
  try {
    const found = await calls.view(current);
    if (mine === turn) put(found);
  } catch (error) {
    if (mine !== turn) return;
    if (view.peek() && isPassing(error)) staleSince.value = heardAt;
    else viewError.value = sentenceOf(error);
  }
}

function put(found: AlertView): void {
  heardAt = Date.now();
  batch(() => {
    viewError.value = "";
    staleSince.value = null;
    now.value = heardAt;
    const before = view.peek();
    // The same again changes nothing on the page.
    if (JSON.stringify(before) === JSON.stringify(found)) return;
    view.value = found;
    const first = before && firstBy(before.actions, found.actions, staff.peek()?.staff_id ?? "");
    if (first) told.value = news.value = firstText(first);
  });
}

/** A button or a key: does it at once, or unfolds its form. */
export function begin(what: Act): void {
  switch (what) {
    case "acknowledged":
    case "reopened":
      return void send({ kind: what }, what, what);
    case "unmuted":
      return void send({ kind: "muted", until_ms: 0 }, what, what);
    default:
      return unfold(typed.peek().open === what ? null : what);
  }
}

function unfold(form: Form | null): void {
  const before = typed.peek().open;
  missing.value = null;
  trouble.value = news.value = "";
  keep(form ? { ...typed.peek(), open: form } : folded(typed.peek()));
  wish(form ? FIRST : `act-${before}`);
}

export function foldUp(): void {
  unfold(null);
}

export function type(form: Form, name: string, value: string): void {
  if (missing.peek()?.field === name) missing.value = null;
  keep(withField(typed.peek(), form, name, value));
}

/** The form's deed, or what is missing in it. */
export function submit(form: Form, defaults: Fields): void {
  const fields = { ...defaults, ...typed.peek().forms[form] };
  const deed = deedOf(form, fields, Date.now());
  if (isMissing(deed)) {
    missing.value = deed;
    wish(`field-${deed.field}`);
    return;
  }
  void send(deed, form, JSON.stringify([form, fields]));
}

/** One after the other: what is asked for while something is under way comes next, each thing once. */
async function send(deed: AlertDeed, act: Act, key: string): Promise<void> {
  if (asked.has(key)) return;
  const alertId = current;
  asked.add(key);
  try {
    while (underWay) await underWay;
    if (current !== alertId || !view.peek()) return;
    underWay = deliver(alertId, deed, act, key);
    await underWay;
  } finally {
    asked.delete(key);
  }
}

async function deliver(alertId: string, deed: AlertDeed, act: Act, key: string): Promise<void> {
  const before = view.peek()!.actions;
  if (unsent?.key !== key) unsent = { key, command: { client_id: newId(), deed } };
  const { command } = unsent;
  turn += 1;
  const mine = turn;
  batch(() => {
    busy.value = act;
    trouble.value = told.value = "";
  });
  if (act === "acknowledged") wish("act-assigned");
  try {
    const found = await calls.act(alertId, command);
    if (mine !== turn) return;
    unsent = null;
    busy.value = null;
    done(found, act);
  } catch (error) {
    if (mine !== turn) return;
    busy.value = null;
    await fail(error, before, act);
  } finally {
    underWay = null;
  }
}

const TOLD = {
  acknowledged: "toldAcknowledged",
  assigned: "toldAssigned",
  acted: "toldActed",
  muted: "toldMuted",
  unmuted: "toldMuted",
  noted: "toldNoted",
  closed: "toldClosed",
  reopened: "toldReopened",
} as const satisfies Record<Act, Word>;

function done(found: AlertView, act: Act): void {
  batch(() => {
    put(found);
    told.value = say(TOLD[act]);
    if (isForm(act)) keep(sent(typed.peek(), act));
    const line = { finding: found.finding, head: found.head };
    answers.value = new Map([...answers.peek(), [found.finding.alert_id, line]]);
  });
  setTimeout(() => {
    const left = new Map(answers.peek());
    if (left.delete(found.finding.alert_id)) answers.value = left;
  }, ANSWER_MS);
  if (typed.peek().open !== null || act === "acknowledged") return; // the keyboard is somewhere already
  wish(act === "closed" ? "act-reopened" : act === "reopened" ? "act-assigned" : `act-${act}`);
}

/** What was typed stays; what a colleague did meanwhile is shown, and said. */
async function fail(error: unknown, before: AlertView["actions"], act: Act): Promise<void> {
  const isConflict = error instanceof ApiError && error.status === 409;
  if (isConflict) {
    unsent = null;
    await read();
    news.value = ""; // it is said below
    const first = firstBy(before, view.peek()?.actions ?? [], staff.peek()?.staff_id ?? "");
    if (first) {
      trouble.value = overtakenText(first, act);
      return;
    }
  }
  const kept = isForm(act) && isPassing(error) ? ` ${say("keptTyped")}` : "";
  trouble.value = say("failed", { message: sentenceOf(error) }) + kept;
}

function overtakenText(first: AlertAction, act: Act): string {
  const isClosed = view.peek()?.head.state === "closed";
  const kept = isForm(act) ? say("overtakenKept") : "";
  return [firstText(first), kept, isClosed ? say("overtakenClosed") : ""].filter(Boolean).join(" ");
}

function firstText(first: AlertAction): string {
  const at = Date.now();
  return say("overtaken", { who: whoOf(first.staff_id), time: when(first.at_ms, at), what: deedText(first.deed, at) });
}

export function nameOf(staffId: string): string {
  return staffId === DETECTOR ? say("detector") : (view.peek()?.names[staffId] ?? staffId);
}

function whoOf(staffId: string): string {
  return staffId === DETECTOR ? nameOf(staffId) : say("colleague", { name: nameOf(staffId) });
}

function isForm(act: Act): act is Form {
  return !["acknowledged", "reopened", "unmuted"].includes(act);
}

function keep(next: Typed): void {
  typed.value = next;
  keepTyped(sessionStorage, current, next);
}

function wish(id: string): void {
  if (id) focusWish.value = { id, count: focusWish.peek().count + 1 };
}
