/**
 * The agent's reply. Enter sends, Shift+Enter begins a line; an Enter that ends a composition of the input method sends
 * once, when the composition has ended. Hints stand below and never change the text.
 */
import { useComputed, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Chat } from "../chat/chat";
import { EnterKey } from "../citizen/enter";
import { selectNeighbour, serverNow_ms } from "../panel";
import { tab } from "../tabs";
import { CannedPicker } from "./canned-picker";
import { openNextUnanswered } from "./desk";
import { type Hint, hintsOf } from "./plain";
import { QuickReplies } from "./quick-replies";
import { beginChange, draft, field, focusReply, focusWanted, lastOwn, left, leaveChange, picker, send, write } from "./reply";
import { say } from "./words";
import { StateLine, canWrite } from "./state-line";

/** Letters that an agent who writes need not leave the field for. */
const NEXT_CODE = "KeyJ";
/** More hints at a time would be a lecture. */
const MOST_HINTS = 3;

export function Composer({ chat }: { chat: Chat }) {
  const area = useRef<HTMLTextAreaElement>(null);
  const keys = useKeys();
  const { text, of_seq } = draft.value;
  const may = useComputed(() => canWrite(chat, serverNow_ms.value)).value;
  useEffect(() => {
    field.current = area.current;
    return () => {
      if (field.current === area.current) field.current = null;
    };
  }, []);
  useFocusWanted();
  return (
    <form
      class="composer"
      aria-label={say("reply")}
      onSubmit={(event) => {
        event.preventDefault();
        send();
        focusReply();
      }}
    >
      <StateLine chat={chat} />
      <div class="composer-field">
        {picker.value === "canned" && <CannedPicker />}
        <textarea
          ref={area}
          id="reply"
          rows={3}
          value={text}
          lang={chat.head.value?.language ?? "ko"}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          readOnly={!may}
          placeholder={say("replyPlaceholder")}
          aria-label={say("reply")}
          aria-describedby="reply-hints"
          aria-keyshortcuts="q"
          onInput={(event) => write(event.currentTarget.value)}
          onKeyDown={(event) => keys.pressed(event)}
          onCompositionStart={() => keys.composes()}
          onCompositionEnd={(event) => keys.composed(event.data)}
          onBeforeInput={(event) => keys.breaking(event as InputEvent)}
        />
      </div>
      <p id="reply-hints" class="reply-hints quiet">
        {hintsOf(text)
          .slice(0, MOST_HINTS)
          .map((hint) => sentenceOf(hint))
          .join(" · ")}
      </p>
      <div class="composer-tools">
        <button
          class="small"
          type="button"
          aria-keyshortcuts="/"
          aria-expanded={picker.value === "canned"}
          disabled={!may}
          onClick={() => (picker.value = picker.value === "canned" ? "closed" : "canned")}
        >
          {say("canned")}
        </button>
        <QuickReplies isOff={!may || of_seq !== null} />
        <Left max={chat.window.value?.max_chars ?? null} />
        <button class="primary" type="submit" disabled={!may} aria-disabled={text.trim() === "" || left.value < 0}>
          {say(of_seq === null ? "send" : "saveEdit")}
        </button>
      </div>
    </form>
  );
}

function sentenceOf(hint: Hint): string {
  return hint.kind === "long" ? say("hintLong", { count: hint.count }) : say("hintHard", { word: hint.word, plain: hint.plain });
}

/** How much more fits: into one message, and into one part of the channel's. */
function Left({ max }: { max: number | null }) {
  const length = Array.from(draft.value.text).length;
  const parts = max !== null && max > 0 ? Math.ceil(length / max) : 1;
  return (
    <span class={left.value < 0 ? "reply-left error" : "reply-left quiet"}>
      {left.value < 0 ? say("over", { count: -left.value }) : say("left_", { count: left.value })}
      {parts > 1 && ` · ${say("splits", { count: parts })}`}
    </span>
  );
}

function useFocusWanted(): void {
  const known = useRef(0);
  useSignalEffect(() => {
    if (focusWanted.value === known.current) return;
    known.current = focusWanted.value;
    tab.value = "talk";
    field.current?.focus();
    if (document.activeElement !== field.current) requestAnimationFrame(() => field.current?.focus());
  });
}

interface Keys {
  pressed: (event: KeyboardEvent & { currentTarget: HTMLTextAreaElement }) => void;
  composes: () => void;
  composed: (text: string) => void;
  breaking: (event: InputEvent) => void;
}

/** What keys mean in the field. */
function useKeys(): Keys {
  const enter = useRef(new EnterKey()).current;
  const isShift = useRef(false);
  return {
    pressed(event) {
      isShift.current = event.shiftKey;
      if (enter.pressed(event) === "send") {
        event.preventDefault();
        send();
      } else if (!event.isComposing && event.keyCode !== 229) others(event);
    },
    composes: () => enter.composes(),
    composed(text) {
      // After the browser has put the last syllable into the field.
      if (enter.composed(text)) setTimeout(send);
    },
    breaking(event) {
      const breaks = event.inputType === "insertLineBreak" || event.inputType === "insertParagraph";
      if (breaks && !isShift.current) event.preventDefault();
    },
  };
}

/** Keys beside Enter. */
function others(event: KeyboardEvent & { currentTarget: HTMLTextAreaElement }): void {
  const isEmpty = event.currentTarget.value === "";
  const take = (run: () => unknown): void => {
    event.preventDefault();
    run();
  };
  if (event.altKey && event.code === NEXT_CODE) take(() => openNextUnanswered() && focusReply());
  else if (event.altKey && event.key === "ArrowDown") take(() => selectNeighbour(1));
  else if (event.altKey && event.key === "ArrowUp") take(() => selectNeighbour(-1));
  else if (event.ctrlKey || event.altKey || event.metaKey) return;
  else if (event.key === "/" && isEmpty) take(() => (picker.value = "canned"));
  else if (event.key === "ArrowUp" && isEmpty) {
    const own = lastOwn();
    if (own) take(() => beginChange(own));
  } else if (event.key === "Escape" && draft.peek().of_seq !== null) take(leaveChange);
}
