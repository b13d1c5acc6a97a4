/** The fields of an article. Everything is stored as it is typed. */
import type { ComponentChildren } from "preact";
import type { GuideText } from "../contracts";
import { DISTRICTS } from "./districts";
import { draft, type } from "./desk";
import { type WordKey, say } from "./words";
import { useSignal, useSignalEffect } from "@preact/signals";

type TextField = "title" | "category" | "department" | "agency" | "source";
type DateField = "revised" | "checked" | "valid_from" | "valid_until";

export function GuideForm() {
  const text = draft.value?.text;
  if (!text) return null;
  return (
    <form class="guide-form" onSubmit={(event) => event.preventDefault()}>
      <TextInput field="title" name="fieldTitle" limit={300} />
      <Field id="guide-body" name="fieldBody">
        <textarea
          id="guide-body"
          class="guide-body"
          value={text.body}
          maxLength={50_000}
          spellcheck={false}
          onInput={(event) => type({ body: event.currentTarget.value })}
        />
      </Field>
      <div class="guide-fields">
        <TextInput field="category" name="fieldCategory" limit={100} />
        <TextInput field="department" name="fieldDepartment" limit={100} />
        <Field id="guide-district" name="fieldDistrict">
          <select id="guide-district" value={text.district} onChange={(event) => type({ district: event.currentTarget.value })}>
            <option value="">{say("cityWide")}</option>
            {[...new Set([...DISTRICTS, ...(text.district ? [text.district] : [])])].map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </Field>
        <TextInput field="agency" name="fieldAgency" limit={100} hint="fieldAgencyHint" />
        <Keywords keywords={text.keywords} />
        <TextInput field="source" name="fieldSource" limit={500} />
        <DateInput field="revised" name="fieldRevised" />
        <DateInput field="checked" name="fieldChecked" />
        <DateInput field="valid_from" name="fieldFrom" />
        <DateInput field="valid_until" name="fieldUntil" />
      </div>
      <label class="check">
        <input type="checkbox" checked={text.sample} onChange={(event) => type({ sample: event.currentTarget.checked })} />
        {say("fieldSample")}
      </label>
    </form>
  );
}

function Field({ id, name, children }: { id: string; name: WordKey; children: ComponentChildren }) {
  return (
    <div class="guide-field">
      <label for={id}>{say(name)}</label>
      {children}
    </div>
  );
}

function TextInput({ field, name, limit, hint }: { field: TextField; name: WordKey; limit: number; hint?: WordKey }) {
  const id = `guide-${field}`;
  return (
    <Field id={id} name={name}>
      <input
        id={id}
        value={draft.value?.text[field]}
        maxLength={limit}
        placeholder={hint && say(hint)}
        onInput={(event) => type({ [field]: event.currentTarget.value } satisfies Partial<GuideText>)}
      />
    </Field>
  );
}

/** The browser's own date field; a day that is half typed is no day yet. */
function DateInput({ field, name }: { field: DateField; name: WordKey }) {
  const id = `guide-${field}`;
  return (
    <Field id={id} name={name}>
      <input
        id={id}
        type="date"
        value={draft.value?.text[field]}
        max="2999-12-31"
        onChange={(event) => type({ [field]: event.currentTarget.value } satisfies Partial<GuideText>)}
      />
    </Field>
  );
}

/** What is typed stays as it is typed; the list is made of it. */
function Keywords({ keywords }: { keywords: readonly string[] }) {
  const typed = useSignal(keywords.join(", "));
  useSignalEffect(() => {
    const now = draft.value?.text.keywords ?? [];
    if (now.join("\n") !== split(typed.peek()).join("\n")) typed.value = now.join(", ");
  });
  return (
    <Field id="guide-keywords" name="fieldKeywords">
      <input
        id="guide-keywords"
        value={typed.value}
        maxLength={500}
        placeholder={say("fieldKeywordsHint")}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
          type({ keywords: split(typed.value) });
        }}
      />
    </Field>
  );
}

function split(text: string): string[] {
  return text.split(",").map((word) => word.trim()).filter(Boolean);
}
