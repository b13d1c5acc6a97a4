import { describe, expect, it } from "vitest";
import type { AnswerOffered, Card } from "../src/contracts";
import { answerOf, faceOf, placeOf, shownAfter } from "../src/shown";
import { CONTACT, offer } from "./events";

const snippet = offer("a").snippet;

function card(revision: number, text: string, answer: Card["answer"] = null): Card {
  return { offer: offer("a", { revision, snippet: { ...snippet, text } }), outcomes: [], answer };
}

function answer(revision: number, quote: string): AnswerOffered {
  return {
    schema_version: 1, type: "answer.offered", contact_id: CONTACT, at_ms: 1, suggestion_id: "a", revision,
    text: "구청에서 신청하시면 됩니다.", quote, model: "m",
  };
}

describe("what a card says", () => {
  const first = shownAfter(undefined, card(1, "구청에서 신청합니다."), false);

  it("is renewed in place, with a mark", () => {
    expect(first.isChanged).toBe(false);
    const next = shownAfter(first, card(2, "수수료는 53,000원입니다."), false);
    expect(next).toMatchObject({ isChanged: true, offer: { revision: 2 } });
  });

  it("stays while the card is held, and says that there is more", () => {
    const newer = card(2, "수수료는 53,000원입니다.");
    const held = shownAfter(first, newer, true);
    expect(held).toBe(first);
    expect(faceOf(newer, held)).toMatchObject({ hasNewer: true, offer: { revision: 1 } });
    expect(shownAfter(held, newer, false)).toMatchObject({ isChanged: true, offer: { revision: 2 } });
  });

  it("is renewed without a mark when only its reason is another one", () => {
    const next = shownAfter(first, card(2, "구청에서 신청합니다."), false);
    expect(next).toMatchObject({ isChanged: false, offer: { revision: 2 } });
    expect(faceOf(card(2, "구청에서 신청합니다."), first).hasNewer).toBe(false);
  });

  it("is the same object when nothing came", () => {
    const same = card(1, "구청에서 신청합니다.");
    const shown = shownAfter(undefined, same, false);
    expect(shownAfter(shown, same, false)).toBe(shown);
  });

  it("holds a sentence back, too, while the card is held", () => {
    const answered = card(1, "구청에서 신청합니다.", answer(1, "구청에서 신청합니다"));
    const held = shownAfter(first, answered, true);
    expect(held.answer).toBeNull();
    expect(faceOf(answered, held).hasNewer).toBe(true);
    expect(shownAfter(first, answered, false)).toMatchObject({ isChanged: false, answer: { revision: 1 } });
  });
});

describe("the sentence to say", () => {
  it("stands beside the revision it was made from alone", () => {
    expect(answerOf(card(2, "구청에서 신청합니다.", answer(1, "구청에서")))).toBeNull();
    expect(answerOf(card(2, "구청에서 신청합니다.", answer(2, "구청에서")))).not.toBeNull();
  });

  it("is not shown without its citation", () => {
    expect(answerOf(card(1, "구청에서 신청합니다.", answer(1, "동주민센터에서")))).toBeNull();
    expect(answerOf(card(1, "구청에서 신청합니다.", answer(1, " ")))).toBeNull();
  });

  it("finds its citation however the lines are broken", () => {
    expect(placeOf("구청에서\n신청", "가까운 구청에서  신청합니다 (24시간).")).toEqual([4, 12]);
    expect(placeOf("(24시간).", "구청 (24시간).")).toEqual([3, 10]);
  });
});
