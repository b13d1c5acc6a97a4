import { useEffect, useRef } from "preact/hooks";
import { isOld, isPinned, ratingOf } from "../cards";
import type { Card, Snippet } from "../contracts";
import { copyCard, focusedCard, justCopied, openArticle, rate, report, reportShown, togglePin } from "../guides";
import { serverNow_ms } from "../panel";
import { t } from "../text";
import { Icon, type IconName } from "./icon";

export function GuideCard({ card, slot }: { card: Card; slot: number }) {
  const { suggestion_id, snippet, reason } = card.offer;
  const article = useRef<HTMLElement>(null);
  useShown(article, card);
  const pinned = isPinned(card);
  return (
    <article
      ref={article}
      id={`card-${slot + 1}`}
      class={pinned ? "card card-pinned" : "card"}
      tabIndex={-1}
      aria-labelledby={`card-title-${slot + 1}`}
      onFocusCapture={() => (focusedCard.value = suggestion_id)}
    >
      <div class="card-head">
        <span class="card-number" aria-hidden="true">
          {slot + 1}
        </span>
        <h3 id={`card-title-${slot + 1}`} title={snippet.title}>
          {snippet.title}
        </h3>
        {snippet.sample && <span class="chip">{t("sample")}</span>}
        {reason && (
          <p class="card-why" title={reason}>
            <span class="card-why-label">{t("why")}</span> {reason}
          </p>
        )}
        <button class="icon-button" type="button" title={`${t("dismiss")} (x)`} onClick={() => report(card, "dismissed")}>
          <Icon name="close" />
          <span class="visually-hidden">{t("dismiss")}</span>
        </button>
      </div>
      <p class="card-text" tabIndex={0} role="group" aria-labelledby={`card-title-${slot + 1}`}>
        {snippet.text}
      </p>
      <div class="card-foot">
        <CardFacts snippet={snippet} />
        <CardButtons card={card} pinned={pinned} />
      </div>
    </article>
  );
}

function CardButtons({ card, pinned }: { card: Card; pinned: boolean }) {
  const wasCopied = justCopied.value === card.offer.suggestion_id;
  const rating = ratingOf(card);
  return (
    <div class="card-buttons">
      <CardButton icon="copy" label={t(wasCopied ? "copied" : "copy")} keys="c" run={() => void copyCard(card)} isWide />
      <CardButton icon="pin" label={t(pinned ? "pinned" : "pin")} keys="p" pressed={pinned} run={() => togglePin(card)} />
      <CardButton icon="article" label={t("openArticle")} keys="o" run={() => void openArticle(card.offer.snippet, card)} />
      <CardButton icon="up" label={t("helpful")} keys="+" pressed={rating === "helpful"} run={() => rate(card, "helpful")} />
      <CardButton icon="down" label={t("unhelpful")} keys="-" pressed={rating === "unhelpful"} run={() => rate(card, "unhelpful")} />
    </div>
  );
}

interface CardButtonProps {
  icon: IconName;
  label: string;
  keys: string;
  run: () => void;
  pressed?: boolean;
  /** The label stands beside the icon; else it is the accessible name and the tooltip. */
  isWide?: boolean;
}

function CardButton({ icon, label, keys, run, pressed, isWide = false }: CardButtonProps) {
  return (
    <button
      class="card-button"
      type="button"
      title={`${label} (${keys})`}
      aria-pressed={pressed}
      aria-keyshortcuts={keys}
      onClick={run}
    >
      <Icon name={icon} />
      <span class={isWide ? undefined : "visually-hidden"}>{label}</span>
    </button>
  );
}

/** Where a passage comes from and how far it can be relied on. */
export function CardFacts({ snippet }: { snippet: Snippet }) {
  const { department, district, revised, agency } = snippet;
  const place = [department, district || t("cityWide")].filter(Boolean).join(" · ");
  return (
    <p class="facts">
      {agency && (
        <span class="chip chip-warn" title={agency}>
          {t("otherAgency")}: {agency}
        </span>
      )}
      <span class="facts-place" title={place}>
        {place}
      </span>
      <span class="time">{t("revised", { date: revised })}</span>
      {isOld(revised, serverNow_ms.peek()) && <span class="chip chip-warn facts-old">{t("old")}</span>}
    </p>
  );
}

/** Tells the server once the card was really seen. */
function useShown(article: { readonly current: HTMLElement | null }, card: Card): void {
  const isReported = card.outcomes.includes("shown");
  useEffect(() => {
    if (isReported || !article.current) return undefined;
    const eye = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting) || document.visibilityState === "hidden") return;
      eye.disconnect();
      reportShown(card);
    });
    eye.observe(article.current);
    return () => eye.disconnect();
  }, [card.offer.suggestion_id, isReported]);
}
