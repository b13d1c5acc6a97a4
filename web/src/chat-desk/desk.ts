/**
 * The chats of this person: the line to the gateway, which chats are followed, and what is done to them.
 *
 * The panel's own line tells which contacts there are; the words come over the gateway's, raw.
 */
import { computed, effect, signal, untracked } from "@preact/signals";
import { ApiError, request, socketAddress } from "../api";
import type { Chat } from "../chat/chat";
import { ChatClient } from "../chat/client";
import type { Command } from "../chat/words";
import type { CannedAnswers, ChatEntry, ContactStateChanged } from "../contracts";
import { announcement, contacts, entry, handOver, isLive, isMine, select, selected, view } from "../panel";
import { lang } from "../preferences";
import { askWhoIAm, staff } from "../session";
import { nextUnanswered } from "./marks";
import { nameOf } from "./rows";
import { say } from "./words";

/** Followed at once: who has more rests most of them. */
const MOST_FOLLOWED = 40;
const ASK_AGAIN_MS = 5000;
const JOINED = "sangdam.joined";

/** What a topic or a colleague is called, by its id. */
export function called(id: string): string {
  const topic = site.value?.skills.find(({ skill }) => skill === id);
  if (topic) return lang.value === "ko" ? topic.ko : topic.en;
  return site.value?.colleagues.find(({ staff_id }) => staff_id === id)?.name ?? id;
}

/** Undefined until the server said; null where the site has no chats, or this person has none. */
export const site = signal<CannedAnswers | null | undefined>(undefined);
export const hasChats = computed(() => !!site.value);

export const client = new ChatClient({
  openSocket: () => new WebSocket(socketAddress("/ws/chat")),
  ticket: null,
  storage: stored(),
  onEntry: heard,
  onLost: () => void askWhoIAm(),
});

/** Other people's chats that this supervisor is in. */
export const joined = signal<ReadonlySet<string>>(new Set(rememberedJoined()));

const contact = computed<ContactStateChanged | null>(() => entry.value?.contact ?? view.value?.contact ?? null);

export const seesAll = computed(() => ["supervisor", "admin"].includes(staff.value?.role ?? ""));

/** The open contact is a chat whose raw words are this person's to read. */
export const isShown = computed(() => {
  const it = contact.value;
  if (!hasChats.value || it?.kind !== "chat") return false;
  if (client.chats.value.get(it.contact_id)?.refusal.value) return false;
  return isMine(it) || joined.value.has(it.contact_id);
});

export const current = computed<Chat | null>(() => {
  const id = selected.value;
  return id !== null && isShown.value ? (client.chats.value.get(id) ?? null) : null;
});

/** In all of this person's chats: the page's title tells it to who looks at another window. */
export const unread = computed(() => {
  const own = [...client.chats.value.values()].filter(({ head }) => isMe(head.value?.agent?.staff_id ?? ""));
  return own.reduce((sum, chat) => sum + chat.unread.value, 0);
});

/** The line has been gone for longer than it takes to come back at once. */
export const isAway = signal(false);
const AWAY_AFTER_MS = 1500;

export function isMe(staff_id: string): boolean {
  return staff_id !== "" && staff_id === staff.peek()?.staff_id;
}

export function submit(id: string, command: Command): boolean {
  return client.submit(id, command) !== null;
}

/** The page shows this much of the open chat. */
export function seen(chat: Chat): void {
  if (document.visibilityState === "visible") client.read(chat.id, chat.lastSeq);
}

/** The chat that waits most for an answer is opened. */
export function openNextUnanswered(): boolean {
  const heads = [...client.chats.value.values()].flatMap(({ head }) => head.value ?? []);
  const id = nextUnanswered(
    heads.filter((head) => isMe(head.agent?.staff_id ?? "")),
    selected.value,
  );
  if (id === null) announcement.value = say("nobodyWaits");
  else select(id);
  return id !== null;
}

// -- supervisors -------------------------------------------------------------------------------------------

export function join(id: string, watching: boolean): void {
  keepJoined(new Set(joined.value).add(id));
  submit(id, { kind: "joined", watching });
}

export function leaveChat(id: string): void {
  submit(id, { kind: "left" });
  forgetJoined(id);
}

export function take(id: string): void {
  // Until the panel hears that it is theirs.
  keepJoined(new Set(joined.value).add(id));
  submit(id, { kind: "taken" });
}

function forgetJoined(id: string): void {
  const next = new Set(joined.value);
  next.delete(id);
  keepJoined(next);
}

function keepJoined(next: ReadonlySet<string>): void {
  joined.value = next;
  try {
    sessionStorage.setItem(JOINED, JSON.stringify([...next]));
  } catch {
    // After a reload they join again.
  }
}

function rememberedJoined(): string[] {
  try {
    return JSON.parse(sessionStorage.getItem(JOINED) ?? "[]") as string[];
  } catch {
    return [];
  }
}

// -- following ---------------------------------------------------------------------------------------------

