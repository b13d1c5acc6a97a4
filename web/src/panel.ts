/**
 * The panel's live state: own contacts, the watched views, the line to the server.
 *
 * Snapshots and events come in here and go through the pure reducer; components read the signals.
 */
import { batch, computed, effect, signal } from "@preact/signals";
import { isPassing, socketAddress } from "./api";
import { Connection, type Link } from "./connection";
import { chatSide } from "./chat-side";
import type {
  AnyEvent, ContactEntry, ContactState, ContactStateChanged, ContactView, PanelMessage, Refused,
} from "./contracts";
import { Delays } from "./latency";
import { Patience } from "./patience";
import { lang } from "./preferences";
import { listed } from "./rail";
import { askWhoIAm, staff } from "./session";
import { t } from "./text";
import { apply } from "./view";

/** Contacts that go on being watched after the agent turned to another one, for their unread marks. */
const WATCHED = 4;

export const link = signal<Link>({ kind: "connecting" });
/** The line has been broken for longer than it takes to come back at once: said, calmly. */
export const isAway = signal(false);
const isComplete = signal(true);
/** Contacts whose snapshot the server cannot give now. */
const waiting = signal<ReadonlySet<string>>(new Set());
/** The server's database is away: it shows what it has in memory. */
export const storeIsAway = computed(() => !isComplete.value || waiting.value.size > 0);
/** Snapshots that came, to be followed by whoever needs a fresh one. */
export const snapshots = signal(0);
export const contacts = signal<readonly ContactEntry[]>([]);
export const views = signal<ReadonlyMap<string, ContactView>>(new Map());
export const selected = signal<string | null>(null);
export const unread = signal<ReadonlyMap<string, number>>(new Map());
/** A contact that came in while another one was open. */
export const arrived = signal<string | null>(null);
export const partialDelay_ms = signal<number | null>(null);
/** This machine's clock, every second; `serverNow` is the same on the server's clock. */
export const now_ms = signal(Date.now());
export const clockOffset_ms = signal(0);
export const serverNow_ms = computed(() => now_ms.value + clockOffset_ms.value);
/** What is read out to screen readers. */
export const announcement = signal("");

export const view = computed(() => {
  const id = selected.value;
  return id === null ? null : (views.value.get(id) ?? null);
});

/** The state as the newest source tells it: the view, or the rail before the snapshot came. */
export const entry = computed(
  () => contacts.value.find((each) => each.contact.contact_id === selected.value) ?? null,
);

const CHAT_STATES: Partial<Record<ContactState, "chatWaiting" | "chatServing" | "chatResting">> = {
  ringing: "chatWaiting",
  talking: "chatServing",
  held: "chatResting",
};

const MOST_ASKED = 8;
const ASK_AGAIN_MS = 500;
/** While the server cannot give a snapshot; spread, so that a thousand panels do not ask at once. */
const ASK_LATER_MS = 1500;
const asked = new Map<string, number>();

const AWAY_AFTER_MS = 1500;
let saysAway: ReturnType<typeof setTimeout> | undefined;

/** Acts that outlive a server that is away. */
export const patience = new Patience({
  now: Date.now,
  later: (run, delay_ms) => setTimeout(run, delay_ms),
  isPassing,
});

const delays = new Delays();
let listeners: ((event: AnyEvent) => void)[] = [];

/** Hear every event as it is pushed (not those of snapshots). Returns how to stop. */
export function onEvent(listener: (event: AnyEvent) => void): () => void {
  listeners = [...listeners, listener];
  return () => {
    listeners = listeners.filter((each) => each !== listener);
  };
}

export const connection = new Connection({
  open: () => new WebSocket(socketAddress("/ws/panel")),
  onMessage: (message) => batch(() => receive(message)),
  onLink: (next) => {
    link.value = next;
    if (next.kind !== "closed") {
      saysAway ??= setTimeout(() => {
        isAway.value = true;
      }, AWAY_AFTER_MS);
    }
  },
  onLost: () => void askWhoIAm(),
});

