import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { EnterKey } from "../enter";
import { keep, kept } from "../kept";
import type { Talk } from "../talk";
import { t } from "../text";
import { LiveSwitch } from "./live-switch";
import { PhotoSheet } from "./photo-sheet";
import { PlaceSheet } from "./place-sheet";

const MAX_TEXT = 2000;
/** An Enter so soon after a message is the same press. */
const SAME_PRESS_MS = 400;

/** One field, one button. What is written survives a reload; what is sent is sent once. */
export function Composer({ talk }: { talk: Talk }) {
  const draft = `draft.${talk.known.contact_id}`;
  const text = useSignal(kept(draft) ?? "");
  const sheet = useSignal<"" | "photo" | "place">("");
  const isFull = useSignal(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const enter = useRef(new EnterKey()).current;
  const sentAt = useRef(0);
  const editing = talk.editing.value;
  const over = Array.from(text.value).length - MAX_TEXT;

  useEffect(() => {
    talk.field = field.current;
    // What stood here before a reload may be shown again to an agent who was watching it.
    if (text.peek()) talk.type(text.peek());
  }, []);

  // What is being edited stands in the field; the draft waits until that is over.
  const before = useRef<string | null>(null);
  useEffect(() => {
    if (editing) {
      before.current ??= text.peek();
      show(editing.text);
      field.current?.focus();
    } else if (before.current !== null) {
      show(before.current);
      before.current = null;
    }
  }, [editing]);

  const show = (value: string): void => {
    text.value = value;
    if (field.current && field.current.value !== value) field.current.value = value;
  };

  const write = (value: string): void => {
    text.value = value;
    if (talk.editing.peek()) return;
    keep(draft, value);
    talk.type(value);
  };

  const send = (): void => {
    const value = field.current?.value ?? text.peek();
    const words = value.trim();
    if (!words) {
      if (talk.isWarned.peek() && Date.now() - sentAt.current > SAME_PRESS_MS) talk.stay();
      return;
    }
    if (Array.from(words).length > MAX_TEXT) return;
    sentAt.current = Date.now();
    if (talk.editing.peek()) {
      talk.saveEdit(words);
    } else if (talk.say(words)) {
      show("");
      keep(draft, "");
      isFull.value = false;
    } else {
      isFull.value = true;
    }
    field.current?.focus();
  };

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {editing && (
        <p class="note warn">
          {t("editing")}{" "}
          <button type="button" onClick={() => talk.stopEditing()}>
            {t("cancel")}
          </button>
        </p>
      )}
      <div class="compose-row">
        <label class="field">
          <span>{t("field")}</span>
          <textarea
            id="message"
            rows={2}
            ref={field}
            enterkeyhint="send"
            aria-describedby={over > 0 ? "message-hint message-over" : "message-hint"}
            aria-invalid={over > 0}
            defaultValue={text.peek()}
            onInput={(event) => write(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === "Escape" && talk.editing.peek()) talk.stopEditing();
              if (enter.pressed(event) !== "send") return;
              event.preventDefault();
              send();
            }}
            onCompositionStart={() => enter.composes()}
            onCompositionEnd={(event) => {
              // After the browser has put the last character into the field.
              if (enter.composed(event.data)) setTimeout(send, 0);
            }}
          />
        </label>
        <button class="primary send" aria-disabled={over > 0}>
          {editing ? t("saveEdit") : t("send")}
        </button>
      </div>
      <p class="hint" id="message-hint">
        {t("fieldHint")}
      </p>
      {over > 0 && (
        <p class="error" id="message-over" role="alert">
          {t("tooLong", { count: over })}
        </p>
      )}
      {isFull.value && (
        <p class="error" role="alert">
          {t("tooMany")}
        </p>
      )}
      <div class="row tools">
        <button type="button" aria-haspopup="dialog" aria-label={t("photo")} onClick={() => (sheet.value = "photo")}>
          {t("photoShort")}
        </button>
        <button type="button" aria-haspopup="dialog" aria-label={t("place")} onClick={() => (sheet.value = "place")}>
          {t("placeShort")}
        </button>
        <LiveSwitch talk={talk} />
      </div>
      {sheet.value === "photo" && <PhotoSheet talk={talk} onClose={() => (sheet.value = "")} />}
      {sheet.value === "place" && <PlaceSheet talk={talk} onClose={() => (sheet.value = "")} />}
    </form>
  );
}
