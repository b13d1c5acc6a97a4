/** The whole guide beside the conversation. No modal: the call goes on and stays in sight. */
import { useEffect, useRef } from "preact/hooks";
import { isOld } from "../cards";
import type { Article } from "../contracts";
import { earlier, openArticle, sheet } from "../guides";
import { serverNow_ms } from "../panel";
import { t } from "../text";
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
              {t("articleFailed")}: {state.message}
            </p>
            <button class="small" type="button" onClick={() => void openArticle(state)}>
              {t("retry")}
            </button>
          </div>
        )}
        {state.kind === "open" && <Whole article={state.article} />}
        {state.kind === "earlier" && <Earlier />}
      </div>
    </aside>
  );
}

export function closeSheet(): void {
  sheet.value = { kind: "closed" };
}

function Whole({ article }: { article: Article }) {
  const { department, district, agency, revised, checked, keywords, source, sample, body } = article;
  return (
    <>
      <p class="facts facts-wrap">
        {agency && (
          <span class="chip chip-warn">
            {t("otherAgency")}: {agency}
          </span>
        )}
        {sample && <span class="chip">{t("sample")}</span>}
        {isOld(revised, serverNow_ms.peek()) && <span class="chip chip-warn">{t("old")}</span>}
        <span>{[department, district || t("cityWide"), t("revised", { date: revised })].filter(Boolean).join(" · ")}</span>
        {checked && <span>{t("checked", { date: checked })}</span>}
      </p>
      <Markdown text={body} />
      <dl class="article-end quiet">
        {keywords.length > 0 && (
          <>
            <dt>{t("keywords")}</dt>
            <dd>{keywords.join(", ")}</dd>
          </>
        )}
        {source && (
          <>
            <dt>{t("source")}</dt>
            <dd>{source}</dd>
          </>
        )}
      </dl>
    </>
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
