/** Finding in the conversation, and jumping to an utterance. */
import { computed, signal } from "@preact/signals";
import { view } from "./panel";
import { hitsIn } from "./pieces";

export const query = signal("");
/** Which of the hits is shown. */
export const at = signal(0);
/** The utterance to scroll to and light up; `count` tells two jumps to the same place apart. */
export const jump = signal<{ utterance_id: string; count: number } | null>(null);
/** Rises with each wish to see the newest words. */
export const latestWanted = signal(0);

/** Utterances that hold the query, one entry a hit. */
export const hits = computed<readonly string[]>(() =>
  query.value.trim() === ""
    ? []
    : (view.value?.utterances ?? []).flatMap((each) => hitsIn(each.text, query.value).map(() => each.utterance_id)),
);

export function jumpTo(utterance_id: string): void {
  jump.value = { utterance_id, count: (jump.value?.count ?? 0) + 1 };
}

export function look(text: string): void {
  query.value = text;
  at.value = Math.max(0, hits.value.length - 1);
  showHit();
}

/** The next (1) or previous (-1) hit, around the ends. */
export function step(direction: 1 | -1): void {
  const count = hits.value.length;
  if (count === 0) return;
  at.value = (at.value + direction + count) % count;
  showHit();
}

function showHit(): void {
  const id = hits.value[at.value];
  if (id !== undefined) jumpTo(id);
}
