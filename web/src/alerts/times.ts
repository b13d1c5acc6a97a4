/** Times and lengths of time as the alert desk says them. */
import { lang } from "../preferences";
import { timeOfDay } from "../text";
import { say } from "./words";

export const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A window that ended no longer ago ends "now". */
const NOW_MS = 15 * 60_000;

/** 14:05 today, otherwise with its date: 11.22. 14:05. */
export function when(at_ms: number, now_ms: number): string {
  const at = new Date(at_ms);
  const now = new Date(now_ms);
  const clock = timeOfDay(at_ms);
  if (at.toDateString() === now.toDateString()) return clock;
  const year = at.getFullYear() === now.getFullYear() ? "" : `${at.getFullYear()}.`;
  return `${year}${at.getMonth() + 1}.${at.getDate()}. ${clock}`;
}

/** A length as people say it: 45분, 3시간, 2일, 6주; halves of hours are kept. */
export function span(length_ms: number): string {
  const minutes = Math.round(length_ms / 60_000);
  if (minutes < 60) return say("minutes", { count: Math.max(1, minutes) });
  const hours = length_ms / HOUR_MS;
  if (hours < 36) return say("hours", { count: figure(hours) });
  const days = Math.round(length_ms / DAY_MS);
  return days % 7 === 0 && days >= 14 ? say("weeks", { count: days / 7 }) : say("days", { count: days });
}

/** "지난 1시간" while the window ends now, "10:30까지 1시간" when it ended before. */
export function windowText(last_ms: number, window_ms: number, now_ms: number): string {
  const length = span(window_ms);
  if (now_ms - last_ms <= NOW_MS) return say("lastSpan", { span: length });
  return say("untilSpan", { time: when(last_ms, now_ms), span: length });
}

/** A count or a rate: no more digits than mean something. */
export function figure(value: number): string {
  const rounded = Math.abs(value) < 10 ? Math.round(value * 10) / 10 : Math.round(value);
  return rounded.toLocaleString(lang.value === "ko" ? "ko-KR" : "en");
}

/** For `<input type="datetime-local">`: the browser's own time, by the minute. */
export function localInput(at_ms: number): string {
  const at = new Date(at_ms);
  const pad = (value: number): string => String(value).padStart(2, "0");
  const day = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  return `${day}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
}

/** Null: nothing that is a time. */
export function fromLocalInput(text: string): number | null {
  const at_ms = new Date(text).getTime();
  return Number.isNaN(at_ms) ? null : at_ms;
}
