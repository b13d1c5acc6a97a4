/**
 * Which guide lies in which of the four fixed slots. Pure.
 *
 * A card never moves by itself: a new one takes a free slot, or waits until the agent asks for it.
 */
import type { Card, Outcome } from "./contracts";

export const SLOTS = 4;

export interface Layout {
  /** Suggestion ids, null where a slot is free. */
  slots: readonly (string | null)[];
  /** Offered while all slots were taken; behind the "new guides" line until the agent opens it. */
  waiting: readonly string[];
  /** Made room for newer ones: not to be placed again. */
  passed: readonly string[];
}

export const EMPTY: Layout = { slots: new Array<null>(SLOTS).fill(null), waiting: [], passed: [] };

/** Take in what was offered and dismissed since. The same layout comes back when nothing changed. */
export function arrange(layout: Layout, cards: readonly Card[]): Layout {
  const alive = cards.filter((card) => !isDismissed(card)).map((card) => card.offer.suggestion_id);
  const isAlive = (id: string | null): boolean => id !== null && alive.includes(id);
  const slots = layout.slots.map((id) => (isAlive(id) ? id : null));
  const waiting = layout.waiting.filter(isAlive);
  const passed = layout.passed.filter(isAlive);

  const placed = new Set([...slots, ...waiting, ...passed]);
  for (const id of alive.filter((each) => !placed.has(each))) {
    const free = slots.indexOf(null);
    // Those that wait already come first: the newer one queues behind them.
    if (free >= 0 && waiting.length === 0) slots[free] = id;
    else waiting.push(id);
  }
  const next = { slots, waiting, passed };
  return isSame(layout, next) ? layout : next;
}

/**
 * The agent opens the waiting ones: they take the free slots, then those of the oldest cards that are not
 * pinned. What finds no place (all are pinned) goes on waiting.
 */
export function openWaiting(layout: Layout, cards: readonly Card[]): Layout {
  const slots = [...layout.slots];
  const passed = [...layout.passed];
  const waiting = [...layout.waiting];
  const oldestFirst = cards
    .filter((card) => !isPinned(card))
    .map((card) => slots.indexOf(card.offer.suggestion_id))
    .filter((slot) => slot >= 0);

  while (waiting.length > 0) {
    const free = slots.indexOf(null);
    const slot = free >= 0 ? free : oldestFirst.shift();
    if (slot === undefined) break;
    const former = slots[slot];
    if (former) passed.push(former);
    slots[slot] = waiting.shift()!;
  }
  return { slots, waiting, passed };
}

export function isDismissed(card: Card): boolean {
  return card.outcomes.includes("dismissed");
}

export function isPinned(card: Card): boolean {
  return card.outcomes.lastIndexOf("pinned") > card.outcomes.lastIndexOf("unpinned");
}

export function ratingOf(card: Card): "helpful" | "unhelpful" | null {
  const rated = card.outcomes.filter((outcome) => outcome === "helpful" || outcome === "unhelpful");
  return (rated.at(-1) as "helpful" | "unhelpful" | undefined) ?? null;
}

/** Outcomes with those that were sent but have not come back yet. */
export function withPending(cards: readonly Card[], pending: ReadonlyMap<string, readonly Outcome[]>): Card[] {
  return cards.map((card) => {
    const sent = pending.get(card.offer.suggestion_id);
    if (!sent?.length) return card;
    return { ...card, outcomes: [...card.outcomes.filter((each) => !sent.includes(each)), ...sent] };
  });
}

function isSame(a: Layout, b: Layout): boolean {
  return JSON.stringify([a.slots, a.waiting, a.passed]) === JSON.stringify([b.slots, b.waiting, b.passed]);
}
