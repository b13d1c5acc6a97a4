/** The board as the server told it last, asked for again every few seconds. */
import { batch, effect, signal } from "@preact/signals";
import { ApiError, request, sentenceOf } from "../api";
import type { Board } from "../contracts";
import { askWhoIAm } from "../session";
import { queryOf } from "./address";
import { place } from "./place";

/** With a server that gives an answer again for 1.5 s, nothing on the page is older than 5 s. */
export const REFRESH_MS = 3000;
/** Figures of which this is said: they are old. */
export const STALE_MS = 10_000;

export const board = signal<Board | null>(null);
/** When the server told it, by this machine's clock; null: never. */
export const toldAt = signal<number | null>(null);
/** Why it could not be asked the last time; empty: it could. */
export const trouble = signal("");
/** Topics that were on the board so far, code → label: what the filter offers. It only grows. */
export const topics = signal<ReadonlyMap<string, string>>(new Map());

/** Rises with each question: an answer to an earlier one is none any more. */
let turn = 0;
let isAsking = false;

/** Asks now. */
export async function refresh(): Promise<void> {
  const mine = ++turn;
  isAsking = true;
  try {
    const { topic, district } = place.peek();
    const asked = queryOf({ topic, district }).toString();
    const told = await request<Board>("GET", `/api/voc/board${asked && `?${asked}`}`);
    if (mine === turn) keep(told);
  } catch (error) {
    if (mine !== turn) return;
    trouble.value = sentenceOf(error);
    if (error instanceof ApiError && error.status === 401) void askWhoIAm();
  } finally {
    if (mine === turn) isAsking = false;
  }
}

/** Asks again and again while the page is looked at; returns how to stop. */
export function startBoard(): () => void {
  const timer = setInterval(() => {
    if (document.visibilityState === "visible" && !isAsking) void refresh();
  }, REFRESH_MS);
  const back = (): void => {
    if (document.visibilityState === "visible") void refresh();
  };
  document.addEventListener("visibilitychange", back);
  addEventListener("online", back);
  let asked: string | null = null;
  const unfollow = effect(() => {
    const { topic, district } = place.value;
    const wanted = queryOf({ topic, district }).toString();
    if (wanted === asked) return;
    asked = wanted;
    void refresh();
  });
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", back);
    removeEventListener("online", back);
    unfollow();
    turn += 1;
    isAsking = false;
  };
}

function keep(told: Board): void {
  batch(() => {
    board.value = told;
    toldAt.value = Date.now();
    trouble.value = "";
    const known = topics.peek();
    const fresh = told.heat.rows.filter((row) => row.topic !== "" && !known.has(row.topic));
    if (fresh.length > 0) topics.value = new Map([...known, ...fresh.map((row) => [row.topic, row.label] as const)]);
  });
}
