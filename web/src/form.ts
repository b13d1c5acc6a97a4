/** The four fields of the summary between our draft and the agent's own text. Pure. */
import type { ContactView, SummaryDrafted, SummaryField, SummaryText } from "./contracts";

export const FIELDS = ["inquiry", "handling", "followup", "category"] as const;
export type Field = (typeof FIELDS)[number];

export interface Form {
  text: SummaryText;
  /** Once the agent typed, her text wins; a newer draft is offered, never forced. */
  owner: "draft" | "agent";
  saved: boolean;
  /** The draft that the text came from, or that the agent has seen beside her own; -1 before any. */
  draft_revision: number;
  /** Her text from before she took a draft over it. */
  replaced: SummaryText | null;
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
  replaced: null,
};

/** A draft's lines as the text of the fields. */
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
    return { text: edited.text, owner: "agent", saved: edited.saved, draft_revision, replaced: null };
  }
  if (form.owner === "draft" && draft && draft.revision > form.draft_revision) {
    return { ...form, text: textOf(draft), draft_revision: draft.revision };
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
  return { ...form, text: textOf(draft), draft_revision: draft.revision, replaced: form.text };
}

export function undoDraft(form: Form): Form {
  return form.replaced ? { ...form, text: form.replaced, replaced: null } : form;
}
