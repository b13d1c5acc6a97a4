/** The fields of the summary between our draft and the agent's own text. Pure. */
import type {
  ContactView,
  DoubtKind,
  FormField,
  FormRow,
  SummaryCategory,
  SummaryDrafted,
  SummaryField,
  SummaryLine,
  SummaryText,
} from "./contracts";

export type Field = FormField;

/** Until the site's own form is here, or where it has none. */
export const DEFAULT_ROWS: readonly FormRow[] = [
  { name: "inquiry", ko: "문의내용", en: "Inquiry", rows: 3, options: [], required: false },
  { name: "handling", ko: "처리내용", en: "Handling", rows: 3, options: [], required: false },
  { name: "followup", ko: "후속조치", en: "Follow-up", rows: 2, options: [], required: false },
  { name: "category", ko: "상담유형", en: "Category", rows: 1, options: [], required: false },
];

export interface Form {
  text: SummaryText;
  /** Once the agent typed, her text wins; a newer draft is offered, never forced. */
  owner: "draft" | "agent";
  saved: boolean;
  /** The draft that the text came from, or that the agent has seen beside her own; -1 before any. */
  draft_revision: number;
  /** The draft that the text was begun from; null: from none. */
  drafted: number | null;
  /** Her text from before she took a draft over it. */
  replaced: Pick<Form, "text" | "drafted"> | null;
}

export const EMPTY_TEXT: SummaryText = {
  inquiry: "",
  handling: "",
  followup: "",
  agency: "",
  due: "",
  owner: "",
  category: "",
  result: "",
};

export const EMPTY_FORM: Form = {
  text: EMPTY_TEXT,
  owner: "draft",
  saved: false,
  draft_revision: -1,
  drafted: null,
  replaced: null,
};

/** A draft's lines as the text of the fields; `console/measures.py` holds the same. */
export function textOf(draft: SummaryDrafted): SummaryText {
  const lines = (field: SummaryField): string =>
    draft.lines
      .filter((line) => line.field === field)
      .map((line) => line.text)
      .join("\n");
  return {
    inquiry: lines("inquiry"),
    handling: lines("handling"),
    followup: lines("followup"),
    agency: lines("agency"),
    due: lines("due"),
    owner: lines("owner"),
    result: lines("result"),
    category: draft.category?.label ?? "",
  };
}

/**
 * The form after a look at the view. `ownRevision` is the highest revision this page gave or knew of: only a
 * text above it was typed elsewhere. While something is unsaved here, nothing from elsewhere comes in.
 */
export function follow(form: Form, view: ContactView, ownRevision: number, isDirty: boolean): Form {
  const { edited, draft } = view;
  if (edited && edited.revision > ownRevision && !isDirty) {
    const seen = draft && draft.at_ms <= edited.at_ms ? draft.revision : form.draft_revision;
    const draft_revision = Math.max(form.draft_revision, seen);
    const { text, saved, drafted } = edited;
    return { text, owner: "agent", saved, draft_revision, drafted, replaced: null };
  }
  if (form.owner === "draft" && draft && draft.revision > form.draft_revision) {
    return { ...form, text: textOf(draft), draft_revision: draft.revision, drafted: draft.revision };
  }
  return form;
}

export function typed(form: Form, field: Field, value: string): Form {
  return { ...form, owner: "agent", replaced: null, text: { ...form.text, [field]: value } };
}

/** True when a draft came that the agent's text knows nothing of. */
export function offersDraft(form: Form, draft: SummaryDrafted | null): boolean {
  return form.owner === "agent" && draft !== null && draft.revision > form.draft_revision;
}

export function takeDraft(form: Form, draft: SummaryDrafted): Form {
  const { text, drafted } = form;
  const { revision } = draft;
  return { ...form, text: textOf(draft), draft_revision: revision, drafted: revision, replaced: { text, drafted } };
}

export function undoDraft(form: Form): Form {
  return form.replaced ? { ...form, ...form.replaced, replaced: null } : form;
}

/** What a draft has besides the site's fields nobody sees, and nobody saves. */
export function visible(text: SummaryText, rows: readonly FormRow[]): SummaryText {
  const kept = { ...EMPTY_TEXT };
  for (const { name } of rows) kept[name] = text[name];
  return kept;
}

/** A line of the draft with pieces that nobody said. */
export interface DoubtfulLine {
  field: SummaryField;
  pieces: { text: string; kind: DoubtKind | null }[];
}

/** What is still doubtful: lines of the draft that stand in the text as they were drafted. */
export function doubtsOf(form: Form, draft: SummaryDrafted | null): DoubtfulLine[] {
  if (!draft || !isOf(form, draft)) return [];
  return draft.lines
    .filter(({ field, text, doubts }) => doubts.length > 0 && form.text[field].split("\n").includes(text))
    .map((line) => ({ field: line.field, pieces: piecesOf(line) }));
}

/** Whether the text was begun from this draft. */
export function isOf(form: Form, draft: SummaryDrafted): boolean {
  return form.drafted === draft.revision;
}

/** The server counts characters as code points; JavaScript counts UTF-16 units. */
function piecesOf({ text, doubts }: SummaryLine): DoubtfulLine["pieces"] {
  const characters = Array.from(text);
  const pieces: DoubtfulLine["pieces"] = [];
  let at = 0;
  const push = (end: number, kind: DoubtKind | null): void => {
    if (end > at) pieces.push({ text: characters.slice(at, end).join(""), kind });
    at = Math.max(at, end);
  };
  for (const { start, end, kind } of doubts) {
    push(start, null);
    push(end, kind);
  }
  push(characters.length, null);
  return pieces;
}

/** Other categories that the words speak for, best first. */
export function otherCategories(form: Form, draft: SummaryDrafted | null): SummaryCategory[] {
  if (!draft) return [];
  const all = draft.category ? [draft.category, ...draft.alternatives] : draft.alternatives;
  return all.filter((each) => each.label !== form.text.category);
}

/** Fields that the site wants filled and that are empty: pointed out, never in the way. */
export function missing(form: Form, rows: readonly FormRow[]): Field[] {
  return rows.filter((row) => row.required && form.text[row.name].trim() === "").map((row) => row.name);
}
