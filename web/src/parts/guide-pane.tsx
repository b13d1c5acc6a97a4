/** Search, four fixed slots, and one quiet line about what waits. Nothing here changes its place or size. */
import { useEffect, useLayoutEffect } from "preact/hooks";
import { SLOTS, isPinned } from "../cards";
import type { Snippet } from "../contracts";
import {
  type SearchState, ask, cards, earlier, layout, openArticle, search, searchText, sheet, showSimilar, showWaiting,
} from "../guides";
import { isLive, view } from "../panel";
import { t } from "../text";
import { CardFacts } from "./card-facts";
import { GuideCard } from "./guide-card";
import { Icon } from "./icon";
import { later } from "./later";

/** Fetched once the page has nothing else to do: it opens at once, also while the server is away. */
const ArticleSheet = later(async () => (await import("./article-sheet")).ArticleSheet);
const PREPARE_MS = 2000;

export function GuidePane() {
  useEffect(() => {
    const soon = setTimeout(ArticleSheet.prepare, PREPARE_MS);
    return () => clearTimeout(soon);
  }, []);
  const byId = new Map(cards.value.map((card) => [card.offer.suggestion_id, card]));
  return (
    <section class="guides" aria-label={t("guides")}>
      <h2 class="visually-hidden">{t("guides")}</h2>
      <SearchBox />
      <StatusLine />
      <ol class="slots" aria-label={t("guides")}>
        {Array.from({ length: SLOTS }, (_, slot) => {
          const id = layout.value.slots[slot];
          const card = id ? byId.get(id) : undefined;
          return (
            <li key={slot} class="slot" data-slot={slot + 1}>
              {card ? <GuideCard key={id} card={card} slot={slot} /> : <FreeSlot isFirst={slot === 0} />}
            </li>
          );
        })}
      </ol>
      {sheet.value.kind !== "closed" && <ArticleSheet />}
    </section>
  );
}

function FreeSlot({ isFirst }: { isFirst: boolean }) {
  const isLiveCall = isLive(view.value?.contact.state ?? "talking");
  const isQuiet = isFirst && cards.value.length === 0 && isLiveCall;
  return <p class="slot-free quiet">{isQuiet ? t("guidesWait") : <span class="visually-hidden">{t("slotFree")}</span>}</p>;
}

function StatusLine() {
  const { waiting, slots } = layout.value;
  const count = waiting.length;
  const byId = new Map(cards.value.map((card) => [card.offer.suggestion_id, card]));
  const isFull = slots.every((id) => {
    const card = id === null ? undefined : byId.get(id);
    return card !== undefined && isPinned(card);
  });
  return (
    <div class="guide-line">
      <p class="quiet" role="status">
        {view.value?.nothing ? t("nothing") : ""}
      </p>
      {!!view.value?.nothing?.candidates.length && (
        <button class="small" type="button" aria-keyshortcuts="b" title={`${t("similar")} (b)`} onClick={showSimilar}>
          {t("similar")}
        </button>
      )}
      {earlier.value.length > 0 && (
        <button class="plain" type="button" onClick={() => (sheet.value = { kind: "earlier" })}>
          {t("earlierGuides", { count: earlier.value.length })}
        </button>
      )}
      {count > 0 && (
        <button class="small primary" type="button" aria-keyshortcuts="v" aria-disabled={isFull} onClick={showWaiting}>
          {t(isFull ? "allPinned" : "newGuides", { count })}
        </button>
      )}
    </div>
  );
}

function SearchBox() {
  const contact_id = view.value?.contact.contact_id;
  // Before the next key: later it could take away what was typed already.
  useLayoutEffect(() => {
    search.value = { kind: "closed" };
    searchText.value = "";
  }, [contact_id]);
  return (
    <search class="guide-search">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          ask(searchText.value);
        }}
      >
        <Icon name="search" />
        <input
          id="guide-search"
          type="search"
          value={searchText.value}
          onInput={(event) => (searchText.value = event.currentTarget.value)}
          maxLength={200}
          disabled={contact_id === undefined}
          placeholder={t("searchPlaceholder")}
          aria-label={t("searchGuides")}
          aria-keyshortcuts="/"
        />
      </form>
      {search.value.kind !== "closed" && <SearchResults />}
    </search>
  );
}

function SearchResults() {
  const state = search.value;
  if (state.kind === "closed") return null;
  const close = (): void => {
    search.value = { kind: "closed" };
  };
  return (
    <div class="results" aria-label={t("searchGuides")} role="region">
      <div class="results-head">
        <p role="status">
          {state.kind === "asked" && t("searching")}
          {state.kind === "late" && t("searchLate")}
          {state.kind === "answered" && headOf(state)}
        </p>
        {state.kind === "answered" && (
          <p class="results-engine">{t(state.engine === "lexical" ? "byWords" : "byMeaning")}</p>
        )}
        <button class="plain" type="button" onClick={close}>
          <Icon name="close" />
          <span class="visually-hidden">{t("close")}</span>
        </button>
      </div>
      {state.kind === "answered" && (
        <ul>
          {state.snippets.map((snippet) => (
            <Result key={snippet.article_id} snippet={snippet} />
          ))}
        </ul>
      )}
    </div>
  );
}

function headOf({ snippets, query, isSimilar }: SearchState & { kind: "answered" }): string {
  if (snippets.length === 0) return t("searchNone", { query });
  return t(isSimilar ? "similarGuides" : "searchResults", { count: snippets.length });
}

function Result({ snippet }: { snippet: Snippet }) {
  const told = (
    <>
      <strong>{snippet.title}</strong>
      <span class="result-text">{snippet.text}</span>
      <CardFacts snippet={snippet} />
    </>
  );
  if (snippet.kind === "agency") return <li class="result result-agency">{told}</li>;
  return (
    <li>
      <button class="result" type="button" onClick={() => void openArticle(snippet)}>
        {told}
      </button>
    </li>
  );
}
