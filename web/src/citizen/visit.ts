/** Where this browser stands: before a chat, in one, or holding a one-time link. Survives a reload. */
import { signal } from "@preact/signals";
import type { ChatKey, ChatSite } from "../contracts";
import { api } from "./http";
import { forget, keep, kept } from "./kept";

export type Stage = { kind: "start" } | { kind: "link"; token: string } | { kind: "talk"; known: ChatKey };

export const stage = signal<Stage>({ kind: "start" });
/** What the site says of itself; as it was last time until it answers. */
export const site = signal<ChatSite | null>(keptSite());

const KEY = "key";
const LINK = "sangdam.chat.link";
const ASK_AGAIN_MS = 4000;
const ASK_ANEW_MS = 5 * 60_000;

/** The place in the address is looked at once, and taken out: whoever copies the address copies no key. */
export function begin(): void {
  const token = new URLSearchParams(location.hash.slice(1)).get("link");
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  const link = token || rememberedLink();
  if (token) rememberLink(token);
  if (link) stage.value = { kind: "link", token: link };
  else goOn();
}

/** With the conversation of this browser, where there is one. */
export function goOn(): void {
  forgetLink();
  const known = knownKey();
  stage.value = known ? { kind: "talk", known } : { kind: "start" };
}

/** A link that is opened in a page that is open already. */
export function followLinks(): void {
  addEventListener("hashchange", () => {
    if (location.hash.includes("link=")) begin();
  });
}

export function enter(known: ChatKey): void {
  forgetLink();
  keep(KEY, JSON.stringify(known));
  stage.value = { kind: "talk", known };
}

/** Back to the start. The key stays, so that the next chat is the same person's; `erase` takes it away too. */
export function leave(erase: boolean): void {
  forgetLink();
  const known = knownKey();
  forget(KEY);
  if (known && !erase) keep("earlier", known.key);
  if (erase) forget("earlier");
  stage.value = { kind: "start" }; // its page writes no more from here on
  if (!known) return;
  forget(`draft.${known.contact_id}`);
  forget(`unsent.${known.contact_id}`);
}

/** Of an earlier conversation of this browser. */
export function earlierKey(): string {
  return kept("earlier") ?? "";
}

function knownKey(): ChatKey | null {
  try {
    const known = JSON.parse(kept(KEY) ?? "null") as Partial<ChatKey> | null;
    return known?.contact_id && known.key ? { contact_id: known.contact_id, key: known.key } : null;
  } catch {
    return null;
  }
}

/** Asks until it is told, and again now and then: the hours begin and end. */
export async function followSite(): Promise<void> {
  try {
    site.value = await api.site();
    keep("site", JSON.stringify(site.value));
    setTimeout(() => void followSite(), ASK_ANEW_MS);
  } catch {
    setTimeout(() => void followSite(), ASK_AGAIN_MS * (1 + Math.random()));
  }
}

function keptSite(): ChatSite | null {
  try {
    return JSON.parse(kept("site") ?? "null") as ChatSite | null;
  } catch {
    return null;
  }
}

// A link is of this tab alone, and of no other day.
function rememberLink(token: string): void {
  try {
    sessionStorage.setItem(LINK, token);
  } catch {
    // It lasts as long as the page.
  }
}

function rememberedLink(): string {
  try {
    return sessionStorage.getItem(LINK) ?? "";
  } catch {
    return "";
  }
}

function forgetLink(): void {
  try {
    sessionStorage.removeItem(LINK);
  } catch {
    // It was never kept.
  }
}
