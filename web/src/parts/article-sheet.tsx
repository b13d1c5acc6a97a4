/** The whole guide beside the conversation. No modal: the call goes on and stays in sight. */
import { useEffect, useRef } from "preact/hooks";
import { say } from "../article-words";
import { ratingOf } from "../cards";
import type { Article } from "../contracts";
import { type Source, cards, earlier, fetchArticle, openArticle, rate, sheet } from "../guides";
import { serverNow_ms } from "../panel";
import { pagesOf } from "../route";
import { staff } from "../session";
import { t } from "../text";
import { dayOf, validityOf } from "../validity";
import { Icon } from "./icon";
import { Markdown } from "./markdown";

export function ArticleSheet() {
  const state = sheet.value;
  const region = useRef<HTMLElement>(null);
  useReturningFocus(region);
  if (state.kind === "closed") return null;
  const title =
    state.kind === "open"
      ? state.article.title
      : state.kind === "earlier"
        ? t("earlierGuides", { count: earlier.value.length })
        : state.title;
  return (
    <aside ref={region} class="sheet" tabIndex={-1} aria-labelledby="sheet-title">
      <div class="sheet-head">
        <h2 id="sheet-title">{title}</h2>
        <button class="icon-button" type="button" title={`${t("close")} (Esc)`} onClick={closeSheet}>
          <Icon name="close" />
          <span class="visually-hidden">{t("close")}</span>
        </button>
      </div>
      <div class="sheet-body" tabIndex={0} role="group" aria-labelledby="sheet-title">
        {state.kind === "loading" && <p class="quiet">{t("loading")}</p>}
        {state.kind === "failed" && (
          <div role="alert">
            <p class="error">
              {say("articleFailed")}: {state.message}
            </p>
            <button class="small" type="button" onClick={() => void fetchArticle(state.from)}>
              {t("retry")}
            </button>
          </div>
        )}
        {state.kind === "open" && <Whole article={state.article} from={state.from} />}
        {state.kind === "earlier" && <Earlier />}
      </div>
    </aside>
  );
}

export function closeSheet(): void {
  sheet.value = { kind: "closed" };
}

function Whole({ article, from }: { article: Article; from: Source }) {
  const { article_id, department, district, agency, keywords, source, sample, body } = article;
  const body_of = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Within the sheet alone: the page behind it must not move.
    const mark = body_of.current?.querySelector("mark");
    const scrolls = body_of.current?.closest(".sheet-body");
    if (!mark || !scrolls) return;
    const above_px = mark.getBoundingClientRect().top - scrolls.getBoundingClientRect().top;
    scrolls.scrollTop += above_px - scrolls.clientHeight / 3;
  }, [article]);
  return (
    <>
      <p class="facts facts-wrap">
        {agency && (
          <span class="chip chip-warn">
            {t("otherAgency")}: {agency}
          </span>
        )}
        {sample && <span class="chip">{t("sample")}</span>}
        <span>{[department, district || t("cityWide"), ...datesOf(article)].filter(Boolean).join(" · ")}</span>
      </p>
      <Warnings article={article} />
      <div ref={body_of}>
        <Markdown text={body} passage={from.snippet.text} />
      </div>
      <div class="article-acts">
        <AskToFix from={from} />
        {pagesOf(staff.value?.role).includes("guides") && (
          <a href={`#/guides/${encodeURIComponent(article_id)}`}>{say("editGuide")}</a>
        )}
      </div>
      <dl class="article-end quiet">
        {keywords.length > 0 && (
          <>
            <dt>{say("keywords")}</dt>
            <dd>{keywords.join(", ")}</dd>
          </>
        )}
        {source && (
          <>
            <dt>{say("source")}</dt>
            <dd>{source}</dd>
          </>
        )}
      </dl>
    </>
  );
}

function datesOf({ version, revised, checked, valid_from, valid_until }: Article): string[] {
  return [
    version > 0 ? t("versionMark", { version }) : "",
    t("revised", { date: revised }),
    checked && say("checked", { date: checked }),
    valid_from && say("validFrom", { date: valid_from }),
    valid_until && t("validUntil", { date: valid_until }),
  ];
}

function Warnings({ article: { stale, valid_until } }: { article: Article }) {
  const isOver = validityOf(valid_until, dayOf(serverNow_ms.peek())) === "over";
  return (
    <>
      {isOver && <p class="note-warn">{t("validOverNote", { date: valid_until })}</p>}
      {stale && <p class="note-warn">{t("staleNote")}</p>}
    </>
  );
}

/** What an agent finds wrong reaches the editors as "not helpful", with the question and the version. */
function AskToFix({ from }: { from: Source }) {
  const card = cards.value.find(({ offer }) => offer.suggestion_id === from.suggestion_id);
  if (!card) return null;
  const isAsked = ratingOf(card) === "unhelpful";
  return (
    <button class="plain" type="button" aria-pressed={isAsked} onClick={() => rate(card, "unhelpful")}>
      {say(isAsked ? "fixAsked" : "askToFix")}
    </button>
  );
}

function Earlier() {
  return (
    <ul class="earlier">
      {earlier.value.map((card) => (
        <li key={card.offer.suggestion_id}>
          <button class="result" type="button" onClick={() => void openArticle(card.offer.snippet, card)}>
            <strong>{card.offer.snippet.title}</strong>
            <span class="result-text">{card.offer.snippet.text}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** The keyboard goes into the sheet, and back to where it was when the sheet closes. */
function useReturningFocus(region: { readonly current: HTMLElement | null }): void {
  useEffect(() => {
    const before = document.activeElement;
    region.current?.focus({ preventScroll: true });
    return () => {
      const isInside = document.activeElement === document.body || document.activeElement === null;
      if (isInside && before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
}
