import { describe, expect, it } from "vitest";
import { EMPTY, arrange, isPinned, openWaiting, ratingOf, withPending } from "../src/cards";
import type { Card, Outcome } from "../src/contracts";
import { offer } from "./events";

const card = (id: string, ...outcomes: Outcome[]): Card => ({ offer: offer(id), outcomes, answer: null });
const cards = (ids: string): Card[] => [...ids].map((id) => card(id));

describe("arrange", () => {
  it("fills the free slots in order; further ones wait", () => {
    const layout = arrange(EMPTY, cards("abcdef"));
    expect(layout.slots).toEqual(["a", "b", "c", "d"]);
    expect(layout.waiting).toEqual(["e", "f"]);
  });

  it("one by one gives the same as all at once", () => {
    const all = cards("abcdef");
    const stepwise = all.reduce((layout, _, count) => arrange(layout, all.slice(0, count + 1)), EMPTY);
    expect(stepwise).toEqual(arrange(EMPTY, all));
  });

  it("never moves a card: a dismissed one leaves its slot free", () => {
    const before = arrange(EMPTY, cards("abcd"));
    const after = arrange(before, [card("a"), card("b", "dismissed"), card("c"), card("d")]);
    expect(after.slots).toEqual(["a", null, "c", "d"]);
    const next = arrange(after, [card("a"), card("b", "dismissed"), card("c"), card("d"), card("e")]);
    expect(next.slots).toEqual(["a", "e", "c", "d"]);
  });

  it("nothing slips under the mouse when a slot becomes free while others wait", () => {
    const before = arrange(EMPTY, cards("abcde"));
    const after = arrange(before, [card("a", "dismissed"), ...cards("bcdef")]);
    expect(after.slots).toEqual([null, "b", "c", "d"]);
    expect(after.waiting).toEqual(["e", "f"]);
  });

  it("gives the same object back when nothing changed", () => {
    const layout = arrange(EMPTY, cards("ab"));
    expect(arrange(layout, cards("ab"))).toBe(layout);
  });
});

describe("openWaiting", () => {
  it("takes free slots first, then those of the oldest cards that are not pinned", () => {
    const all = [card("a", "pinned"), card("b"), card("c", "dismissed"), card("d"), card("e"), card("f")];
    const before = { slots: ["a", "b", null, "d"], waiting: ["e", "f"], passed: [] };
    expect(openWaiting(before, all)).toEqual({ slots: ["a", "f", "e", "d"], waiting: [], passed: ["b"] });
  });

  it("leaves pinned cards alone even when others wait", () => {
    const all = [..."abcd"].map((id) => card(id, "pinned")).concat(card("e"));
    const before = arrange(EMPTY, all);
    expect(openWaiting(before, all)).toEqual(before);
  });

  it("what made room does not come back by itself", () => {
    const all = cards("abcde");
    const opened = openWaiting(arrange(EMPTY, all), all);
    expect(opened.passed).toEqual(["a"]);
    expect(arrange(opened, all)).toBe(opened);
  });
});

describe("outcomes", () => {
  it("the last of a pair counts", () => {
    expect(isPinned(card("a", "pinned", "unpinned"))).toBe(false);
    expect(isPinned(card("a", "unpinned", "pinned"))).toBe(true);
    expect(ratingOf(card("a", "helpful", "unhelpful"))).toBe("unhelpful");
    expect(ratingOf(card("a"))).toBeNull();
  });

  it("those on their way are shown already", () => {
    const [shown] = withPending([card("a", "pinned", "shown")], new Map([["a", ["unpinned"] as Outcome[]]]));
    expect(shown && isPinned(shown)).toBe(false);
  });
});
