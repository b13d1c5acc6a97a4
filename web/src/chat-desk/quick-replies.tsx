/** Buttons that go with the reply: pressing one answers with its words. */
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { attach, detach, draft, focusReply, picker } from "./reply";
import { MAX_REPLIES, MAX_REPLY } from "./drafts";
import { Icon } from "../parts/icon";
import { say } from "./words";

export function QuickReplies({ isOff }: { isOff: boolean }) {
  const { replies } = draft.value;
  const isOpen = picker.value === "quick";
  return (
    <div class="quick">
      <button
        class="small"
        type="button"
        aria-expanded={isOpen}
        disabled={isOff}
        onClick={() => (picker.value = isOpen ? "closed" : "quick")}
      >
        {say("quick")}
      </button>
      {isOpen && <Label />}
      {replies.length > 0 && (
        <ul class="quick-list" aria-label={say("attached")}>
          {replies.map((label) => (
            <li key={label}>
              <button class="small" type="button" title={say("quickRemove", { label })} aria-label={say("quickRemove", { label })} onClick={() => detach(label)}>
                {label}
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Label() {
  const text = useSignal("");
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => input.current?.focus(), []);
  const add = (): void => {
    attach(text.value);
    text.value = "";
    if (draft.peek().replies.length >= MAX_REPLIES) close();
  };
  return (
    <div class="quick-label">
      <input
        ref={input}
        type="text"
        value={text.value}
        maxLength={MAX_REPLY * MAX_REPLIES}
        autocomplete="off"
        spellcheck={false}
        placeholder={say("quickLabel")}
        aria-label={`${say("quickLabel")}. ${say("quickHint")}`}
        title={say("quickHint")}
        onInput={(event) => (text.value = event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.isComposing || event.keyCode === 229) return;
          if (event.key === "Escape") close();
          else if (event.key !== "Enter") return;
          else if (text.value.trim() === "") close();
          else add();
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <button class="small" type="button" onClick={() => (text.value.trim() ? add() : attach(`${say("quickYes")},${say("quickNo")}`))}>
        {text.value.trim() ? say("quickAdd") : `${say("quickYes")}/${say("quickNo")}`}
      </button>
    </div>
  );
}

function close(): void {
  picker.value = "closed";
  focusReply();
}
