/**
 * Every key of the panel in one table. Letters are told by their place on the keyboard (`code`), so that
 * they work while the Hangul input method is on.
 */
import { signal } from "@preact/signals";

export const isHelpOpen = signal(false);

export type Action =
  | "card1" | "card2" | "card3" | "card4"
  | "copy" | "answer" | "pin" | "dismiss" | "open" | "helpful" | "unhelpful" | "renew" | "waiting" | "similar"
  | "search" | "find" | "latest" | "swap" | "suspect" | "language"
  | "summary" | "draft" | "play"
  | "previous" | "next" | "newCall" | "microphone" | "hangUp"
  | "intoReply" | "reply" | "nextChat" | "transfer" | "note" | "takeChats" | "block"
  | "pages" | "help" | "escape";

const PLAIN: Readonly<Record<string, Action>> = {
  Digit1: "card1", Digit2: "card2", Digit3: "card3", Digit4: "card4",
  Numpad1: "card1", Numpad2: "card2", Numpad3: "card3", Numpad4: "card4",
  KeyC: "copy", KeyA: "answer", KeyR: "renew", KeyB: "similar", KeyP: "pin", KeyX: "dismiss", KeyO: "open", KeyV: "waiting",
  Equal: "helpful", NumpadAdd: "helpful", Minus: "unhelpful", NumpadSubtract: "unhelpful",
  Slash: "search", KeyF: "find", KeyG: "latest", KeyW: "swap", KeyU: "suspect", KeyL: "language",
  KeyS: "summary", KeyD: "draft", KeyE: "play",
  BracketLeft: "previous", BracketRight: "next",
  KeyI: "intoReply", KeyQ: "reply", KeyJ: "nextChat", KeyT: "transfer", KeyY: "note",
  KeyN: "newCall", KeyM: "microphone", KeyK: "pages", KeyH: "help",
};

/** What cannot be taken back is not on a bare letter. */
const SHIFTED: Readonly<Record<string, Action>> = { KeyH: "hangUp", KeyA: "takeChats", KeyB: "block", Slash: "help", Equal: "helpful" };

/** The part of a KeyboardEvent that matters. */
export interface Stroke {
  code: string;
  key: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  isComposing: boolean;
  keyCode: number;
}

/** What a stroke asks for; null while a field is being typed in or the input method composes. */
export function actionFor(stroke: Stroke, isTyping: boolean, lettersAreOn: boolean): Action | null {
  // 229: the input method has the key, also in browsers that set isComposing late.
  if (stroke.isComposing || stroke.keyCode === 229) return null;
  if (stroke.key === "Escape") return "escape";
  if (stroke.ctrlKey || stroke.altKey || stroke.metaKey) return null;
  if (isTyping || !lettersAreOn) return null;
  if (stroke.key === "?") return "help";
  return (stroke.shiftKey ? SHIFTED[stroke.code] : PLAIN[stroke.code]) ?? null;
}

export function isTypingIn(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button", "file"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}
