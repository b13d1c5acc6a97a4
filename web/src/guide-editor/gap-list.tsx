/** Questions that no guide answered, most contacts first: each one click away from being a draft. */
import { useSignal } from "@preact/signals";
import { sentenceOf } from "../api";
import type { Gap, GapStatus } from "../contracts";
import { t } from "../text";
import { dayOf } from "../validity";
import { calls } from "./calls";
import { askGaps, gaps, gapsError, refresh, told } from "./shelf";
import { say } from "./words";

export function GapList() {
  const known = gaps.value;
  const dismissed = useSignal<Gap | null>(null);
  return (
    <>
      <p class="shelf-count quiet" role="status">
        {gapsError.value ? "" : known ? (known.length > 0 ? say("gaps") : say("gapsNone")) : t("loading")}
      </p>
      {gapsError.value && (
        <p class="error" role="alert">
          {say("gapsFailed")}: {gapsError.value}{" "}
          <button class="plain" type="button" onClick={() => void askGaps()}>
            {t("retry")}
          </button>
        </p>
      )}
      {dismissed.value && <Undo gap={dismissed.value} done={() => (dismissed.value = null)} />}
      <ol class="shelf-list gap-list">
        {known?.map((gap) => (
          <GapEntry key={gap.gap_id} gap={gap} onDismissed={() => (dismissed.value = gap)} />
        ))}
      </ol>
    </>
  );
}

/** What was waved away by mistake comes back. */
function Undo({ gap, done }: { gap: Gap; done: () => void }) {
  return (
    <p class="gap-undo" role="status">
      {say("dismissed", { title: gap.title })}{" "}
      <button
        class="plain"
        type="button"
        onClick={() => {
          done();
          void setStatus(gap, "open").catch((error: unknown) => (gapsError.value = sentenceOf(error)));
        }}
      >
        {say("undo")}
      </button>
    </p>
  );
}

async function setStatus(gap: Gap, status: GapStatus): Promise<void> {
  await calls.moveGap(gap.gap_id, status);
  await askGaps();
  refresh();
}

function GapEntry({ gap, onDismissed }: { gap: Gap; onDismissed: () => void }) {
  const isBusy = useSignal(false);
  const error = useSignal("");
  const run = async (work: () => Promise<void>): Promise<void> => {
    if (isBusy.value) return;
    isBusy.value = true;
    error.value = "";
    try {
      await work();
    } catch (reason) {
      error.value = sentenceOf(reason);
    } finally {
      isBusy.value = false;
    }
  };
  const makeDraft = async (): Promise<void> => {
    const { article_id } = await calls.draftGap(gap.gap_id);
    refresh();
    location.hash = `#/guides/${encodeURIComponent(article_id)}`;
  };
  const dismiss = async (): Promise<void> => {
    await setStatus(gap, "dismissed");
    onDismissed();
    told.value = say("dismissed", { title: gap.title });
  };
  const counts = { contacts: gap.contacts, count: gap.count, date: dayOf(gap.last_at_ms) };
  return (
    <li class="gap">
      <h3>{gap.title}</h3>
      <p class="quiet">{say("gapCounts", counts)}</p>
      <Sparkline days={gap.days} />
      {gap.words.length > 0 && <p class="quiet">{say("gapWords", { words: gap.words.join(", ") })}</p>}
      <details>
        <summary>{say("gapQuestions", { count: gap.questions.length })}</summary>
        <ul class="gap-questions">
          {gap.questions.map((question) => (
            <li key={question.utterance_id}>
              {question.text} <span class="quiet time">{dayOf(question.at_ms)}</span>{" "}
              {question.contact_id && <a href={`#/contact/${question.contact_id}`}>{say("toContact")}</a>}
            </li>
          ))}
        </ul>
      </details>
      {error.value && (
        <p class="error" role="alert">
          {error.value}
        </p>
      )}
      <div class="gap-acts">
        {gap.article_id ? (
          <a href={`#/guides/${encodeURIComponent(gap.article_id)}`}>{say("openDraft")}</a>
        ) : (
          <button class="small primary" type="button" aria-disabled={isBusy.value} onClick={() => void run(makeDraft)}>
            {say("makeDraft")}
            <span class="visually-hidden">: {gap.title}</span>
          </button>
        )}
        <button class="small" type="button" aria-disabled={isBusy.value} onClick={() => void run(dismiss)}>
          {say("dismiss")}
          <span class="visually-hidden">: {gap.title}</span>
        </button>
      </div>
    </li>
  );
}

const WIDTH = 120;
const HEIGHT = 20;

/** The line only helps the eye: its numbers stand beside it. */
function Sparkline({ days }: { days: readonly number[] }) {
  if (days.length < 2) return null;
  const most = Math.max(1, ...days);
  const points = days
    .map((count, at) => `${((at / (days.length - 1)) * WIDTH).toFixed(1)},${(HEIGHT - (count / most) * HEIGHT).toFixed(1)}`)
    .join(" ");
  return (
    <p class="gap-days quiet">
      <svg viewBox={`-1 -1 ${WIDTH + 2} ${HEIGHT + 2}`} width={WIDTH} height={HEIGHT} aria-hidden="true" focusable="false">
        <polyline points={points} />
      </svg>
      {say("gapDays", { total: days.reduce((sum, count) => sum + count, 0), most: Math.max(...days) })}
    </p>
  );
}
