/** The alert's keys. Letters are told by their place on the keyboard, so that they work while the Hangul input method is on. */
import { isTypingIn } from "../keys";
import { letterKeys } from "../preferences";
import { rest } from "../route";
import { type Act, actsOf } from "./deeds";
import { begin, foldUp, head, typed } from "./desk";
import { neighbour } from "./list";
import { alertAddress } from "./place";
import { shownLines } from "./shown-lines";

const ACTS: Readonly<Record<string, readonly Act[]>> = {
  KeyA: ["acknowledged"],
  KeyS: ["assigned"],
  KeyD: ["acted"],
  KeyN: ["noted"],
  KeyM: ["muted", "unmuted"],
  KeyC: ["closed"],
  KeyR: ["reopened"],
};

/** Listens on the page; returns how to stop. */
export function startAlertKeys(): () => void {
  addEventListener("keydown", pressed);
  return () => removeEventListener("keydown", pressed);
}

function pressed(event: KeyboardEvent): void {
  // 229: the input method has the key, also in browsers that set isComposing late.
  if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
  if (event.key === "Escape") return escape(event.target);
  if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  if (isTypingIn(event.target) || !letterKeys.value) return;
  if (event.code === "BracketLeft" || event.code === "BracketRight") {
    const id = neighbour(shownLines.value, rest.value, event.code === "BracketLeft" ? -1 : 1);
    if (id) location.hash = alertAddress(id);
  } else {
    const may = head.value ? actsOf(head.value, Date.now()) : [];
    const act = ACTS[event.code]?.find((each) => may.includes(each));
    if (!act) return;
    begin(act);
  }
  event.preventDefault();
}

/** Out of a field first, then the form, then back to the board and to the alert's line. */
function escape(target: EventTarget | null): void {
  if (isTypingIn(target)) return (target as HTMLElement).blur();
  if (typed.value.open) return foldUp();
  const id = rest.value;
  location.hash = "#/board";
  requestAnimationFrame(() => {
    document.querySelector<HTMLElement>(`.inbox-entry[href="${alertAddress(id)}"]`)?.focus();
  });
}
