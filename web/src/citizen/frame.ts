/** The page within the widget: whether it is seen, and what it tells the page around it. */
import { signal } from "@preact/signals";
import { FROM_FRAME, FROM_HOST, type FrameSays, type HostSays } from "./framed";
import { lang } from "./preferences";
import { kept } from "./kept";

const asked = new URLSearchParams(location.search);

export const isFramed = window.parent !== window && asked.get("in") === "widget";
/** False while the widget is closed: nobody reads what comes then. */
export const isShown = signal(true);

const host = isFramed ? originOf(asked.get("host")) : "";

export function followFrame(): void {
  if (!isFramed) return;
  if (asked.get("language") === "en" && !kept("lang")) lang.value = "en";
  document.documentElement.classList.add("framed");
  if (!host) return;
  addEventListener("message", (event: MessageEvent<unknown>) => {
    if (event.source !== window.parent || event.origin !== host) return;
    const said = event.data as Partial<HostSays> | null;
    if (said?.from === FROM_HOST && said.type === "shown") isShown.value = said.shown === true;
  });
  tell({ from: FROM_FRAME, type: "ready" });
}

export function tellUnread(count: number): void {
  tell({ from: FROM_FRAME, type: "unread", count });
}

export function closeFrame(): void {
  tell({ from: FROM_FRAME, type: "close" });
}

function tell(said: FrameSays): void {
  if (host) window.parent.postMessage(said, host);
}

function originOf(text: string | null): string {
  try {
    return new URL(text ?? "").origin;
  } catch {
    return "";
  }
}
