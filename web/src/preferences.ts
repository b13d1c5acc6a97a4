/** What a person likes: language, theme, letter shortcuts. Kept in this browser only. */
import { effect, signal } from "@preact/signals";

export type Lang = "ko" | "en";
export type Theme = "auto" | "light" | "dark";

export const lang = signal<Lang>(read("lang", ["ko", "en"]));
export const theme = signal<Theme>(read("theme", ["auto", "light", "dark"]));
/** Single-letter keys can be switched off (WCAG 2.1.4). */
export const letterKeys = signal(read("letterKeys", ["on", "off"]) === "on");

/** Keeps the page's attributes and the browser's memory in step with the choices. */
export function followPreferences(): void {
  effect(() => {
    document.documentElement.lang = lang.value;
    write("lang", lang.value);
  });
  effect(() => {
    document.documentElement.dataset["theme"] = theme.value;
    write("theme", theme.value);
  });
  effect(() => write("letterKeys", letterKeys.value ? "on" : "off"));
}

function read<T extends string>(name: string, allowed: readonly [T, ...T[]]): T {
  try {
    const stored = localStorage.getItem(`sangdam.${name}`);
    return allowed.find((value) => value === stored) ?? allowed[0];
  } catch {
    return allowed[0]; // storage is switched off: the choice lasts as long as the page
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(`sangdam.${name}`, value);
  } catch {
    // See read().
  }
}