/** Opens the line and keeps the clock; returns how to stop both. */
export function startPanel(): () => void {
  selected.value = contactInAddress();
  const seconds = setInterval(() => {
    now_ms.value = Date.now();
  }, 1000);
  const online = (): void => connection.hurry();
  const offline = (): void => connection.lost();
  const moved = (): void => select(contactInAddress());
  const untitle = effect(() => {
    const contact = entry.value?.contact;
    const call = contact && isLive(contact.state) ? `${stateText(contact)} ${contact.title} · ` : "";
    const count = chatSide.value?.unread.value;
    document.title = `${count ? `(${count}) ` : ""}${call}${t("product")}`;
  });
  addEventListener("online", online);
  addEventListener("offline", offline);
  addEventListener("hashchange", moved);
  connection.start();
  return () => {
    clearInterval(seconds);
    untitle();
    removeEventListener("online", online);
    removeEventListener("offline", offline);
    removeEventListener("hashchange", moved);
    clearTimeout(saysAway);
    saysAway = undefined;
    connection.stop();
  };
}

export function select(id: string | null): void {
  if (id === selected.value) return;
  batch(() => {
    selected.value = id;
    if (arrived.value === id) arrived.value = null;
    setUnread(id, 0);
    delays.clear();
    partialDelay_ms.value = null;
  });
  if (id === null) return;
  history.replaceState(null, "", `#/contact/${id}`);
  if (!views.value.has(id)) connection.send({ type: "watch", contact_id: id });
  forgetOldViews();
}

/** The contact `steps` further down the rail. */
export function selectNeighbour(steps: number): void {
  const ids = contacts.value.map((each) => each.contact.contact_id);
  const next = ids[ids.indexOf(selected.value ?? "") + steps];
  if (next) select(next);
}

export function isLive(state: ContactState): boolean {
  return state === "ringing" || state === "talking" || state === "held";
}

/** A state in the words of calls, or of chats. */
export function stateText({ kind, state }: ContactStateChanged): string {
  return t((kind === "chat" && CHAT_STATES[state]) || state);
}

/** This person's, and not a colleague's that a supervisor sees. */
export function isMine(contact: ContactStateChanged): boolean {
  return contact.agent_id === staff.value?.staff_id;
}

/** It went to somebody else, or back to the queue: no longer in the list. */
export function handOver(id: string): void {
  contacts.value = contacts.value.filter((each) => each.contact.contact_id !== id);
  putAway(id);
}

function contactInAddress(): string | null {
  return /^#\/contact\/([0-9a-f-]{36})$/.exec(location.hash)?.[1] ?? null;
}

function receive(message: PanelMessage): void {
  switch (message.type) {
    case "hello":
      clearTimeout(saysAway);
      saysAway = undefined;
      isAway.value = false;
      isComplete.value = message.complete;
      contacts.value = listed(contacts.value, message);
      asked.clear();
      waiting.value = new Set();
      patience.hurry();
      chooseFirst();
      for (const id of new Set([...views.value.keys(), selected.value])) {
        if (id !== null) connection.send({ type: "watch", contact_id: id });
      }
      break;
    case "snapshot":
      asked.delete(message.view.contact.contact_id);
      setWaiting(message.view.contact.contact_id, false);
      snapshots.value += 1;
      setView(message.view);
      setEntry(message.view);
      break;
    case "event":
      receiveEvent(message.event);
      break;
    case "pong":
      clockOffset_ms.value = connection.clock.offset_ms;
      break;
    case "error":
      refused(message);
      break;
  }
}

/**
 * A contact that has only just begun may be known here before the server can show it: ask again, a few times.
 * While its database is away: until it is back. What was on the screen stays there.
 */
function refused(message: Refused): void {
  const id = message.contact_id;
  const times = asked.get(id) ?? 0;
  if (id === "" || !isWanted(id)) {
    announcement.value = lang.value === "ko" ? message.ko : message.en;
  } else if (message.code !== "not-found" && message.code !== "not-allowed") {
    setWaiting(id, true);
    askAgain(id, ASK_LATER_MS * (1 + Math.random()));
  } else if (times < MOST_ASKED) {
    asked.set(id, times + 1);
    askAgain(id, ASK_AGAIN_MS);
  } else {
    announcement.value = lang.value === "ko" ? message.ko : message.en;
    putAway(id);
  }
}

function isWanted(id: string): boolean {
  return selected.value === id || views.value.has(id);
}

function askAgain(id: string, wait_ms: number): void {
  setTimeout(() => {
    if (isWanted(id)) connection.send({ type: "watch", contact_id: id });
    else setWaiting(id, false);
  }, wait_ms);
}

function setWaiting(id: string, waits: boolean): void {
  if (waiting.value.has(id) === waits) return;
  const next = new Set(waiting.value);
  if (waits) next.add(id);
  else next.delete(id);
  waiting.value = next;
}

