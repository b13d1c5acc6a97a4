/**
 * What a card says at this moment. Pure.
 *
 * A card that is offered again with another passage is renewed in place, with a quiet mark; never while the mouse
 * is over it or the focus is in it: then it waits until the agent asks for it or turns away.
 */
import type { AnswerOffered, Card, Snippet, SuggestionOffered } from "./contracts";

/** A card, and what of it is on the screen. */
export interface Shown {
  offer: SuggestionOffered;
  answer: AnswerOffered | null;
  /** Its passage became another one since the agent last looked into it. */
  isChanged: boolean;
}

export type ShownCard = Card & { isChanged: boolean; hasNewer: boolean };

/** What is shown from now on; the same object when it is what was shown before. */
export function shownAfter(before: Shown | undefined, card: Card, isHeld: boolean): Shown {
  const now = newestOf(card);
  if (!before) return now;
  if (before.offer === now.offer && before.answer === now.answer) return before;
  if (isHeld) return before;
  const isOther = passageOf(before.offer.snippet) !== passageOf(now.offer.snippet);
  return { ...now, isChanged: before.isChanged || isOther };
}

export function newestOf(card: Card): Shown {
  return { offer: card.offer, answer: answerOf(card), isChanged: false };
}

export function faceOf(card: Card, shown: Shown): ShownCard {
  const newest = newestOf(card);
  const hasNewer =
    passageOf(newest.offer.snippet) !== passageOf(shown.offer.snippet) || newest.answer?.text !== shown.answer?.text;
  return { ...card, offer: shown.offer, answer: shown.answer, isChanged: shown.isChanged, hasNewer };
}

/** The sentence to say: only beside the card it was made from, and only with its citation in sight. */
export function answerOf({ offer, answer }: Card): AnswerOffered | null {
  if (!answer || answer.revision !== offer.revision) return null;
  return placeOf(answer.quote, offer.snippet.text) ? answer : null;
}

/** From and to of the quote within the text, however the white space runs; null: it does not stand there. */
export function placeOf(quote: string, text: string): [number, number] | null {
  const words = quote.trim().split(/\s+/).filter(Boolean);
  if (words.length === 0) return null;
  const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const found = new RegExp(escaped.join("\\s*")).exec(text);
  return found ? [found.index, found.index + found[0].length] : null;
}

/** All that can be read on the card. */
function passageOf(snippet: Snippet): string {
  const { title, heading, text, agency, department, district, revised, stale, valid_until } = snippet;
  return JSON.stringify([title, heading, text, agency, department, district, revised, stale, valid_until]);
}
