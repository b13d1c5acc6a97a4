/** The list, the gaps and the figures, as the server last told of them. */
import { computed, effect, signal } from "@preact/signals";
import { ApiError, sentenceOf } from "../api";
import type { Gap, GuideFigures, GuideList } from "../contracts";
import { rest } from "../route";
import { askWhoIAm } from "../session";
import { calls } from "./calls";
import { FIRST, type Filters, queryOf, withFilter } from "./list-query";

/** Typing asks once it rests. */
const PAUSE_MS = 250;
/** After a change, so that the server's own notes are made first. */
const SOON_MS = 400;

export const filters = signal<Filters>(FIRST);
export const list = signal<GuideList | null>(null);
export const listError = signal("");
export const gaps = signal<readonly Gap[] | null>(null);
export const gapsError = signal("");
export const figures = signal<GuideFigures | null>(null);
export const figuresError = signal("");
/** What is read out to screen readers. */
export const told = signal("");

const query = computed(() => queryOf(filters.value));
let asked = 0;
let pause: ReturnType<typeof setTimeout> | undefined;
let soon: ReturnType<typeof setTimeout> | undefined;

export function choose(change: Partial<Filters>): void {
  filters.value = withFilter(filters.peek(), change);
}

/** Keeps the list in step with what is chosen; returns how to stop. */
export function startShelf(): () => void {
  void askFigures();
  const stop = effect(() => {
    const wanted = query.value;
    const { tab } = filters.value;
    clearTimeout(pause);
    if (tab === "gaps") void askGaps();
    else pause = setTimeout(() => void askList(wanted), list.peek() ? PAUSE_MS : 0);
  });
  return () => {
    stop();
    clearTimeout(pause);
    clearTimeout(soon);
  };
}

/** Signed out, and nothing here that would be lost: the way in is shown. */
function failed(error: unknown): string {
  if (error instanceof ApiError && error.status === 401 && rest.peek() === "") void askWhoIAm();
  return sentenceOf(error);
}

/** Something was changed that the list tells of. */
export function refresh(): void {
  clearTimeout(soon);
  soon = setTimeout(() => {
    void askFigures();
    if (filters.peek().tab === "gaps") void askGaps();
    else void askList(query.peek());
  }, SOON_MS);
}

export async function askList(wanted = query.peek()): Promise<void> {
  const turn = (asked += 1);
  try {
    const answer = await calls.list(wanted);
    if (turn !== asked) return; // something else was asked for meanwhile
    list.value = answer;
    listError.value = "";
  } catch (error) {
    if (turn === asked) listError.value = failed(error);
  }
}

export async function askGaps(): Promise<void> {
  try {
    gaps.value = await calls.gaps();
    gapsError.value = "";
  } catch (error) {
    gapsError.value = failed(error);
  }
}

export async function askFigures(): Promise<void> {
  try {
    figures.value = await calls.figures();
    figuresError.value = "";
  } catch (error) {
    figuresError.value = failed(error);
  }
}
