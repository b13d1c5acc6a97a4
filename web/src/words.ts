/** Going over the suspect words by keyboard: one Tab stop for all of them, arrows between them. */
import { signal } from "@preact/signals";
import { announcement } from "./panel";
import { tab } from "./tabs";
import { t } from "./text";

/** While names are offered the conversation does not follow the newest words: nothing moves under the mouse. */
export const isOffering = signal(false);

const WORDS = "button.suspect";

/** Makes the newest word the Tab stop, or keeps the one that has the focus. */
export function keepOneStop(list: HTMLElement | null): void {
  const words = wordsIn(list);
  const stop = words.find((word) => word.parentElement?.contains(document.activeElement)) ?? words.at(-1);
  for (const word of words) word.tabIndex = word === stop ? 0 : -1;
}

/** Left and right arrows on a word lead to its neighbours. */
export function walkWords(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const steps = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const words = wordsIn(event.currentTarget);
  const from = words.findIndex((word) => word === event.target);
  if (steps === undefined || from < 0) return;
  event.preventDefault();
  words[from + steps]?.focus();
  keepOneStop(event.currentTarget);
}

export function focusWord(): void {
  tab.value = "talk";
  requestAnimationFrame(() => {
    const words = wordsIn(document.querySelector<HTMLElement>(".turns"));
    const word = words.find((each) => each.tabIndex === 0) ?? words.at(-1);
    if (word) word.focus();
    else announcement.value = t("noSuspects");
  });
}

function wordsIn(list: HTMLElement | null): HTMLElement[] {
  return [...(list?.querySelectorAll<HTMLElement>(WORDS) ?? [])];
}
