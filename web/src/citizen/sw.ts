/**
 * The service worker: keeps the shell of the page, and shows that a message came while the page is closed. What is
 * said never passes through here: `/api` and `/ws` are not touched, and a push carries no words.
 */

/** Files of this build, relative to `/chat/`; the index is `./`. */
declare const SHELL: readonly string[];

interface Waiting {
  waitUntil(work: Promise<unknown>): void;
}
interface Asked extends Waiting {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Clicked extends Waiting {
  notification: Notification;
}
interface Page {
  url: string;
  visibilityState: string;
  focus(): Promise<unknown>;
}
interface Worker {
  location: Location;
  registration: ServiceWorkerRegistration;
  clients: {
    matchAll(options: { type: "window"; includeUncontrolled: boolean }): Promise<readonly Page[]>;
    openWindow(url: string): Promise<unknown>;
    claim(): Promise<void>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate" | "push", heard: (event: Waiting) => void): void;
  addEventListener(type: "fetch", heard: (event: Asked) => void): void;
  addEventListener(type: "notificationclick", heard: (event: Clicked) => void): void;
}

const worker = self as unknown as Worker;
const PLACE = "/chat/";
/** Another build has other files: another name. */
const NAME = `sangdam-chat ${SHELL.join(" ")}`;
const PATIENCE_MS = 3000;

worker.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(NAME)
      .then((kept) => kept.addAll(SHELL.map((path) => PLACE + path.replace(/^\.\//, ""))))
      .then(() => worker.skipWaiting()),
  );
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers().then(() => worker.clients.claim()));
});

/** Shells of earlier builds. */
async function forgetOthers(): Promise<void> {
  const names = await caches.keys();
  const others = names.filter((name) => name.startsWith("sangdam-chat") && name !== NAME);
  await Promise.all(others.map((name) => caches.delete(name)));
}

worker.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== worker.location.origin || !url.pathname.startsWith(PLACE)) return;
  if (event.request.mode === "navigate") event.respondWith(page(event.request));
  else if (url.pathname.startsWith(`${PLACE}assets/`)) event.respondWith(asset(event.request));
});

/** The newest page where the line is good; the kept one where it is not. */
async function page(request: Request): Promise<Response> {
  const kept = await caches.match(PLACE);
  if (!kept) return fetch(request);
  const limit = AbortSignal.timeout(PATIENCE_MS);
  try {
    const answer = await fetch(request.url, { signal: limit, credentials: "omit", redirect: "follow" });
    return answer.ok ? answer : kept;
  } catch {
    return kept;
  }
}

/** Their names change with their content. */
async function asset(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}

worker.addEventListener("push", (event) => {
  event.waitUntil(tell());
});

async function tell(): Promise<void> {
  const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (pages.some((page) => page.visibilityState === "visible" && new URL(page.url).pathname.startsWith(PLACE))) return;
  // In both languages: a push carries no words, not even which of them the page speaks.
  await worker.registration.showNotification("새 메시지 · New message", {
    body: "상담사가 글을 보냈습니다. / The agent has written to you.",
    icon: `${PLACE}icon-192.png`,
    badge: `${PLACE}icon-192.png`,
    tag: "sangdam-chat", // the next one takes its place
    lang: "ko",
  });
}

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(
    worker.clients.matchAll({ type: "window", includeUncontrolled: true }).then((pages) => {
      const open = pages.find((page) => new URL(page.url).pathname.startsWith(PLACE));
      return open ? open.focus() : worker.clients.openWindow(PLACE);
    }),
  );
});

export {};