/** For as long as somebody is signed in, also while another page is looked at: chats go on. */
export function startDesk(): void {
  if (isStarted) return;
  isStarted = true;
  effect(() => {
    if (staff.value && site.value === undefined) void learnSite();
  });
  effect(() => {
    if (staff.value && hasChats.value) client.start();
    else client.stop();
  });
  effect(followWanted);
  effect(handOverLost);
  effect(showAway);
  addEventListener("beforeunload", (event) => {
    // What is unsent outlives a reload, and not the tab.
    const isUnsent = [...client.chats.peek().values()].some(({ pending }) => pending.peek().some(({ seq }) => seq === null));
    if (isUnsent) event.preventDefault();
  });
  effect(showFields);
}

let isStarted = false;

async function learnSite(): Promise<void> {
  try {
    site.value = await request<CannedAnswers>("GET", "/api/chat/canned");
  } catch (error) {
    const isNever = error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429;
    if (isNever) site.value = null;
    else setTimeout(() => staff.peek() && site.peek() === undefined && void learnSite(), ASK_AGAIN_MS * (1 + Math.random()));
  }
}

/** Colleagues come and go: asked again when somebody is to be chosen. */
export async function refreshSite(): Promise<void> {
  try {
    site.value = await request<CannedAnswers>("GET", "/api/chat/canned");
  } catch {
    // What was known is better than nothing.
  }
}

function followWanted(): void {
  if (!hasChats.value) return;
  const own = contacts.value.map((each) => each.contact).filter((each) => each.kind === "chat" && isMine(each));
  const live = own.filter((each) => isLive(each.state) || each.contact_id === selected.value);
  const order = live.toSorted((a, b) => Number(a.state === "held") - Number(b.state === "held"));
  const wanted = new Set([...order.slice(0, MOST_FOLLOWED).map((each) => each.contact_id), ...joined.value]);
  const now = own.map((each) => each.contact_id);
  untracked(() => {
    for (const id of wanted) client.attend(id);
    for (const id of client.chats.value.keys()) if (!wanted.has(id)) client.leave(id);
    for (const id of now) if (joined.value.has(id)) forgetJoined(id);
  });
}

/** The panel hears nothing more of what went to somebody else; the gateway tells. */
function handOverLost(): void {
  const me = staff.value?.staff_id;
  if (me === undefined || seesAll.value) return;
  const lost = contacts.value.filter(({ contact: each }) => {
    if (each.kind !== "chat") return false;
    const chat = client.chats.value.get(each.contact_id);
    const head = chat?.head.value;
    const isRefused = isLive(each.state) && chat?.refusal.value?.code === "not-allowed";
    return !isMine(each) || isRefused || (head != null && head.agent?.staff_id !== me);
  });
  untracked(() => lost.forEach(({ contact: each }) => handOver(each.contact_id)));
}

let saysAway: ReturnType<typeof setTimeout> | undefined;

function showAway(): void {
  clearTimeout(saysAway);
  saysAway = undefined;
  if (!hasChats.value || client.link.value.kind === "open") isAway.value = false;
  else saysAway = setTimeout(() => (isAway.value = true), AWAY_AFTER_MS);
}

/** What stands in each field, and whether its words may be seen while they are written. */
const fields = new Map<string, { text: string; isOwn: boolean }>();
/** Of each chat as it was last known. */
const live = new Map<string, boolean>();

/**
 * The reply as it stands, for the citizen who wished to see it written. `isOwn`: it holds something that the agent
 * has not yet decided to say.
 */
export function typeInto(id: string, text: string, isOwn: boolean): void {
  // What began before it was wished to be seen stays the agent's own to its end.
  const stays = text !== "" && (fields.get(id)?.isOwn ?? false);
  fields.set(id, { text, isOwn: isOwn || stays });
  showField(id);
  client.type(id, text);
}

function showFields(): void {
  for (const { id, head } of client.chats.value.values()) {
    const isLive = head.value?.live_typing ?? false;
    const field = fields.get(id);
    if (isLive && live.get(id) === false && field?.text) field.isOwn = true;
    if (head.value) live.set(id, isLive);
    untracked(() => showField(id));
  }
}

/** An empty field stays what it was until something is written: that it was emptied is still to be told. */
function showField(id: string): void {
  const field = fields.get(id);
  if (field?.text) client.chats.peek().get(id)?.writer.switch((live.get(id) ?? false) && !field.isOwn);
}

/** Screen readers hear what the citizen sent; of other chats only that something came. */
function heard({ author, body }: ChatEntry, chat: Chat): void {
  if (body.kind === "urgent") announcement.value = say("urgentBanner", { words: body.words.join(", ") });
  if (author.side !== "citizen" || !["said", "photo", "place"].includes(body.kind)) return;
  const name = nameOf(author);
  if (current.peek() !== chat) announcement.value = say("newLineFrom", { name });
  else announcement.value = `${name}: ${body.kind === "said" ? body.text : say(body.kind === "photo" ? "photo" : "place")}`;
}

function stored(): Pick<Storage, "getItem" | "setItem" | "removeItem"> | null {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

