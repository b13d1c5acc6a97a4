/** At the foot of the rail: whether this person takes chats, how many at once, and who waits. */
import "../style/chat-rail.css";
import "../style/chat-reply.css";
import "../style/chat-desk.css";
import { useEffect } from "preact/hooks";
import { chatSide } from "../chat-side";
import type { Action } from "../keys";
import { announcement } from "../panel";
import { openAct } from "./acts";
import { ChatDesk, closeTopmost } from "./chat-desk";
import { client, hasChats, isAway, isShown, openNextUnanswered, startDesk, unread } from "./desk";
import { RailLine } from "./rail-line";
import { focusReply, insertCard } from "./reply";
import { timeText } from "./state-line";
import { Supervise } from "./supervise";
import { say } from "./words";

/** `Available.capacity`. */
const MOST_AT_ONCE = 20;
/** What the gateway assumes of somebody who never chose. */
const USUAL = 3;

export function ChatBar() {
  useEffect(() => {
    startDesk();
    chatSide.value = { isShown, unread, Desk: ChatDesk, Supervise, RailLine, perform, insert: insertCard };
  }, []);
  if (!hasChats.value) return null;
  return (
    <section class="chat-bar" aria-label={say("takeChats")}>
      {client.you.value !== null && <Switch />}
      <Queue />
    </section>
  );
}

function Switch() {
  const now = client.availability.value;
  const capacity = now?.capacity ?? USUAL;
  const isOn = now?.on ?? false;
  const change = (next: number): void => client.available(isOn, Math.max(1, Math.min(MOST_AT_ONCE, next)));
  return (
    <div class="chat-switch">
      <button class="take-chats" type="button" role="switch" aria-checked={isOn} aria-keyshortcuts="Shift+A" onClick={toggle}>
        <span class="switch" aria-hidden="true" />
        {say("takeChats")}
      </button>
      <div class="capacity" role="group" aria-label={say("capacityOf")}>
        <button class="icon-button" type="button" aria-label={say("fewer")} aria-disabled={capacity <= 1} onClick={() => change(capacity - 1)}>
          −
        </button>
        <output class="time">{capacity}</output>
        <button class="icon-button" type="button" aria-label={say("more")} aria-disabled={capacity >= MOST_AT_ONCE} onClick={() => change(capacity + 1)}>
          +
        </button>
      </div>
    </div>
  );
}

function toggle(): void {
  const now = client.availability.value;
  client.available(!(now?.on ?? false), now?.capacity ?? null);
}

function Queue() {
  const now = client.waiting.value;
  if (isAway.value) return <p class="queue-line error">{say("chatLineAway")}</p>;
  if (!now || now.count === 0) return <p class="queue-line quiet">{say("queueNone")}</p>;
  return (
    <p class="queue-line">
      {say("queue", { count: now.count })}
      <span class="quiet"> · {say("queueLongest", { time: timeText(now.longest_ms) })}</span>
      {now.urgent > 0 && <span class="chip urgent-mark">{say("queueUrgent", { count: now.urgent })}</span>}
    </p>
  );
}

/** True when the key was for a chat. Keys of calls mean nothing while one is open. */
function perform(action: Action): boolean {
  if (!hasChats.value) return false;
  switch (action) {
    case "takeChats":
      toggle();
      announcement.value = `${say("takeChats")}: ${client.availability.value?.on ? "ON" : "OFF"}`;
      return true;
    case "nextChat":
      openNextUnanswered();
      return true;
    default:
      return isShown.value && performHere(action);
  }
}

function performHere(action: Action): boolean {
  switch (action) {
    case "escape":
      return closeTopmost();
    case "reply":
      focusReply();
      return true;
    case "transfer":
    case "note":
    case "block":
      openAct(action);
      return true;
    case "hangUp":
      openAct("end");
      return true;
    case "swap":
    case "suspect":
    case "language":
    case "play":
      return true;
    default:
      return false;
  }
}

