/** The wrap-up at the foot of the right side: folded to a line during the call, opened when it ended. */
import type { SummaryDrafted } from "../contracts";
import { jumpTo } from "../find";
import { FIELDS, type Field, offersDraft } from "../form";
import { isLive, view } from "../panel";
import {
  askForDraft,
  draftIsAsked,
  finish,
  form,
  isUnfolded,
  saveState,
  toggleSummary,
  type,
  useDraft,
  useOwnText,
} from "../summary";
import { clockTime, t, timeOfDay } from "../text";

/** Evidence of the category that fits beside its one row, so that the form needs no scrolling. */
const ONE_LINE = 2;

const ROWS: Record<Field, number> = { inquiry: 3, handling: 3, followup: 2, category: 1 };

export function SummaryPane() {
  const current = view.value;
  const isOpen = current !== null && isUnfolded.value;
  return (
    <section class={isOpen ? "summary summary-open" : "summary"} aria-labelledby="summary-title">
      <div class="summary-head">
        <h2 id="summary-title">{t("summary")}</h2>
        <DraftLine />
        {current && isLive(current.contact.state) && (
          <button
            class="small"
            type="button"
            aria-keyshortcuts="d"
            aria-disabled={draftIsAsked.value}
            onClick={() => void askForDraft()}
          >
            {t(draftIsAsked.value ? "draftAsked" : "draftNow")}
          </button>
        )}
        {current && (
          <button
            class="small"
            type="button"
            aria-keyshortcuts="s"
            aria-expanded={isOpen}
            aria-controls="summary-body"
            onClick={() => toggleSummary()}
          >
            {t(isOpen ? "foldSummary" : "openSummary")}
          </button>
        )}
      </div>
      <div id="summary-body" class="summary-body" hidden={!isOpen}>
        {isOpen && <SummaryForm key={current.contact.contact_id} draft={current.draft} />}
      </div>
    </section>
  );
}

/** One line: what the draft honestly is, or why there is none. */
function DraftLine() {
  const current = view.value;
  if (!current) return <p class="draft-line quiet" />;
  const { draft, contact } = current;
  if (offersDraft(form.value, draft)) {
    return (
      <p class="draft-line">
        {t("newDraft")}{" "}
        <button class="plain" type="button" onClick={useDraft}>
          {t("useDraft")}
        </button>
      </p>
    );
  }
  if (form.value.replaced) {
    return (
      <p class="draft-line">
        <button class="plain" type="button" onClick={useOwnText}>
          {t("undoDraft")}
        </button>
      </p>
    );
  }
  if (draft) return <p class="draft-line"><span class="chip">{draft.label}</span></p>;
  return <p class="draft-line quiet">{t(isLive(contact.state) ? "draftWaiting" : "draftMaking")}</p>;
}

function SummaryForm({ draft }: { draft: SummaryDrafted | null }) {
  return (
    <form
      class="summary-form"
      onSubmit={(event) => {
        event.preventDefault();
        finish();
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) finish();
      }}
    >
      {FIELDS.map((field) => (
        <FieldRow key={field} field={field} draft={draft} />
      ))}
      <div class="summary-foot">
        <SaveLine />
        <button class="primary" type="submit" aria-keyshortcuts="Control+Enter">
          {t("finish")}
        </button>
      </div>
    </form>
  );
}

function FieldRow({ field, draft }: { field: Field; draft: SummaryDrafted | null }) {
  return (
    <div class="field">
      <div>
        <label for={`summary-${field}`}>{t(field)}</label>
        <EvidenceRow field={field} draft={draft} />
      </div>
      <textarea
        id={`summary-${field}`}
        rows={ROWS[field]}
        value={form.value.text[field]}
        onInput={(event) => type(field, event.currentTarget.value)}
      />
    </div>
  );
}

/** Each line of the draft as a button to the words it rests on. */
function EvidenceRow({ field, draft }: { field: Field; draft: SummaryDrafted | null }) {
  const starts = new Map(view.value?.utterances.map((each) => [each.utterance_id, each.start_ms]));
  const category = draft?.category;
  const lines =
    field === "category"
      ? category
        ? [{ text: category.label, evidence: category.evidence.slice(0, ONE_LINE) }]
        : []
      : (draft?.lines.filter((line) => line.field === field) ?? []);
  const places = lines.flatMap(({ text, evidence }) =>
    evidence.filter((id) => starts.has(id)).map((id) => ({ id, text, time: clockTime(starts.get(id) ?? 0) })),
  );
  if (places.length === 0) return null;
  return (
    <p class="evidence">
      {places.map(({ id, text, time }) => (
        <button
          key={`${id} ${text}`}
          class="evidence-button time"
          type="button"
          title={text}
          aria-label={t("evidenceAt", { time, text })}
          onClick={() => jumpTo(id)}
        >
          {time}
        </button>
      ))}
    </p>
  );
}

function SaveLine() {
  const state = saveState.value;
  const finished = form.value.saved;
  const line = (): string => {
    switch (state.kind) {
      case "idle":
        return t(finished ? "finished" : "stateIdle");
      case "saving":
        return t("stateSaving");
      case "saved":
        return `${t("stateSaved", { time: timeOfDay(state.at_ms, true) })}${finished ? ` · ${t("savedMark")}` : ""}`;
      case "failed":
        return t("stateFailed");
      case "refused":
        return t("stateRefused", { message: state.message });
    }
  };
  const isBad = state.kind === "failed" || state.kind === "refused";
  return <p class={isBad ? "save-line error" : "save-line quiet"}>{line()}</p>;
}
