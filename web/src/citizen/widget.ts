/**
 * The chat within another site: `<script src="https://…/chat/widget.js" data-language="ko" async></script>`.
 *
 * One button and one frame in a shadow root. Nothing of the site's page is read or changed; what is said stays in the
 * frame, whose origin is ours. The site's content policy needs our origin in `script-src` and `frame-src` only.
 *
 * data-language: ko or en. data-label: words on the button. data-side: right (default) or left.
 */
import { FROM_FRAME, FROM_HOST, type FrameSays, type HostSays } from "./framed";

const WORDS = {
  ko: { label: "채팅 상담", open: "열기", close: "닫기", unread: "새 메시지 {count}개" },
  en: { label: "Chat", open: "(open)", close: "(close)", unread: "{count} new messages" },
};

const STYLE = `
:host { all: initial; }
section { position: fixed; z-index: 2147483000; inset-block-end: 16px; inset-inline-end: 16px;
  font: 600 16px/1.4 "Noto Sans KR", "Apple SD Gothic Neo", "Malgun Gothic", sans-serif; }
section.left { inset-inline: 16px auto; }
button { display: flex; align-items: center; gap: 8px; min-height: 52px; padding: 0 20px; border: 2px solid #fff;
  border-radius: 26px; background: #1f5fbf; color: #fff; font: inherit; cursor: pointer;
  box-shadow: 0 4px 16px rgb(20 30 45 / 32%); }
button:focus-visible { outline: 3px solid #1f5fbf; outline-offset: 3px; }
svg { width: 24px; height: 24px; flex: none; fill: currentcolor; }
.count { padding: 2px 10px; border-radius: 12px; background: #fff; color: #8c1d18; }
.count:empty { display: none; }
.box { position: fixed; inset-block-end: 84px; inset-inline-end: 16px; width: min(400px, calc(100vw - 32px));
  height: min(680px, calc(100dvh - 108px)); overflow: hidden; border: 1px solid #58616e; border-radius: 12px;
  background: Canvas; box-shadow: 0 8px 24px rgb(20 30 45 / 32%); }
section.left .box { inset-inline: 16px auto; }
.box[hidden] { display: none; }
iframe { display: block; width: 100%; height: 100%; border: 0; }
@media (max-width: 480px), (max-height: 560px) {
  .box, section.left .box { inset: 0; width: 100vw; height: 100dvh; border: 0; border-radius: 0; }
}
@media (forced-colors: active) { button { border-color: ButtonText; } }
`;

const MARK = "data-sangdam-chat";

function start(script: HTMLScriptElement): void {
  if (document.querySelector(`[${MARK}]`)) return; // the tag stands twice
  const place = new URL(".", script.src);
  const language = script.dataset["language"] === "en" ? "en" : "ko";
  const words = WORDS[language];
  const label = script.dataset["label"] || words.label;

  const host = document.createElement("div");
  host.setAttribute(MARK, "");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];

  const section = document.createElement("section");
  section.lang = language;
  section.setAttribute("aria-label", label);
  if (script.dataset["side"] === "left") section.className = "left";

  const box = document.createElement("div");
  box.className = "box";
  box.id = "box";
  box.hidden = true;

  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-controls", "box");
  const count = document.createElement("span");
  count.className = "count";
  count.setAttribute("role", "status");
  button.append(icon(), label, count);
  section.append(button, box);
  root.append(section);

  let frame: HTMLIFrameElement | null = null;

  const tell = (): void => {
    const said: HostSays = { from: FROM_HOST, type: "shown", shown: !box.hidden };
    frame?.contentWindow?.postMessage(said, place.origin);
  };

  /** What is written on it comes first: people say what they see. */
  const named = (): void => {
    const name = `${label} ${box.hidden ? words.open : words.close}`;
    button.setAttribute("aria-label", [name, count.textContent].filter(Boolean).join(", "));
    button.setAttribute("aria-expanded", String(!box.hidden));
  };

  const show = (open: boolean): void => {
    if (open && !frame) frame = framed(place, language, label, tell);
    if (frame && !frame.isConnected) box.append(frame);
    box.hidden = !open;
    named();
    tell();
    if (open) frame?.focus();
    else button.focus();
  };

  named();
  button.addEventListener("click", () => show(box.hidden !== false));
  section.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !box.hidden && !event.isComposing) show(false);
  });
  addEventListener("message", (event: MessageEvent<unknown>) => {
    // From our own frame and our own origin, or not at all.
    if (!frame || event.source !== frame.contentWindow || event.origin !== place.origin) return;
    const said = event.data as (FrameSays & object) | null;
    if (said?.from !== FROM_FRAME) return;
    if (said.type === "close" && !box.hidden) show(false);
    if (said.type === "ready") tell();
    if (said.type === "unread" && typeof said.count === "number") {
      const shown = Math.min(99, Math.max(0, Math.round(said.count)));
      count.textContent = shown ? words.unread.replace("{count}", String(shown)) : "";
      named();
    }
  });
  document.body.append(host);
}

function framed(place: URL, language: string, title: string, loaded: () => void): HTMLIFrameElement {
  const frame = document.createElement("iframe");
  const address = new URL(place);
  address.searchParams.set("in", "widget");
  address.searchParams.set("language", language);
  address.searchParams.set("host", location.origin);
  frame.title = title;
  frame.allow = "geolocation";
  frame.referrerPolicy = "no-referrer";
  frame.addEventListener("load", loaded);
  frame.src = address.href;
  return frame;
}

function icon(): SVGElement {
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  picture.setAttribute("viewBox", "0 0 32 32");
  picture.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", "M6 6h20a3 3 0 0 1 3 3v11a3 3 0 0 1-3 3h-9l-7 6v-6H6a3 3 0 0 1-3-3V9a3 3 0 0 1 3-3z");
  picture.append(path);
  return picture;
}

const script = document.currentScript;
if (script instanceof HTMLScriptElement) {
  if (document.body) start(script);
  else addEventListener("DOMContentLoaded", () => start(script), { once: true });
}
