/** A new message is seen and felt: the title, the edge of the page, a vibration. Never a sound alone. */
import { signal } from "@preact/signals";
import { flashes, shakes } from "./preferences";
import { t } from "./text";

/** Slower than three a second (WCAG 2.3.1). */
const BLINK_MS = 1000;
const SHAKE_MS = [200, 100, 200];
/** How long the edge is lit. */
export const LIT_MS = 2400;

/** The edge of the page is lit. */
export const lit = signal(false);

let count = 0;
let blinking: ReturnType<typeof setInterval> | undefined;
let putOut: ReturnType<typeof setTimeout> | undefined;

/** Somebody else wrote. */
export function alertOfNew(): void {
  if (shakes.value) shake();
  if (flashes.value) {
    lit.value = true;
    clearTimeout(putOut);
    putOut = setTimeout(() => (lit.value = false), LIT_MS);
  }
  if (document.visibilityState === "visible" && document.hasFocus()) return;
  count += 1;
  blinking ??= setInterval(blink, BLINK_MS);
  blink();
}

/** Follow the page: whoever looks at it knows. */
export function followSight(): void {
  const seen = (): void => {
    if (document.visibilityState !== "visible" || !document.hasFocus()) return;
    clearInterval(blinking);
    blinking = undefined;
    count = 0;
    document.title = t("product");
  };
  document.addEventListener("visibilitychange", seen);
  addEventListener("focus", seen);
}

function blink(): void {
  const told = `● ${count === 1 ? t("newMessage") : t("newMessages", { count })}`;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  document.title = still || document.title !== told ? told : t("product");
}

function shake(): void {
  try {
    navigator.vibrate?.(SHAKE_MS);
  } catch {
    // Not allowed before the first touch of the page.
  }
}
