/** Search, four fixed slots, and one quiet line about what waits. Nothing here changes its place or size. */
import { useEffect } from "preact/hooks";
import { SLOTS, isPinned } from "../cards";
import type { Snippet } from "../contracts";
import { ask, cards, earlier, layout, openArticle, search, searchText, sheet, showWaiting } from "../guides";
import { isLive, view } from "../panel";
import { t } from "../text";
import { ArticleSheet } from "./article-sheet";
import { CardFacts, GuideCard } from "./guide-card";
import { Icon } from "./icon";

export function GuidePane() {
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
  useEffect(() => {
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
          {state.kind === "answered" &&
            (state.snippets.length > 0
              ? t("searchResults", { count: state.snippets.length })
              : t("searchNone", { query: state.query }))}
        </p>
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

function Result({ snippet }: { snippet: Snippet }) {
  return (
    <li>
      <button class="result" type="button" onClick={() => void openArticle(snippet)}>
        <strong>{snippet.title}</strong>
        <span class="result-text">{snippet.text}</span>
        <CardFacts snippet={snippet} />
      </button>
    </li>
  );
}
