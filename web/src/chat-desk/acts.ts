/** What an agent does with a chat besides answering: which sheet is open. */
import { signal } from "@preact/signals";
import { announcement } from "../panel";
import { current, submit } from "./desk";
import { say } from "./words";

export type Act = "transfer" | "note" | "end" | "block";

export const act = signal<Act | null>(null);

/** Where the focus was before the sheet took it. */
let before: HTMLElement | null = null;

export function openAct(which: Act): void {
  const state = current.peek()?.head.peek()?.state;
  if (state === undefined || (state === "ended" && which !== "note")) return;
  if (act.peek() === null) before = document.activeElement instanceof HTMLElement ? document.activeElement : null;
  act.value = act.peek() === which ? null : which;
}

export function closeAct(): void {
  if (act.peek() === null) return;
  act.value = null;
  requestAnimationFrame(() => before?.isConnected && before.focus());
}

export function transfer(to: { staff_id: string } | { skill: string }, note: string): void {
  done({ kind: "transferred", ...to, note: note.trim() }, "transferred");
}

export function keepNote(text: string): void {
  done({ kind: "noted", text: text.trim() }, "noted");
}

export function endChat(): void {
  done({ kind: "ended" }, "endDone");
}

export function block(reason: string): void {
  done({ kind: "blocked", reason: reason.trim() }, "blockDone");
}

function done(command: Parameters<typeof submit>[1], told: "transferred" | "noted" | "endDone" | "blockDone"): void {
  const id = current.peek()?.id;
  if (id === undefined || !submit(id, command)) return;
  announcement.value = say(told);
  closeAct();
}
