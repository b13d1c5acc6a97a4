/**
 * When a call was not transcribed. A view tells only how it is now; what came before is remembered here, for
 * as long as the browser's tab is open.
 */
import { effect, signal } from "@preact/signals";
import type { ContactView } from "./contracts";
import { views } from "./panel";

/** Nothing was transcribed from `start_ms` to `end_ms` of the call; null: it still is so. */
export interface Gap {
  start_ms: number;
  end_ms: number | null;
}

const NONE: readonly Gap[] = [];
const known = signal<ReadonlyMap<string, readonly Gap[]>>(new Map());

/** The gaps after what the view tells; the same object when it tells nothing new. */
export function gapsAfter(gaps: readonly Gap[], { recognition, contact }: ContactView): readonly Gap[] {
  if (!recognition) return gaps;
  const at_ms = Math.max(0, recognition.at_ms - contact.started_at_ms);
  const last = gaps.at(-1);
  const isOpen = last?.end_ms === null;
  if (recognition.mode === "refused") return isOpen ? gaps : [...gaps, { start_ms: at_ms, end_ms: null }];
  return isOpen ? gaps.with(-1, { ...last, end_ms: at_ms }) : gaps;
}

export function gapsOf(contact_id: string): readonly Gap[] {
  return known.value.get(contact_id) ?? NONE;
}

/** Follows the watched contacts; returns how to stop. */
export function startGaps(): () => void {
  return effect(() => {
    for (const each of views.value.values()) note(each);
  });
}

function note(each: ContactView): void {
  const id = each.contact.contact_id;
  const before = known.peek().get(id) ?? remembered(id);
  const after = gapsAfter(before, each);
  if (known.peek().get(id) === after) return;
  known.value = new Map(known.peek()).set(id, after);
  try {
    if (after.length > 0) sessionStorage.setItem(`sangdam.gaps.${id}`, JSON.stringify(after));
  } catch {
    // Without storage a reload forgets the gaps that are over.
  }
}

function remembered(id: string): readonly Gap[] {
  try {
    return (JSON.parse(sessionStorage.getItem(`sangdam.gaps.${id}`) ?? "null") as Gap[] | null) ?? NONE;
  } catch {
    return NONE;
  }
}
