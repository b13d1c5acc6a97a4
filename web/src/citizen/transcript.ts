/** The conversation as a text file. */
import type { ChatLine } from "../chat/view";
import { inWords, nameOf } from "./events";
import { t } from "./text";

/** One paragraph a line, with its time and author; what was withdrawn stays withdrawn. */
export function asText(lines: readonly ChatLine[], title: string): string {
  const paragraphs = lines.flatMap((line) => {
    const words = line.is_withdrawn ? t("withdrawn") : inWords(line.body, line.author);
    return words === null ? [] : [`[${stamp(line.at_ms)}] ${nameOf(line.author)}\n${words}`];
  });
  return [title, ...paragraphs].join("\n\n") + "\n";
}

/** 2026-03-01 14:05, of this machine's time zone. */
export function stamp(at_ms: number): string {
  const at = new Date(at_ms);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

export function saveAs(name: string, text: string): void {
  // The mark at the beginning tells older editors that it is UTF-8.
  const address = URL.createObjectURL(new Blob(["\uFEFF", text], { type: "text/plain;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
