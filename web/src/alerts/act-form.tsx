/** The forms of deeds; the keyboard goes to what has `data-first`. What is missing is said beside its field; Esc folds the form up and keeps what was typed. */
import type { ComponentChildren } from "preact";
import { MOST_NAME, MOST_NOTE, MUTE_HOURS, REASONS } from "./deeds";
import { busy, foldUp, head, missing, news, now, submit, type, typed, view } from "./desk";
import { localInput } from "./times";
import type { Fields, Form } from "./typed";
import { type Word, say } from "./words";

const DO = {
  assigned: "assignDo",
  acted: "actDo",
  muted: "mute",
  noted: "noteDo",
  closed: "closeDo",
} as const satisfies Record<Form, Word>;

export function ActForm({ form }: { form: Form }) {
  const defaults = defaultsOf(form);
  const fields = { ...defaults, ...typed.value.forms[form] };
  const isBusy = busy.value === form;
  const send = (): void => submit(form, defaults);
  return (
    <form
      id="act-form"
      class="act-form"
      aria-labelledby={`act-${form}`}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onKeyDown={(event) => {
        if (event.isComposing) return;
        if (event.key === "Escape") {
          event.stopPropagation();
          foldUp();
        } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
      }}
    >
      <FormFields form={form} fields={fields} />
      <div class="act-foot">
        <button class="primary" type="submit" aria-disabled={isBusy}>
          {isBusy ? say("sending") : say(DO[form])}
        </button>
        <button type="button" onClick={foldUp}>
          {say("cancel")}
        </button>
        {news.value && <span class="act-news">{news.value}</span>}
      </div>
    </form>
  );
}

/** What stands in a form before anybody typed. */
function defaultsOf(form: Form): Fields {
  const { finding } = view.value!;
  switch (form) {
    case "assigned":
      return { department: head.value?.department || finding.department, person: head.value?.person ?? "", note: "" };
    case "muted":
      return { hours: String(MUTE_HOURS[0]!.hours) };
    default:
      return {};
  }
}

function FormFields({ form, fields }: { form: Form; fields: Fields }) {
  switch (form) {
    case "assigned":
      return <Assign fields={fields} />;
    case "acted":
      return (
        <>
          <Note form={form} fields={fields} label="actNote" hint={say("actNoteHint")} isFirst />
          <Field form={form} name="when" label="actWhen">
            <input
              id="field-when"
              type="datetime-local"
              value={fields["when"] ?? localInput(now.value)}
              max={localInput(now.value)}
              aria-describedby="about-when"
              aria-invalid={missing.value?.field === "when"}
              onInput={(event) => type(form, "when", event.currentTarget.value)}
            />
          </Field>
        </>
      );
    case "muted":
      return (
        <Choices
          form={form}
          name="hours"
          legend="muteHow"
          hint="muteHint"
          chosen={fields["hours"] ?? ""}
          choices={MUTE_HOURS.map(({ hours, word }) => ({ value: String(hours), word }))}
        />
      );
    case "noted":
      return <Note form={form} fields={fields} label="noteText" isFirst />;
    case "closed":
      return (
        <>
          <Choices
            form={form}
            name="reason"
            legend="closeWhy"
            hint="closeHint"
            chosen={fields["reason"] ?? ""}
            choices={REASONS.map((value) => ({ value, word: value }))}
          />
          <Note form={form} fields={fields} label="remark" />
        </>
      );
  }
}

function Assign({ fields }: { fields: Fields }) {
  const { departments, finding } = view.value!;
  const names = [...new Set([finding.department, ...departments])].filter((name) => name !== "");
  return (
    <>
      <Field form="assigned" name="department" label="department" hint={say("departmentHint")}>
        <input
          id="field-department"
          data-first
          list="department-names"
          autocomplete="off"
          maxLength={MOST_NAME}
          value={fields["department"] ?? ""}
          aria-describedby="about-department"
          aria-invalid={missing.value?.field === "department"}
          onInput={(event) => type("assigned", "department", event.currentTarget.value)}
        />
      </Field>
      <datalist id="department-names">
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <Field form="assigned" name="person" label="person">
        <input
          id="field-person"
          autocomplete="off"
          maxLength={MOST_NAME}
          value={fields["person"] ?? ""}
          onInput={(event) => type("assigned", "person", event.currentTarget.value)}
        />
      </Field>
      <Note form="assigned" fields={fields} label="remark" />
    </>
  );
}

function Note({ form, fields, label, hint = "", isFirst = false }: { form: Form; fields: Fields; label: Word; hint?: string; isFirst?: boolean }) {
  return (
    <Field form={form} name="note" label={label} hint={hint}>
      <textarea
        id="field-note"
        data-first={isFirst || undefined}
        rows={2}
        maxLength={MOST_NOTE}
        value={fields["note"] ?? ""}
        aria-describedby="about-note"
        aria-invalid={missing.value?.field === "note"}
        onInput={(event) => type(form, "note", event.currentTarget.value)}
      />
    </Field>
  );
}

function Field({ name, label, hint = "", children }: { form: Form; name: string; label: Word; hint?: string; children: ComponentChildren }) {
  return (
    <div class={`act-field act-field-${name}`}>
      <label for={`field-${name}`}>{say(label)}</label>
      {children}
      <About name={name} hint={hint} />
    </div>
  );
}

/** What is wrong with a field, else what is to be written in it. */
function About({ name, hint }: { name: string; hint: string }) {
  const wrong = missing.value?.field === name ? missing.value : null;
  return (
    <p id={`about-${name}`} class={wrong ? "act-about error" : "act-about quiet"}>
      {wrong ? say(wrong.word) : hint}
    </p>
  );
}

function Choices(props: {
  form: Form;
  name: string;
  legend: Word;
  hint: Word;
  chosen: string;
  choices: readonly { value: string; word: Word }[];
}) {
  const { form, name, legend, hint, chosen, choices } = props;
  return (
    <fieldset class="act-choices" aria-describedby={`about-${name}`}>
      <legend>{say(legend)}</legend>
      {choices.map(({ value, word }, at) => (
        <label key={value}>
          <input
            type="radio"
            id={at === 0 ? `field-${name}` : undefined}
            data-first={value === chosen || (at === 0 && !chosen) || undefined}
            name={name}
            value={value}
            checked={value === chosen}
            onChange={() => type(form, name, value)}
          />
          {say(word)}
        </label>
      ))}
      <About name={name} hint={say(hint)} />
    </fieldset>
  );
}
