/** One line above the reply: what stands in its way, or until when the channel takes it. */
import type { Chat } from "../chat/chat";
import { serverNow_ms } from "../panel";
import { isAway } from "./desk";
import { waitParts } from "./marks";
import { draft, leaveChange } from "./reply";
import { say } from "./words";

export function canWrite(chat: Chat, now_ms: number): boolean {
  const head = chat.head.value;
  const until_ms = chat.window.value?.until_ms;
  return head !== null && head.state !== "ended" && (until_ms === undefined || until_ms > now_ms);
}

export function StateLine({ chat }: { chat: Chat }) {
  const isChanging = draft.value.of_seq !== null;
  return (
    <p class="state-line">
      <span class={isAway.value ? "error" : "quiet"} role="status">
        {stateOf(chat, isChanging)}
      </span>
      {isChanging && (
        <button class="plain" type="button" onClick={leaveChange}>
          {say("cancelEdit")}
        </button>
      )}
      <WindowLeft chat={chat} />
    </p>
  );
}

function stateOf(chat: Chat, isChanging: boolean): string {
  const head = chat.head.value;
  if (head?.state === "ended") return say(head.blocked ? "isBlocked" : "isOver");
  if (isAway.value) return say("away");
  if (isChanging) return `${say("editing")} · ${say("editFoot")}`;
  return head?.state === "resting" ? say("isResting") : "";
}

/** Not a status: a clock that is read out every minute tells nobody anything. */
function WindowLeft({ chat }: { chat: Chat }) {
  const window = chat.window.value;
  if (!window || chat.head.value?.state === "ended") return null;
  const left_ms = window.until_ms - serverNow_ms.value;
  if (left_ms <= 0) return <span class="error window-left">{say("windowOver")}</span>;
  return <span class="quiet window-left time">{say("windowLeft", { time: timeText(left_ms) })}</span>;
}

/** "2시간 5분", "5분", "12초". */
export function timeText(wait_ms: number): string {
  const { hours, minutes, seconds } = waitParts(wait_ms);
  if (hours > 0) return say("hours", { hours, minutes });
  return minutes > 0 ? say("minutes", { minutes }) : say("secondsOnly", { seconds });
}
