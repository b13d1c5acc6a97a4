/**
 * What the citizen is writing now: a place of its own below the lines, of one height, so that nothing above it moves.
 * Screen readers are not told: half words would drown what was said.
 */
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Chat } from "../chat/chat";
import { nameOf } from "./rows";
import { isMe, submit } from "./desk";
import { say } from "./words";

export function TypingLine({ chat }: { chat: Chat }) {
  const head = chat.head.value;
  const box = useRef<HTMLDivElement>(null);
  const typed = chat.typing.value.filter(({ side }) => side === "citizen");
  const others = chat.typing.value.filter(({ side }) => side === "staff");
  const [first] = typed;
  const text = first?.text ?? null;
  useLayoutEffect(() => {
    // The last words stay in sight.
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [text]);
  const isLive = head?.live_typing ?? false;
  const watchers = (head?.watchers ?? []).filter((each) => !isMe(each.staff_id));
  return (
    <div class="typing-line" role="group" aria-label={say("typingText")}>
      <p class="typing-head">
        <span class={first ? "typing-now" : "quiet"}>
          {first ? say(text === null ? "typingNow" : "typingText") : say(isLive ? "typingOn" : "typingOff")}
        </span>
        {isLive && (
          <button class="plain" type="button" title={say("typingBoth")} onClick={() => submit(chat.id, { kind: "live_typing", on: false })}>
            {say("typingStop")}
          </button>
        )}
        {others.length > 0 && <span class="quiet">{others.map(({ name }) => name).join(", ")} {say("typingNow")}</span>}
        {watchers.length > 0 && <span class="watched">{say("watchedBy", { names: watchers.map(nameOf).join(", ") })}</span>}
      </p>
      <div ref={box} class="typing-text" tabIndex={0} role="group" aria-label={say("typingText")} lang={head?.language ?? "ko"}>
        {text}
      </div>
    </div>
  );
}
