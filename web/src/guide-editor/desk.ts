/** The article that is open: read, saved as it is typed, moved from step to step. */
import { batch, effect, signal } from "@preact/signals";
import { ApiError, isPassing, sentenceOf } from "../api";
import type { GuideMove, GuideText, GuideVersion } from "../contracts";
import { go, guardLeaving, wanted } from "../route";
import { calls, newerIn } from "./calls";
import { type Draft, type DraftEvent, after, draftOf, isOpen, isUnsaved, saveOf, shownOf } from "./draft";
import { refresh } from "./shelf";
import { say } from "./words";

const PAUSE_MS = 700;
const RETRY_MS = 3000;

export const draft = signal<Draft | null>(null);
/** All versions, newest first. */
export const versions = signal<readonly GuideVersion[]>([]);
/** Why the article could not be read. */
export const deskError = signal("");
/** Why the last step was not done. */
export const moveError = signal("");
/** The version whose difference to the text is shown. */
export const compared = signal<number | null>(null);

/** Rises with each article that is opened: the keyboard goes there. */
export const opened = signal(0);

/** Rises with it, and when one is left: an answer for the one before is no answer for this one. */
let turn = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

/** `#/guides/+` is a new one; its id comes with the first save. */
export const NEW = "+";

export async function open(id: string): Promise<void> {
  if (draft.peek()?.id === id && id !== "") return; // a new one that has just got its id
  clearTimeout(timer);
  turn += 1;
  const mine = turn;
  batch(() => {
    draft.value = id === NEW ? draftOf("", []) : null;
    versions.value = [];
    deskError.value = moveError.value = "";
    compared.value = null;
    if (id !== "") opened.value = opened.peek() + 1;
  });
  if (id !== NEW && id !== "") await read(id, mine);
}

async function read(id: string, mine: number): Promise<void> {
  try {
    const found = await calls.versions(id);
    if (mine !== turn) return;
    batch(() => {
      deskError.value = "";
      versions.value = found;
      draft.value = draftOf(id, found);
    });
  } catch (error) {
    if (mine === turn) deskError.value = sentenceOf(error);
  }
}

export const readAgain = (id: string): Promise<void> => read(id, turn);

export function type(change: Partial<GuideText>): void {
  happen({ kind: "typed", change });
  clearTimeout(timer);
  timer = setTimeout(() => void send(), PAUSE_MS);
}

/** Sends what is typed, and what is typed while that is under way; true once all of it is stored. */
export async function flush(): Promise<boolean> {
  clearTimeout(timer);
  await send();
  return !isUnsaved(draft.peek());
}

/** In a conflict: the editor chose. */
export async function keepMine(): Promise<void> {
  happen({ kind: "mine" });
  await send();
}

export async function takeTheirs(): Promise<void> {
  const now = draft.peek();
  if (!now) return;
  if (now.newer) {
    put(now.newer);
    happen({ kind: "theirs" });
  } else await read(now.id, turn);
}

/** A step of the version that is open, or of the one that agents see. */
export async function move(to: GuideMove["to"]): Promise<void> {
  moveError.value = "";
  if (!(await flush())) return;
  const now = draft.peek();
  const isOfOpen = to === "review" || to === "draft" || to === "published";
  const shown = shownOf(versions.peek());
  const target = (isOfOpen ? now?.open : null) ?? shown;
  if (!now || !target) return;
  const mine = turn;
  try {
    const moved = await calls.move(now.id, { to, edit: target.edit, note: "" });
    if (mine !== turn) return;
    batch(() => {
      put(moved, target.version);
      const open = versions.peek().find(isOpen) ?? null;
      happen({ kind: "moved", open, text: (open ?? shownOf(versions.peek()))?.text ?? now.text });
    });
    refresh();
  } catch (error) {
    if (mine !== turn) return;
    const newer = newerIn(error);
    if (newer && isOpen(newer)) happen({ kind: "overtaken", newer });
    else moveError.value = sentenceOf(error);
  }
}

/** Follows the address's article and keeps unsaved text from being left; returns how to stop. */
export function startDesk(): () => void {
  const warn = (event: BeforeUnloadEvent): void => {
    if (isUnsaved(draft.peek())) event.preventDefault();
  };
  const unguard = guardLeaving(() => {
    if (!isUnsaved(draft.peek())) return true;
    void flush();
    return false;
  });
  const leaves = effect(() => {
    // What was only waiting to be stored is stored now: nobody needs to be asked.
    if (wanted.value !== null && !isUnsaved(draft.value)) go(wanted.value);
  });
  const hurry = (): void => void flush();
  addEventListener("beforeunload", warn);
  addEventListener("online", hurry);
  return () => {
    removeEventListener("beforeunload", warn);
    removeEventListener("online", hurry);
    leaves();
    unguard();
    clearTimeout(timer);
    turn += 1;
    draft.value = null;
  };
}

export function leaveAnyway(): void {
  const to = wanted.peek();
  clearTimeout(timer);
  turn += 1;
  draft.value = null;
  if (to !== null) go(to);
}

async function send(): Promise<void> {
  const mine = turn;
  for (;;) {
    const now = draft.peek();
    const save = now && saveOf(now);
    if (!save) return;
    happen({ kind: "sent" });
    try {
      const version = await calls.save(now.id, save);
      if (mine !== turn) return;
      batch(() => {
        happen({ kind: "stored", version, at_ms: Date.now() });
        put(version);
      });
      if (!now.id) go(`#/guides/${encodeURIComponent(version.article_id)}`, true);
      refresh();
    } catch (error) {
      if (mine === turn) fail(error);
      return;
    }
  }
}

function fail(error: unknown): void {
  const newer = newerIn(error);
  if (newer !== undefined) happen({ kind: "overtaken", newer });
  else if (isPassing(error) || isSignedOut(error)) {
    happen({ kind: "failed", message: isSignedOut(error) ? say("signedOut") : "" });
    timer = setTimeout(() => void send(), RETRY_MS);
  } else happen({ kind: "refused", message: sentenceOf(error) });
}

/** The text stays here: it goes once somebody has signed in again, in another window. */
function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}

function happen(event: DraftEvent): void {
  if (draft.peek()) draft.value = after(draft.peek()!, event);
}

/** A version that the server told of; `former`: the number it had before it was published. */
function put(version: GuideVersion, former = version.version): void {
  const others = versions.peek().filter((each) => each.version !== version.version && each.version !== former);
  versions.value = [version, ...others].sort((a, b) => b.version - a.version);
}

