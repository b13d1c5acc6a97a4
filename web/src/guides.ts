/** The agent's guides: slots of each contact, outcomes on their way, search by hand, the open article. */
import { computed, effect, signal } from "@preact/signals";
import { api, sentenceOf } from "./api";
import { EMPTY, type Layout, arrange, openWaiting, ratingOf, isPinned, withPending } from "./cards";
import { copyText } from "./clipboard";
import type { Article, Card, Outcome, Report, Snippet } from "./contracts";
import { announcement, connection, link, onEvent, snapshots, view } from "./panel";
import { tab } from "./tabs";
import { t } from "./text";

/** Outcomes kept while the line is down; more than an agent clicks in a minute. */
const MOST_PENDING = 200;
const SEARCH_LIMIT_MS = 6000;

type Pending = Report & { sent: boolean };
const pending = signal<readonly Pending[]>([]);

/** The cards as the agent sees them: what she clicked counts at once. */
export const cards = computed<readonly Card[]>(() => {
  const sent = new Map<string, Outcome[]>();
  for (const each of pending.value) {
    sent.set(each.suggestion_id, [...(sent.get(each.suggestion_id) ?? []), each.outcome]);
  }
  return withPending(view.value?.cards ?? [], sent);
});

const layouts = signal<ReadonlyMap<string, Layout>>(new Map());

export const layout = computed(() => {
  const id = view.value?.contact.contact_id;
  return id === undefined ? EMPTY : arrange(layouts.value.get(id) ?? remembered(id), cards.value);
});

/** Guides that made room for newer ones or were dismissed: still to be found. */
export const earlier = computed(() => {
  const { slots, waiting } = layout.value;
  return cards.value.filter(({ offer }) => ![...slots, ...waiting].includes(offer.suggestion_id));
});

/** The card that letter keys act on: the one last focused. */
export const focusedCard = signal<string | null>(null);

/** The card whose text was put into the clipboard a moment ago. */
export const justCopied = signal<string | null>(null);
const COPIED_MS = 2000;

/** What stands in the search box. */
export const searchText = signal("");

export type SearchState =
  | { kind: "closed" }
  | { kind: "asked"; id: string; query: string }
  | { kind: "answered"; query: string; snippets: readonly Snippet[] }
  | { kind: "late" };

export const search = signal<SearchState>({ kind: "closed" });

export type SheetState =
  | { kind: "closed" }
  | { kind: "loading"; title: string }
  | { kind: "open"; article: Article }
  | { kind: "failed"; article_id: string; title: string; message: string }
  | { kind: "earlier" };

export const sheet = signal<SheetState>({ kind: "closed" });

/** Wires layouts, echoes of outcomes and answers of searches. Returns how to stop. */
export function startGuides(): () => void {
  const stops = [
    effect(() => {
      const id = view.value?.contact.contact_id;
      if (id !== undefined) keepLayout(id, layout.value);
    }),
    effect(() => {
      if (link.value.kind !== "open") forgetSent();
    }),
    effect(() => {
      // Not before: on a new line the server may not know the card yet.
      if (snapshots.value === 0) return;
      forgetSent();
      sendPending();
    }),
    onEvent((event) => {
      if (event.type === "suggestion.outcome") settle(event.suggestion_id, event.outcome);
      if (event.type === "search.answered" && search.value.kind === "asked" && search.value.id === event.search_id) {
        search.value = { kind: "answered", query: event.query, snippets: event.snippets };
        announcement.value = t("searchResults", { count: event.snippets.length });
      }
    }),
  ];
  return () => stops.forEach((stop) => stop());
}

export function showWaiting(): void {
  const id = view.value?.contact.contact_id;
  if (id !== undefined) keepLayout(id, openWaiting(layout.value, cards.value));
}

export function report(card: Card, outcome: Outcome): void {
  const { contact_id, suggestion_id } = card.offer;
  const next: Pending = { type: "outcome", contact_id, suggestion_id, outcome, sent: false };
  pending.value = [...pending.peek().slice(-MOST_PENDING + 1), next];
  sendPending();
}

