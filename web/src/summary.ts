/** The summary of the open contact: its form, its saving, and whether it is unfolded. */
import { computed, effect, signal } from "@preact/signals";
import { ApiError, api, putSummary, putSummaryLast, sentenceOf } from "./api";
import { Autosave, type SaveState } from "./autosave";
import type { FormRow } from "./contracts";
import { DEFAULT_ROWS, EMPTY_FORM, type Field, type Form, follow, takeDraft, typed, undoDraft, visible } from "./form";
import { announcement, onEvent, patience, snapshots, view } from "./panel";
import { lang } from "./preferences";
import { t } from "./text";

const DRAFT_LIMIT_MS = 20_000;

const forms = signal<ReadonlyMap<string, Form>>(new Map());
const saveStates = signal<ReadonlyMap<string, SaveState>>(new Map());
const unfolded = signal<ReadonlyMap<string, boolean>>(new Map());
const autosaves = new Map<string, Autosave>();

const id = computed(() => view.value?.contact.contact_id ?? null);

export const form = computed(() => (id.value === null ? EMPTY_FORM : (forms.value.get(id.value) ?? EMPTY_FORM)));
export const saveState = computed<SaveState>(
  () => (id.value === null ? undefined : saveStates.value.get(id.value)) ?? { kind: "idle" },
);
export const draftIsAsked = signal(false);
/** The fields as the site wants them, in its order. */
export const rows = signal<readonly FormRow[]>(DEFAULT_ROWS);
let isFormAsked = false;
let isFormKnown = false;

/** The site's own name of a field. */
export function labelOf(name: Field): string {
  const row = rows.value.find((each) => each.name === name);
  return row ? row[lang.value] : t(name);
}

/** Wrap-up begins when the contact ended; before that only when the agent wants it. */
export const isUnfolded = computed(() => {
  if (id.value === null) return false;
  const state = view.value?.contact.state;
  return unfolded.value.get(id.value) ?? (state === "ended" || state === "transferred");
});

/** Follows views, and sends what is unsaved when the page goes away. Returns how to stop. */
export function startSummary(): () => void {
  const hidden = (): void => {
    if (document.visibilityState === "hidden") flushSummaries();
  };
  const leaving = (event: BeforeUnloadEvent): void => {
    // Only while the server cannot take it is there something to lose.
    if ([...saveStates.peek().values()].some((state) => state.kind === "failed")) event.preventDefault();
  };
  addEventListener("pagehide", flushSummaries);
  addEventListener("beforeunload", leaving);
  document.addEventListener("visibilitychange", hidden);
  const stops = [
    effect(followView),
    effect(() => {
      if (snapshots.value > 0) autosaves.forEach((autosave) => autosave.hurry());
      void learnForm();
    }),
    onEvent((event) => {
      if (event.type === "summary.drafted") draftIsAsked.value = false;
    }),
    () => removeEventListener("pagehide", flushSummaries),
    () => removeEventListener("beforeunload", leaving),
    () => document.removeEventListener("visibilitychange", hidden),
  ];
  return () => stops.forEach((stop) => stop());
}

/** Sends what is not stored yet, without waiting for an answer. */
export function flushSummaries(): void {
  autosaves.forEach((autosave) => autosave.flush());
}

export function toggleSummary(open = !isUnfolded.value): void {
  if (id.value !== null) unfolded.value = new Map(unfolded.value).set(id.value, open);
}

export function type(field: Field, value: string): void {
  change(typed(form.value, field, value));
}

export function useDraft(): void {
  const draft = view.value?.draft;
  if (draft) change(takeDraft(form.value, draft));
}

export function useOwnText(): void {
  change(undoDraft(form.value));
}

export function finish(): void {
  if (id.value === null) return;
  change({ ...form.value, owner: "agent", saved: true, replaced: null });
  announcement.value = t("finished");
}

export async function askForDraft(): Promise<void> {
  if (id.value === null || draftIsAsked.value) return;
  draftIsAsked.value = true;
  toggleSummary(true);
  const giveUp = (): void => {
    draftIsAsked.value = false;
  };
  try {
    const contact = id.value;
    await patience.keep(`draft ${contact}`, () => api.askForDraft(contact));
    setTimeout(giveUp, DRAFT_LIMIT_MS);
  } catch (error) {
    giveUp();
    announcement.value = error instanceof ApiError ? sentenceOf(error) : t("unreachable");
  }
}

/** Once; a server that is away is asked again with the next snapshot. */
async function learnForm(): Promise<void> {
  if (isFormAsked) return;
  isFormAsked = true;
  try {
    rows.value = (await api.summaryForm()).rows;
    isFormKnown = true;
  } catch {
    isFormAsked = false;
  }
}

function change(next: Form): void {
  const contact = id.value;
  if (contact === null) return;
  keep(contact, next);
  const text = isFormKnown ? visible(next.text, rows.value) : next.text;
  autosaveOf(contact).change(text, next.saved, next.drafted);
}

function followView(): void {
  const current = view.value;
  if (!current) return;
  const contact = current.contact.contact_id;
  const autosave = autosaves.get(contact);
  const before = forms.peek().get(contact) ?? EMPTY_FORM;
  const after = follow(before, current, autosave?.lastRevision ?? 0, autosave?.isDirty ?? false);
  if (current.edited) autosaveOf(contact).seen(current.edited.revision);
  if (after !== before) keep(contact, after);
}

function keep(contact: string, next: Form): void {
  forms.value = new Map(forms.peek()).set(contact, next);
}

function autosaveOf(contact: string): Autosave {
  const known = autosaves.get(contact);
  if (known) return known;
  const made = new Autosave(
    {
      put: (edit) => putSummary(contact, edit),
      putLast: (edit) => putSummaryLast(contact, edit),
      now: Date.now,
      later: (run, delay_ms) => setTimeout(run, delay_ms),
      onState: (state) => {
        saveStates.value = new Map(saveStates.peek()).set(contact, state);
      },
    },
    0,
  );
  autosaves.set(contact, made);
  return made;
}
