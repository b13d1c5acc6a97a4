/**
 * One place of a fixed height above the form for all that there is to say about the draft: what is being written,
 * what nobody said, what was left out and why. The form below it never moves.
 */
import type { DoubtKind, SummaryDrafted, SummaryField, SummaryWriting } from "../contracts";
import { type DoubtfulLine, doubtsOf, isOf } from "../form";
import { view } from "../panel";
import { playing } from "../playback-audio";
import { form, labelOf } from "../summary";
import { type TextKey, durationText, t } from "../text";

const FALLBACKS: Readonly<Record<string, TextKey>> = {
  away: "fallbackAway",
  late: "fallbackLate",
  unusable: "fallbackUnusable",
};

const DOUBTS: Readonly<Record<DoubtKind, TextKey>> = {
  number: "doubtNumber",
  date: "doubtDate",
  amount: "doubtAmount",
  phone: "doubtPhone",
  address: "doubtAddress",
  name: "doubtName",
};

export function SummaryNotes() {
  const current = view.value;
  return (
    <div class="summary-notes" role="region" aria-label={t("draftNotes")} tabIndex={0}>
      <SoundLine />
      {current?.writing ? <Writing writing={current.writing} /> : <OfDraft draft={current?.draft ?? null} />}
    </div>
  );
}

function SoundLine() {
  const now = playing.value;
  return (
    <p class={now.kind === "failed" ? "sound-line error" : "sound-line"} role="status">
      {now.kind === "loading" && t("soundLoading")}
      {now.kind === "playing" &&
        t("soundPlaying", { at: durationText(now.at_s * 1000), length: durationText(now.length_s * 1000) })}
      {now.kind === "failed" && now.message}
    </p>
  );
}

/** The newest line is in sight: the list stands on its end. */
function Writing({ writing }: { writing: SummaryWriting }) {
  return (
    <div class="writing">
      <p class="quiet">{t("draftWriting")}…</p>
      <ul>
        {writing.lines.map((line, index) => (
          <Line key={index} field={line.field}>
            {line.text}
          </Line>
        ))}
      </ul>
    </div>
  );
}

function OfDraft({ draft }: { draft: SummaryDrafted | null }) {
  if (!draft) return null;
  if (!isOf(form.value, draft)) return <p class="quiet">{t("draftOwn")}</p>;
  const doubts = doubtsOf(form.value, draft);
  const fallback = FALLBACKS[draft.fallback];
  const isClean = doubts.length === 0 && !fallback && draft.withheld === 0;
  return (
    <>
      {doubts.length > 0 && (
        <ul class="doubts">
          {doubts.map((line, index) => (
            <Doubtful key={index} line={line} />
          ))}
        </ul>
      )}
      {draft.withheld > 0 && <p class="quiet">{t("draftWithheld", { count: draft.withheld })}</p>}
      {fallback && <p class="quiet">{t(fallback)}</p>}
      {isClean && <p class="quiet">{t("draftClean")}</p>}
    </>
  );
}

function Doubtful({ line }: { line: DoubtfulLine }) {
  return (
    <Line field={line.field}>
      {line.pieces.map(({ text, kind }, index) =>
        kind === null ? (
          text
        ) : (
          <span key={index}>
            <mark class="doubt">{text}</mark> <span class="chip chip-warn">{t(DOUBTS[kind])}</span>
          </span>
        ),
      )}
    </Line>
  );
}

function Line({ field, children }: { field: SummaryField; children: preact.ComponentChildren }) {
  return (
    <li>
      <span class="note-field">{labelOf(field)}</span> {children}
    </li>
  );
}