/** It is not ours to see, or no more. */
function putAway(id: string): void {
  asked.delete(id);
  setWaiting(id, false);
  const all = new Map(views.value);
  all.delete(id);
  views.value = all;
  if (selected.value !== id) return;
  selected.value = null;
  history.replaceState(null, "", "#/");
}

function receiveEvent(event: AnyEvent): void {
  const before = views.value.get(event.contact_id);
  const after = before && apply(before, event);
  if (after && after !== before) setView(after);
  if (event.type === "contact.state") {
    const known = contacts.value.find((each) => each.contact.contact_id === event.contact_id)?.contact;
    const isNews = event.kind === "chat" ? isGiven(event, known) : !before && isNewer(event, known);
    updateEntry(event.contact_id, (known) =>
      known && known.contact.revision >= event.revision
        ? known
        : {
            contact: event,
            ended_at_ms: event.state === "ended" ? event.at_ms : null,
            summary_saved: known?.summary_saved ?? false,
          },
    );
    if (isNews && isLive(event.state)) cameIn(event.contact_id);
  }
  if (event.type === "summary.edited" && event.saved) {
    updateEntry(event.contact_id, (known) => known && { ...known, summary_saved: true });
  }
  if (event.type === "utterance" && after !== before) heard(event);
  // What was said is told once, however often its record comes.
  if (event.type === "utterance" && after === before) return;
  for (const listener of listeners) listener(event);
}

/** False for what a server tells again, e.g. after its restart. */
function isNewer(event: ContactStateChanged, known: ContactStateChanged | undefined): boolean {
  return !known || known.revision < event.revision;
}

/** A chat changes often; it comes in when it is given to this person, and not before. */
function isGiven(event: ContactStateChanged, known: ContactStateChanged | undefined): boolean {
  const wasHere = known && isMine(known) && known.state === "talking";
  return !wasHere && isNewer(event, known) && isMine(event) && event.state === "talking";
}

function heard(event: AnyEvent & { type: "utterance" }): void {
  if (event.contact_id !== selected.value) {
    if (event.status === "final" && event.text) {
      setUnread(event.contact_id, (unread.value.get(event.contact_id) ?? 0) + 1);
    }
    return;
  }
  if (event.status === "partial") {
    delays.add(Date.now() + clockOffset_ms.value - event.heard_ms);
    partialDelay_ms.value = delays.p95_ms;
  }
}

/** A call nobody here asked for: shown at once when the agent is free, else offered. */
function cameIn(id: string): void {
  const current = entry.value;
  const isFree = !current || (!isLive(current.contact.state) && current.summary_saved);
  if (selected.value === id) return;
  if (isFree) select(id);
  else arrived.value = id;
}

function chooseFirst(): void {
  if (selected.value !== null) return;
  const live = contacts.value.find(({ contact }) => isLive(contact.state) && (contact.kind === "call" || isMine(contact)));
  if (live) select(live.contact.contact_id);
}

function setView(next: ContactView): void {
  const all = new Map(views.value);
  all.set(next.contact.contact_id, next);
  views.value = all;
}

function setEntry(from: ContactView): void {
  updateEntry(from.contact.contact_id, (known) => ({
    contact: from.contact,
    ended_at_ms: from.ended_at_ms,
    summary_saved: (known?.summary_saved ?? false) || (from.edited?.saved ?? false),
  }));
}

function updateEntry(id: string, change: (known: ContactEntry | undefined) => ContactEntry | undefined): void {
  const known = contacts.value.find((each) => each.contact.contact_id === id);
  const next = change(known);
  if (!next || next === known) return;
  contacts.value = known
    ? contacts.value.map((each) => (each === known ? next : each))
    : [next, ...contacts.value];
}

function setUnread(id: string | null, count: number): void {
  if (id === null || (unread.value.get(id) ?? 0) === count) return;
  const next = new Map(unread.value);
  next.set(id, count);
  unread.value = next;
}

function forgetOldViews(): void {
  const spare = [...views.value.keys()].filter((id) => id !== selected.value);
  const all = new Map(views.value);
  for (const id of spare.slice(0, Math.max(0, spare.length - WATCHED))) {
    connection.send({ type: "unwatch", contact_id: id });
    all.delete(id);
  }
  if (all.size !== views.value.size) views.value = all;
}
