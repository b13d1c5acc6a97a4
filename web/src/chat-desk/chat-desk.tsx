/** The open chat in the middle of the panel: its lines, what the citizen is writing, the reply, and what can be done. */
import { useEffect } from "preact/hooks";
import type { Chat } from "../chat/chat";
import type { Channel } from "../contracts";
import { Find } from "../parts/transcript";
import { t } from "../text";
import { ActSheet } from "./act-sheet";
import { type Act, act, closeAct, openAct } from "./acts";
import { ChatLog } from "./chat-log";
import { Composer } from "./composer";
import { current, isMe, join, joined, leaveChat, take } from "./desk";
import { blurs } from "./likes";
import { picker } from "./reply";
import { TypingLine } from "./typing-line";
import { say } from "./words";

export function ChatDesk() {
  const chat = current.value;
  useEffect(
    () => () => {
      act.value = null;
      picker.value = "closed";
    },
    [],
  );
  return (
    <section class="talk chat-desk" aria-label={say("desk")}>
      <div class="pane-head chat-head">
        <h2>{t("transcript")}</h2>
        {chat && <ChannelChip channel={chat.head.value?.channel ?? "web"} />}
        {chat && <Acts chat={chat} />}
        <Find />
      </div>
      {chat && <Banner chat={chat} />}
      {chat ? (
        <>
          <div class="chat-middle">
            <ChatLog key={chat.id} chat={chat} />
            <ActSheet />
          </div>
          <TypingLine chat={chat} />
          {isWatching(chat) ? <Watching chat={chat} /> : <Composer key={chat.id} chat={chat} />}
        </>
      ) : (
        <p class="nobody quiet">{t("loading")}</p>
      )}
    </section>
  );
}

function ChannelChip({ channel }: { channel: Channel }) {
  return <span class="chip chat-channel">{say(channel)}</span>;
}

const ACTS: readonly { which: Act; keys: string; isDanger: boolean }[] = [
  { which: "transfer", keys: "t", isDanger: false },
  { which: "note", keys: "y", isDanger: false },
  { which: "end", keys: "Shift+H", isDanger: false },
  { which: "block", keys: "Shift+B", isDanger: true },
];

function Acts({ chat }: { chat: Chat }) {
  const isOver = chat.head.value?.state === "ended";
  const hasMarks = chat.entries.value.some(({ body }) => body.kind === "said" && body.profane.length > 0);
  return (
    <div class="chat-acts" role="group" aria-label={say("moreActs")}>
      {!isOver &&
        ACTS.map(({ which, keys, isDanger }) => (
          <button
            key={which}
            class={isDanger ? "small danger" : "small"}
            type="button"
            title={`${say(which)} (${keys})`}
            aria-keyshortcuts={keys}
            aria-expanded={act.value === which}
            onClick={() => openAct(which)}
          >
            {say(which)}
          </button>
        ))}
      {hasMarks && (
        <button class="small" type="button" aria-pressed={blurs.value} onClick={() => (blurs.value = !blurs.value)}>
          {say("blurOn")}
        </button>
      )}
    </div>
  );
}

/** Calm, and with words: it stays for as long as the chat is open. */
function Banner({ chat }: { chat: Chat }) {
  const head = chat.head.value;
  if (!head?.urgent || head.state === "ended") return null;
  const told = chat.entries.value.findLast(({ body }) => body.kind === "urgent")?.body;
  const words = told?.kind === "urgent" ? told.words.join(", ") : "";
  return (
    <p class="urgent-banner" role="status">
      <strong>{say("urgentTitle")}</strong> {words ? say("urgentBanner", { words }) : say("urgentBannerPlain")}
    </p>
  );
}

/** In somebody else's chat without a voice of one's own: the last thing that was said of it here is that they watch. */
function isWatching(chat: Chat): boolean {
  if (isMe(chat.head.value?.agent?.staff_id ?? "") || !joined.value.has(chat.id)) return false;
  const own = chat.entries.value.findLast(({ author, body }) => body.kind === "joined" && isMe(author.staff_id));
  return own?.body.kind === "joined" ? own.body.watching : true;
}

function Watching({ chat }: { chat: Chat }) {
  return (
    <div class="supervise supervise-foot">
      <p class="quiet" role="status">
        {say("watching")}
      </p>
      <button class="small" type="button" onClick={() => leaveChat(chat.id)}>
        {say("leaveChat")}
      </button>
      <button class="small" type="button" onClick={() => join(chat.id, false)}>
        {say("talk")}
      </button>
      <button class="small primary" type="button" onClick={() => take(chat.id)}>
        {say("take")}
      </button>
    </div>
  );
}

/** Escape closes the topmost thing of the desk. */
export function closeTopmost(): boolean {
  if (act.value !== null) closeAct();
  else if (picker.value !== "closed") picker.value = "closed";
  else return false;
  return true;
}
