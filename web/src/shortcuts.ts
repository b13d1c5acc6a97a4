/** What each key does. */
import { chatSide } from "./chat-side";
import { at, latestWanted, look, query } from "./find";
import {
  cards, copyAnswer, copyCard, focusedCard, layout, openArticle, rate, renew, report, search, sheet, showSimilar,
  showWaiting, togglePin,
} from "./guides";
import { hangUp, toggleMicrophone } from "./intake";
import { type Action, actionFor, isHelpOpen, isTypingIn } from "./keys";
import { isLive, selectNeighbour, view } from "./panel";
import { swapSpeakers } from "./parts/transcript";
import { togglePlayShown } from "./playback-audio";
import { letterKeys } from "./preferences";
import { askForDraft, isUnfolded, rows, toggleSummary } from "./summary";
import type { ShownCard } from "./shown";
import { type Tab, tab } from "./tabs";
import { focusWord } from "./words";

/** Listens on the page; returns how to stop. */
export function startKeys(): () => void {
  const pressed = (event: KeyboardEvent): void => {
    const action = actionFor(event, isTypingIn(event.target), letterKeys.value);
    if (!action || event.defaultPrevented) return;
    if (isHelpOpen.value && action !== "escape" && action !== "help") return;
    if (action !== "escape") event.preventDefault();
    perform(action);
  };
  addEventListener("keydown", pressed);
  return () => removeEventListener("keydown", pressed);
}

function perform(action: Action): void {
  if (chatSide.value?.perform(action)) return undefined;
  switch (action) {
    case "card1":
    case "card2":
    case "card3":
    case "card4":
      return focusCard(Number(action.at(-1)));
    case "copy":
      return withCard((card) => void copyCard(card));
    case "answer":
      return withCard((card) => void copyAnswer(card));
    case "renew":
      return withCard((card) => renew(card.offer.suggestion_id));
    case "pin":
      return withCard(togglePin);
    case "dismiss":
      return withCard((card) => report(card, "dismissed"));
    case "open":
      return withCard((card) => void openArticle(card.offer.snippet, card));
    case "helpful":
    case "unhelpful":
      return withCard((card) => rate(card, action));
    case "waiting":
      return showWaiting();
    case "similar":
      return showSimilar();
    case "intoReply":
      return withCard((card) => chatSide.value?.insert(card));
    case "pages":
      return document.getElementById("pages-button")?.click();
    case "search":
      return focus("guide-search", "guides");
    case "find":
      return focus("find", "talk");
    case "latest":
      tab.value = "talk";
      latestWanted.value += 1;
      return undefined;
    case "swap":
      return void swapSpeakers();
    case "suspect":
      return focusWord();
    case "language":
      return openLanguages();
    case "summary":
      return openSummary();
    case "draft":
      return isLive(view.value?.contact.state ?? "ended") ? void askForDraft() : undefined;
    case "play":
      return togglePlayShown();
    case "previous":
      return selectNeighbour(-1);
    case "next":
      return selectNeighbour(1);
    case "newCall":
      return focus("new-call", "contacts");
    case "microphone":
      return void toggleMicrophone();
    case "hangUp":
      return view.value?.contact.kind === "call" && isLive(view.value.contact.state) ? void hangUp() : undefined;
    case "help":
      isHelpOpen.value = !isHelpOpen.value;
      return undefined;
    case "escape":
      return escape();
  }
}

/** The agent asked for it by a key, so the cursor goes in; by itself the summary never takes it. */
function openSummary(): void {
  if (!view.value) return;
  const names = rows.value.map((row) => row.name);
  const first = `summary-${names.find((name) => name === "inquiry") ?? names[0]}`;
  const isGoingOpen = !isUnfolded.value || tab.value !== "summary";
  if (!isUnfolded.value) toggleSummary(true);
  else if (!document.activeElement?.closest(".summary")) {
    focus(first, "summary");
    return;
  } else toggleSummary(false);
  if (isGoingOpen) focus(first, "summary");
}

/** Closes the topmost thing, else leaves the field. */
function escape(): void {
  const focused = document.activeElement;
  if (isHelpOpen.value) isHelpOpen.value = false;
  else if (sheet.value.kind !== "closed") sheet.value = { kind: "closed" };
  else if (search.value.kind !== "closed") search.value = { kind: "closed" };
  else if (query.value && focused?.id === "find") {
    look("");
    at.value = 0;
  } else if (focused instanceof HTMLElement) focused.blur();
}

function withCard(run: (card: ShownCard) => void): void {
  const slots = layout.value.slots;
  const id = slots.includes(focusedCard.value) ? focusedCard.value : null;
  const card = cards.value.find((each) => each.offer.suggestion_id === id);
  if (card) run(card);
}

function focusCard(number: number): void {
  const id = layout.value.slots[number - 1] ?? null;
  if (id === null) return;
  // At once: "2x" typed quickly must not dismiss the card before.
  focusedCard.value = id;
  focus(`card-${number}`, "guides");
}

/** Focused first: when the menu closes the focus comes back to where it was. */
function openLanguages(): void {
  const button = document.getElementById("call-language");
  button?.focus();
  button?.click();
}

/** Shows the tab that holds it (on narrow screens), then focuses it. */
function focus(id: string, where: Tab): void {
  const isFocused = (): boolean => {
    document.getElementById(id)?.focus();
    return document.activeElement?.id === id;
  };
  tab.value = where;
  if (!isFocused()) requestAnimationFrame(isFocused); // its tab is being shown first
}
