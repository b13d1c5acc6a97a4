/** Where on the board one is, followed from the address. */
import { computed, signal } from "@preact/signals";
import { placeIn } from "./address";

const hash = signal(globalThis.location?.hash ?? "");

export const place = computed(() => placeIn(hash.value));

/** What was opened from the overview, an element's id or an alert's: the keyboard goes back there. */
export const cameFrom = signal("");

/** Goes there as a link does: back comes back. */
export function visit(address: string, from = ""): void {
  cameFrom.value = from;
  location.hash = address;
}

/** Returns how to stop. */
export function followPlace(): () => void {
  const follow = (): void => {
    if (!location.hash.startsWith("#/board")) return;
    const { alert } = place.peek();
    if (alert && cameFrom.value === "") cameFrom.value = alert;
    hash.value = location.hash;
  };
  follow();
  addEventListener("hashchange", follow);
  return () => removeEventListener("hashchange", follow);
}
