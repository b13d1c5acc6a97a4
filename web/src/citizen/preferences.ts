/** How a citizen wants the page: language, size of type, what calls attention. Kept in this browser only. */
import { effect, signal } from "@preact/signals";
import { keep, kept } from "./kept";

export type Lang = "ko" | "en";

export const lang = signal<Lang>(kept("lang") === "en" ? "en" : "ko");
export const large = signal(kept("large") === "on");
/** A new message shakes the phone, where it can. */
export const shakes = signal(kept("shakes") !== "off");
/** A new message lights the edge of the page. */
export const flashes = signal(kept("flashes") !== "off");

export function followPreferences(): void {
  effect(() => {
    document.documentElement.lang = lang.value;
    keep("lang", lang.value);
  });
  effect(() => {
    document.documentElement.classList.toggle("large", large.value);
    keep("large", large.value ? "on" : "off");
  });
  effect(() => keep("shakes", shakes.value ? "on" : "off"));
  effect(() => keep("flashes", flashes.value ? "on" : "off"));
}
