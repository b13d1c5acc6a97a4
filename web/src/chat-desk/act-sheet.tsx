/** Transfer, note, end, block: a sheet over the lines, not modal; the conversation goes on behind it. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "../parts/icon";
import { lang } from "../preferences";
import { t } from "../text";
import { act, block, closeAct, endChat, keepNote, transfer } from "./acts";
import { current, isMe, refreshSite, site } from "./desk";
import { say } from "./words";

const TITLES = { transfer: "transferTitle", note: "noteTitle", end: "endTitle", block: "blockTitle" } as const;
/** `Transferred.note` and `Blocked.reason`. */
const MOST_NOTE = 500;
const MOST_REASON = 200;

export function ActSheet() {
  const sheet = useRef<HTMLElement>(null);
  const which = act.value;
  // At once: who types on is in the field.
  useLayoutEffect(() => {
    const first = sheet.current?.querySelector<HTMLElement>("select, textarea, input, .primary");
    first?.focus();
  }, [which]);
  if (which === null) return null;
  return (
    <section
      ref={sheet}
      class="act-sheet"
      aria-labelledby="act-title"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.isComposing) return;
        event.stopPropagation();
        closeAct();
      }}
    >
      <div class="sheet-head">
        <h3 id="act-title">{say(TITLES[which])}</h3>
        <button class="icon-button" type="button" title={`${t("close")} (Esc)`} onClick={closeAct}>
          <Icon name="close" />
          <span class="visually-hidden">{t("close")}</span>
        </button>
      </div>
      {which === "transfer" && <Transfer />}
      {which === "note" && <NoteForm />}
      {which === "end" && <EndForm />}
      {which === "block" && <BlockForm />}
    </section>
  );
}

/** What is missing is said beside its field once it was tried; the button never goes dead without a word. */
function Form({ run, label, isDanger = false, children }: { run: () => void; label: string; isDanger?: boolean; children: ComponentChildren }) {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      {children}
      <div class="act-foot">
        <button type="button" onClick={closeAct}>
          {say("cancel")}
        </button>
        <button class={isDanger ? "danger" : "primary"} type="submit">
          {label}
        </button>
      </div>
    </form>
  );
}

function Transfer() {
  const to = useSignal("");
  const note = useSignal("");
  const isTried = useSignal(false);
  useEffect(() => void refreshSite(), []);
  const colleagues = (site.value?.colleagues ?? []).filter(({ staff_id }) => !isMe(staff_id));
  const run = (): void => {
    isTried.value = true;
    const [kind, ...rest] = to.value.split(":");
    const id = rest.join(":");
    if (id) transfer(kind === "staff" ? { staff_id: id } : { skill: id }, note.value);
  };
  return (
    <Form run={run} label={say("transferDo")}>
      <label class="act-field">
        <span>{say("transferTo")}</span>
        <select
          value={to.value}
          aria-describedby="transfer-missing"
          onChange={(event) => (to.value = event.currentTarget.value)}
        >
          <option value="">{say("choose")}</option>
          {colleagues.length > 0 && (
            <optgroup label={say("transferColleague")}>
              {colleagues.map(({ staff_id, name, load }) => (
                <option key={staff_id} value={`staff:${staff_id}`}>
                  {say("load", { name, percent: Math.round(Math.max(0, 1 - load) * 100) })}
                </option>
              ))}
            </optgroup>
          )}
          <optgroup label={say("transferTopic")}>
            {(site.value?.skills ?? []).map(({ skill, ko, en }) => (
              <option key={skill} value={`skill:${skill}`}>
                {lang.value === "ko" ? ko : en}
              </option>
            ))}
          </optgroup>
        </select>
      </label>
      <p id="transfer-missing" class={isTried.value && !to.value ? "act-note error" : "act-note quiet"} role="status">
        {isTried.value && !to.value ? say("needed") : colleagues.length === 0 ? say("transferNobody") : ""}
      </p>
      <Text label={say("transferNote")} value={note.value} most={MOST_NOTE} change={(text) => (note.value = text)} />
    </Form>
  );
}

function NoteForm() {
  const text = useSignal("");
  return (
    <Form run={() => text.value.trim() && keepNote(text.value)} label={say("noteDo")}>
      <Text label={say("noteText")} value={text.value} most={MOST_NOTE} change={(next) => (text.value = next)} />
    </Form>
  );
}

function EndForm() {
  return (
    <Form run={endChat} label={say("endDo")}>
      <p>{say("endAsk")}</p>
    </Form>
  );
}

/** Two steps: the reason, then once more whether it is meant. */
function BlockForm() {
  const reason = useSignal("");
  const isAsked = useSignal(false);
  const isTried = useSignal(false);
  const button = useRef<HTMLParagraphElement>(null);
  useLayoutEffect(() => {
    if (isAsked.value) button.current?.focus();
  }, [isAsked.value]);
  if (isAsked.value) {
    return (
      <Form run={() => block(reason.value)} label={say("blockDo")} isDanger>
        <p ref={button} tabIndex={-1}>
          {say("blockAsk")}
        </p>
        <p class="quiet">{reason.value}</p>
      </Form>
    );
  }
  const next = (): void => {
    isTried.value = true;
    isAsked.value = reason.value.trim() !== "";
  };
  return (
    <Form run={next} label={say("blockNext")}>
      <Text label={say("blockReason")} value={reason.value} most={MOST_REASON} change={(text) => (reason.value = text)} />
      <p class="act-note error" role="status">
        {isTried.value && reason.value.trim() === "" ? say("needed") : ""}
      </p>
    </Form>
  );
}

function Text({ label, value, most, change }: { label: string; value: string; most: number; change: (text: string) => void }) {
  return (
    <label class="act-field">
      <span>{label}</span>
      <textarea
        rows={3}
        value={value}
        maxLength={most}
        spellcheck={false}
        lang={current.value?.head.value?.language ?? "ko"}
        onInput={(event) => change(event.currentTarget.value)}
      />
    </label>
  );
}
