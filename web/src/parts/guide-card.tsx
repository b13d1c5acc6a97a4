import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { isPinned, ratingOf } from "../cards";
import { chatSide } from "../chat-side";
import type { Snippet, SuggestionOffered } from "../contracts";
import {
  copyAnswer, copyCard, enter, focusedCard, hover, justCopied, openArticle, rate, renew, report, reportShown, togglePin,
} from "../guides";
import { type ShownCard, placeOf } from "../shown";
import { t } from "../text";
import { numberIn } from "../validity";
import { CardFacts } from "./card-facts";
import { Icon, type IconName } from "./icon";

export function GuideCard({ card, slot }: { card: ShownCard; slot: number }) {
  const { suggestion_id, snippet } = card.offer;
  const article = useRef<HTMLElement>(null);
  useShown(article, card);
  const pinned = isPinned(card);
  const title = `card-title-${slot + 1}`;
  return (
    <article
      ref={article}
      id={`card-${slot + 1}`}
      class={`card card-${snippet.kind}${pinned ? " card-pinned" : ""}${card.answer ? " card-with-answer" : ""}`}
      tabIndex={-1}
      aria-labelledby={title}
      onMouseEnter={() => hover(suggestion_id)}
      onMouseLeave={() => hover(null)}
      onFocusCapture={() => {
        focusedCard.value = suggestion_id;
        enter(suggestion_id);
      }}
      onBlurCapture={({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget as Node | null)) enter(null);
      }}
    >
      <div class="card-head">
        <span class="card-number" aria-hidden="true">
          {slot + 1}
        </span>
        <h3 id={title} title={snippet.title}>
          {snippet.title}
        </h3>
        {snippet.sample && <span class="chip">{t("sample")}</span>}
        {card.isChanged && <span class="chip card-changed">{t("changed")}</span>}
        <Why offer={card.offer} />
        <button class="icon-button" type="button" title={`${t("dismiss")} (x)`} onClick={() => report(card, "dismissed")}>
          <Icon name="close" />
          <span class="visually-hidden">{t("dismiss")}</span>
        </button>
        {card.hasNewer && (
          <button
            class="small card-renew"
            type="button"
            aria-keyshortcuts="r"
            title={`${t("renew")} (r)`}
            onClick={() => {
              renew(suggestion_id);
              article.current?.focus({ preventScroll: true });
            }}
          >
            {t("renew")}
          </button>
        )}
      </div>
      {snippet.kind === "agency" ? (
        <AgencyText snippet={snippet} labelledby={title} />
      ) : (
        <Passage text={snippet.text} quote={card.answer?.quote ?? null} labelledby={title} />
      )}
      {card.answer && <AnswerLine card={card} />}
      <div class="card-foot">
        <CardFacts snippet={snippet} />
        <CardButtons card={card} pinned={pinned} />
      </div>
    </article>
  );
}

/** How it was found stands in the tooltip alone: it is no news to the agent. */
function Why({ offer }: { offer: SuggestionOffered }) {
  if (!offer.reason) return null;
  const engine = t(offer.engine === "lexical" ? "byWords" : "byMeaning");
  return (
    <p class="card-why" title={`${offer.reason} · ${engine}`}>
      <span class="card-why-label">{t("why")}</span> {offer.reason}
    </p>
  );
}

/** The passage, with the words marked that the sentence to say rests on; these are scrolled into sight. */
function Passage({ text, quote, labelledby }: { text: string; quote: string | null; labelledby: string }) {
  const passage = useRef<HTMLParagraphElement>(null);
  const mark = useRef<HTMLElement>(null);
  const place = quote === null ? null : placeOf(quote, text);
  useEffect(() => {
    if (passage.current) passage.current.scrollTop = mark.current ? mark.current.offsetTop - passage.current.offsetTop : 0;
  }, [text, quote]);
  return (
    <p ref={passage} class="card-text" tabIndex={0} role="group" aria-labelledby={labelledby}>
      {place ? <Quoted text={text} place={place} mark={mark} /> : text}
    </p>
  );
}

function Quoted({ text, place: [from, to], mark }: { text: string; place: [number, number]; mark: RefObject<HTMLElement | null> }) {
  return (
    <>
      {text.slice(0, from)}
      <mark ref={mark}>{text.slice(from, to)}</mark>
      {text.slice(to)}
    </>
  );
}

/** The number is what the agent reads out. */
function AgencyText({ snippet, labelledby }: { snippet: Snippet; labelledby: string }) {
  const number = numberIn(snippet.agency, snippet.title, snippet.text);
  return (
    <div class="card-text agency-text" tabIndex={0} role="group" aria-labelledby={labelledby}>
      {number && <strong class="agency-number time">{number}</strong>}
      <p>{snippet.text}</p>
    </div>
  );
}

function AnswerLine({ card }: { card: ShownCard }) {
  return (
    <div class="answer">
      <p class="answer-text" tabIndex={0} role="group" aria-label={t("sayThis")}>
        <span class="answer-label">{t("sayThis")}</span> {card.answer?.text}
      </p>
      <CardButton icon="copy" label={t("copyAnswer")} keys="a" run={() => void copyAnswer(card)} />
    </div>
  );
}

function CardButtons({ card, pinned }: { card: ShownCard; pinned: boolean }) {
  const wasCopied = justCopied.value === card.offer.suggestion_id;
  const rating = ratingOf(card);
  const { snippet } = card.offer;
  const side = chatSide.value;
  return (
    <div class="card-buttons">
      {side?.isShown.value && (
        <CardButton icon="reply" label={t("intoReply")} keys="i" run={() => side.insert(card)} isWide />
      )}
      <CardButton icon="copy" label={t(wasCopied ? "copied" : "copy")} keys="c" run={() => void copyCard(card)} isWide />
      <CardButton icon="pin" label={t(pinned ? "pinned" : "pin")} keys="p" pressed={pinned} run={() => togglePin(card)} />
      {snippet.kind === "guide" && (
        <CardButton icon="article" label={t("openArticle")} keys="o" run={() => void openArticle(snippet, card)} />
      )}
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

/** Tells the server once the card was really seen. */
function useShown(article: { readonly current: HTMLElement | null }, card: ShownCard): void {
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