export function reportShown(card: Card): void {
  if (!card.outcomes.includes("shown")) report(card, "shown");
}

export function togglePin(card: Card): void {
  report(card, isPinned(card) ? "unpinned" : "pinned");
}

export function rate(card: Card, rating: "helpful" | "unhelpful"): void {
  if (ratingOf(card) !== rating) report(card, rating);
}

export async function copyCard(card: Card): Promise<void> {
  const done = await copyText(quoteOf(card.offer.snippet));
  announcement.value = t(done ? "copied" : "copyFailed");
  if (!done) return;
  report(card, "copied");
  const id = card.offer.suggestion_id;
  justCopied.value = id;
  setTimeout(() => {
    if (justCopied.value === id) justCopied.value = null;
  }, COPIED_MS);
}

/** What is pasted elsewhere: the passage and where it comes from. */
export function quoteOf(snippet: Snippet): string {
  const source = [snippet.title, snippet.department, t("revised", { date: snippet.revised })];
  return `${snippet.text}\n(${source.filter(Boolean).join(", ")})`;
}

export async function openArticle(snippet: { article_id: string; title: string }, card?: Card): Promise<void> {
  const loading: SheetState = { kind: "loading", title: snippet.title };
  sheet.value = loading;
  if (card) report(card, "opened");
  try {
    const article = await api.article(snippet.article_id);
    // Closed, or another one opened meanwhile: then nobody waits for this one.
    if (sheet.peek() === loading) sheet.value = { kind: "open", article };
  } catch (error) {
    const { article_id, title } = snippet;
    const failed: SheetState = { kind: "failed", article_id, title, message: sentenceOf(error) };
    if (sheet.peek() === loading) sheet.value = failed;
  }
}

/** Puts a name into the search box and looks for it. */
export function searchFor(name: string): void {
  searchText.value = name;
  tab.value = "guides";
  ask(name);
}

export function ask(query: string): void {
  const contact_id = view.value?.contact.contact_id;
  const trimmed = query.trim().slice(0, 200);
  if (contact_id === undefined || !trimmed) return;
  const id = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
  search.value = { kind: "asked", id, query: trimmed };
  const isSent = connection.send({ type: "search", contact_id, search_id: id, query: trimmed });
  const late = (): void => {
    if (search.value.kind === "asked" && search.value.id === id) search.value = { kind: "late" };
  };
  if (isSent) setTimeout(late, SEARCH_LIMIT_MS);
  else late();
}

/** The server told of it: from now on it stands in the view. */
function settle(suggestion_id: string, outcome: Outcome): void {
  const all = pending.peek();
  const index = all.findIndex((each) => each.suggestion_id === suggestion_id && each.outcome === outcome);
  if (index >= 0) pending.value = all.toSpliced(index, 1);
}

function sendPending(): void {
  if (pending.peek().every((each) => each.sent)) return;
  pending.value = pending.peek().map((each) => {
    const { sent, ...message } = each;
    return sent ? each : { ...each, sent: connection.send(message) };
  });
}

/** The line broke: nobody knows what arrived, so all of it goes out again on the next one. */
function forgetSent(): void {
  if (pending.peek().length === 0) return;
  pending.value = pending.peek().map((each) => ({ ...each, sent: false }));
}

function keepLayout(id: string, next: Layout): void {
  if (layouts.peek().get(id) === next) return;
  layouts.value = new Map(layouts.peek()).set(id, next);
  try {
    sessionStorage.setItem(`sangdam.slots.${id}`, JSON.stringify(next));
  } catch {
    // Without storage a reload places the cards anew.
  }
}

/** The slots as they were before the page was loaded again. */
function remembered(id: string): Layout {
  try {
    const stored = JSON.parse(sessionStorage.getItem(`sangdam.slots.${id}`) ?? "null") as Layout | null;
    return stored ?? EMPTY;
  } catch {
    return EMPTY;
  }
}
