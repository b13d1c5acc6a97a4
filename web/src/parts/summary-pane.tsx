/** The wrap-up at the foot of the right side: folded to a line during the call, opened when it ended. */
import type { SummaryDrafted } from "../contracts";
import { offersDraft } from "../form";
import { isLive, view } from "../panel";
import { listens } from "../playback-audio";
import {
  askForDraft,
  draftIsAsked,
  finish,
  form,
  isUnfolded,
  saveState,
  toggleSummary,
  useDraft,
  useOwnText,
} from "../summary";
import { t, timeOfDay } from "../text";
import { SummaryFields } from "./summary-fields";
import { SummaryNotes } from "./summary-notes";

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
      <SummaryNotes />
      <SummaryFields draft={draft} />
      <div class="summary-foot">
        <ListenSwitch />
        <SaveLine />
        <button class="primary" type="submit" aria-keyshortcuts="Control+Enter">
          {t("finish")}
        </button>
      </div>
    </form>
  );
}

/** Off at first: a click shows, and makes no sound that nobody asked for. */
function ListenSwitch() {
  if (view.value?.contact.kind !== "call") return null;
  return (
    <label class="listen-switch" title={t("listensHint")}>
      <input
        type="checkbox"
        checked={listens.value}
        onChange={(event) => (listens.value = event.currentTarget.checked)}
      />
      {t("listens")}
    </label>
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
