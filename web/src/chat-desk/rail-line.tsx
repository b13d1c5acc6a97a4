/** Below a chat's name in the rail: its state, who waits for an answer, what is unread. Of one height, whatever it says. */
import type { ContactEntry } from "../contracts";
import { isLive, isMine, serverNow_ms, stateText, unread } from "../panel";
import { clockTime, t, timeOfDay } from "../text";
import { client } from "./desk";
import { waitsSince_ms } from "./marks";
import { timeText } from "./state-line";
import { say } from "./words";

export function RailLine({ entry: { contact, summary_saved } }: { entry: ContactEntry }) {
  const chat = client.chats.value.get(contact.contact_id);
  const head = chat?.head.value;
  const isOver = !isLive(contact.state);
  const count = chat ? chat.unread.value : (unread.value.get(contact.contact_id) ?? 0);
  const isUrgent = !isOver && (head?.urgent ?? contact.urgent);
  const isQueued = contact.state === "ringing";
  const since_ms = head ? waitsSince_ms(head) : isQueued ? contact.started_at_ms : null;
  return (
    <span class="chat-marks">
      <span class="chat-marks-row">
        <span class={`state state-${contact.state}`}>{stateText(contact)}</span>
        <span>{channelOf(contact.source)}</span>
        <span class="time">
          {isOver ? timeOfDay(contact.started_at_ms) : clockTime(serverNow_ms.value - contact.started_at_ms)}
        </span>
        {isOver && isMine(contact) && (
          <span class={summary_saved ? "mark" : "mark mark-open"}>{t(summary_saved ? "savedMark" : "unsaved")}</span>
        )}
      </span>
      <span class="chat-marks-row">
        {isUrgent && <span class="chip urgent-mark">{say("urgentMark")}</span>}
        {!isOver && since_ms !== null && (
          <span class="waits time">
            {say(isQueued ? "waitsInQueue" : "waitsFor", { time: timeText(serverNow_ms.value - since_ms) })}
          </span>
        )}
        {count > 0 && <span class="mark mark-new">{say("unreadLines", { count })}</span>}
      </span>
    </span>
  );
}

const CHANNELS = ["web", "widget", "ars", "instagram", "kakao"] as const;

function channelOf(source: string): string {
  const known = CHANNELS.find((each) => each === source);
  return known ? say(known) : source;
}
