/** The agent's guides: slots of each contact, outcomes on their way, search by hand, the open article. */
import { batch, computed, effect, signal } from "@preact/signals";
import { api, sentenceOf } from "./api";
import { EMPTY, type Layout, arrange, openWaiting, ratingOf, isPinned, withPending } from "./cards";
import { copyText } from "./clipboard";
import type { Article, Engine, Outcome, Report, Snippet } from "./contracts";
import { announcement, connection, link, onEvent, snapshots, view } from "./panel";
import { type Shown, type ShownCard, faceOf, newestOf, shownAfter } from "./shown";
import { tab } from "./tabs";
import { t } from "./text";

/** Outcomes kept while the line is down; more than an agent clicks in a minute. */
const MOST_PENDING = 200;
const SEARCH_LIMIT_MS = 6000;

type Pending = Report & { sent: boolean };
const pending = signal<readonly Pending[]>([]);

/** The cards with what the agent clicked: that counts at once. */
const offered = computed(() => {
  const sent = new Map<string, Outcome[]>();
  for (const each of pending.value) {
    sent.set(each.suggestion_id, [...(sent.get(each.suggestion_id) ?? []), each.outcome]);
  }
  return withPending(view.value?.cards ?? [], sent);
});

/** The card under the mouse, and the one that the focus is in: these do not change by themselves. */
const hovered = signal<string | null>(null);
const entered = signal<string | null>(null);
const kept = signal<ReadonlyMap<string, Shown>>(new Map());

const shown = computed<ReadonlyMap<string, Shown>>(
  () =>
    new Map(
      offered.value.map((card) => {
        const id = card.offer.suggestion_id;
        return [id, shownAfter(kept.value.get(id), card, id === hovered.value || id === entered.value)];
      }),
    ),
);

/** The cards as they stand on the screen. */
export const cards = computed<readonly ShownCard[]>(() =>
  offered.value.map((card) => faceOf(card, shown.value.get(card.offer.suggestion_id)!)),
);

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
  | { kind: "answered"; query: string; snippets: readonly Snippet[]; engine: Engine; isSimilar?: boolean }
  | { kind: "late" };

export const search = signal<SearchState>({ kind: "closed" });

export type SheetState =
  | { kind: "closed" }
  | { kind: "loading"; title: string }
  | { kind: "open"; article: Article; from: Source }
  | { kind: "failed"; message: string; title: string; from: Source }
  | { kind: "earlier" };

/** What the article was opened by: a passage of it, and the card where it was one. */
export interface Source {
  snippet: Snippet;
  suggestion_id: string | null;
}

export const sheet = signal<SheetState>({ kind: "closed" });

/** Wires layouts, echoes of outcomes and answers of searches. Returns how to stop. */
export function startGuides(): () => void {
  const stops = [
    effect(() => {
      const id = view.value?.contact.contact_id;
      if (id !== undefined) keepLayout(id, layout.value);
    }),
    effect(() => keepShown(shown.value)),
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
        const { query, snippets, engine } = event;
        search.value = { kind: "answered", query, snippets, engine };
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

export function report(card: ShownCard, outcome: Outcome): void {
  const { contact_id, suggestion_id } = card.offer;
  const next: Pending = { type: "outcome", contact_id, suggestion_id, outcome, sent: false };
  pending.value = [...pending.peek().slice(-MOST_PENDING + 1), next];
  sendPending();
}

export function reportShown(card: ShownCard): void {
  if (!card.outcomes.includes("shown")) report(card, "shown");
}

export function togglePin(card: ShownCard): void {
  report(card, isPinned(card) ? "unpinned" : "pinned");
}

export function rate(card: ShownCard, rating: "helpful" | "unhelpful"): void {
  if (ratingOf(card) !== rating) report(card, rating);
}

export function hover(id: string | null): void {
  turnTo(hovered, id);
}

export function enter(id: string | null): void {
  turnTo(entered, id);
}

/** The agent asks for what the card says by now. */
export function renew(suggestion_id: string): void {
  const card = offered.value.find(({ offer }) => offer.suggestion_id === suggestion_id);
  if (card) kept.value = new Map(shown.value).set(suggestion_id, newestOf(card));
}

export async function copyCard(card: ShownCard): Promise<void> {
  await copyFrom(card, quoteOf(card.offer.snippet));
}

/** The sentence to say, with where it comes from. */
export async function copyAnswer(card: ShownCard): Promise<void> {
  if (card.answer) await copyFrom(card, quoteOf({ ...card.offer.snippet, text: card.answer.text }));
}

async function copyFrom(card: ShownCard, text: string): Promise<void> {
  const done = await copyText(text);
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
  const source =
    snippet.kind === "agency"
      ? [snippet.agency || snippet.title]
      : [snippet.title, snippet.department, t("revised", { date: snippet.revised })];
  return `${snippet.text}\n(${source.filter(Boolean).join(", ")})`;
}

/** A line of the table of other agencies has no article. */
export async function openArticle(snippet: Snippet, card?: ShownCard): Promise<void> {
  if (snippet.kind === "agency") return;
  if (card) report(card, "opened");
  await fetchArticle({ snippet, suggestion_id: card?.offer.suggestion_id ?? null });
}

export async function fetchArticle(from: Source): Promise<void> {
  const { article_id, title } = from.snippet;
  const loading: SheetState = { kind: "loading", title };
  sheet.value = loading;
  try {
    const article = await api.article(article_id);
    // Closed, or another one opened meanwhile: then nobody waits for this one.
    if (sheet.peek() === loading) sheet.value = { kind: "open", article, from };
  } catch (error) {
    if (sheet.peek() === loading) sheet.value = { kind: "failed", title, message: sentenceOf(error), from };
  }
}

/** What came nearest to a question that no guide answers: only for those who ask. */
export function showSimilar(): void {
  const nothing = view.value?.nothing;
  if (!nothing?.candidates.length) return;
  const { query, candidates, engine } = nothing;
  search.value = { kind: "answered", query, snippets: candidates, engine, isSimilar: true };
  announcement.value = t("similarGuides", { count: candidates.length });
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

/** Turning away from a card: its mark was seen. */
function turnTo(place: typeof hovered, id: string | null): void {
  const left = place.peek();
  if (left === id) return;
  batch(() => {
    const seen = left === null ? undefined : shown.peek().get(left);
    if (left !== null && seen?.isChanged) kept.value = new Map(shown.peek()).set(left, { ...seen, isChanged: false });
    place.value = id;
  });
}

function keepShown(next: ReadonlyMap<string, Shown>): void {
  const before = kept.peek();
  const isSame = before.size === next.size && [...next].every(([id, each]) => before.get(id) === each);
  if (isSame) return;
  for (const [id, { isChanged, offer }] of next) {
    if (isChanged && before.get(id)?.isChanged === false) announcement.value = t("cardChanged", { title: offer.snippet.title });
  }
  kept.value = next;
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
