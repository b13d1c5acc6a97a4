/** What an agent likes of the chat desk; kept in this browser only. */
import { effect, signal } from "@preact/signals";

const BLURS = "sangdam.blurs";

/** Words that the gateway marked as profane are blurred. */
export const blurs = signal(read() !== "off");

effect(() => {
  try {
    localStorage.setItem(BLURS, blurs.value ? "on" : "off");
  } catch {
    // The choice lasts as long as the page.
  }
});

function read(): string | null {
  try {
    return localStorage.getItem(BLURS);
  } catch {
    return null;
  }
}
