/** Notifications while the page is closed: a push subscription of this browser, asked for by a button only. */
import { signal } from "@preact/signals";
import type { PushAsked } from "../contracts";
import type { Signed } from "./http";

export const pushed = signal(false);

export function canPush(): boolean {
  return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

/** The shell is kept, so that the page opens on a weak line. Nothing of it is needed for the chat itself. */
export async function prepare(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register("/chat/sw.js", { scope: "/chat/" });
  } catch {
    // Private windows may refuse it.
  }
}

/** Whoever wanted notifications of the last conversation gets those of this one. */
export async function goOnPushing(signed: Signed): Promise<void> {
  if (!canPush() || Notification.permission !== "granted") return;
  try {
    const worker = await navigator.serviceWorker.ready;
    const subscription = await worker.pushManager.getSubscription();
    if (!subscription) return;
    await signed.push(asked(subscription));
    pushed.value = true;
  } catch {
    // The button is there still.
  }
}

/** @returns whether it is allowed now. */
export async function startPush(key: string, signed: Signed): Promise<boolean> {
  if ((await Notification.requestPermission()) !== "granted") return false;
  const worker = await navigator.serviceWorker.ready;
  const subscription = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
  await signed.push(asked(subscription));
  pushed.value = true;
  return true;
}

function asked(subscription: PushSubscription): PushAsked {
  const { keys } = subscription.toJSON();
  return { endpoint: subscription.endpoint, p256dh: keys?.["p256dh"] ?? "", auth: keys?.["auth"] ?? "" };
}

export async function stopPush(signed: Signed): Promise<void> {
  const worker = await navigator.serviceWorker.ready;
  const subscription = await worker.pushManager.getSubscription();
  await signed.push(null);
  await subscription?.unsubscribe();
  pushed.value = false;
}

/** Of base64url, as VAPID keys are written. */
export function bytes(key: string): Uint8Array<ArrayBuffer> {
  const plain = atob(key.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}
