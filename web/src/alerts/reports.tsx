/** Weekly reports: asked for, being made, to be downloaded. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { sentenceOf } from "../api";
import type { ReportLine } from "../contracts";
import { t } from "../text";
import { calls, reportAddress } from "./calls";
import { when } from "./times";
import { daysOf, lastWeeks } from "./weeks";
import { type Word, say } from "./words";

const MAKING_POLL_MS = 3000;
const POLL_MS = 30_000;
const WEEKS = 12;
const FILES: readonly { file: string; word: Word }[] = [
  { file: "html", word: "fileHtml" },
  { file: "pdf", word: "filePdf" },
  { file: "csv", word: "fileCsv" },
  { file: "parquet", word: "fileParquet" },
];

export function Reports() {
  const title = useRef<HTMLHeadingElement>(null);
  const found = useSignal<readonly ReportLine[] | null>(null);
  const trouble = useSignal("");
  const told = useSignal("");
  const read = async (): Promise<void> => {
    try {
      found.value = (await calls.reports()).reports;
      trouble.value = "";
    } catch (error) {
      trouble.value = sentenceOf(error);
    }
  };
  const ask = async (week: string): Promise<void> => {
    try {
      await calls.askReport(week);
      told.value = say("reportMaking");
      await read();
    } catch (error) {
      trouble.value = sentenceOf(error);
    }
  };
  const isMaking = found.value?.some(isBeingMade) ?? false;
  useEffect(() => title.current?.focus({ preventScroll: true }), []);
  useEffect(() => {
    void read();
    const timer = setInterval(() => document.visibilityState === "visible" && void read(), isMaking ? MAKING_POLL_MS : POLL_MS);
    return () => clearInterval(timer);
  }, [isMaking]);
  return (
    <section class="alert-detail alert-reports" aria-labelledby="reports-title">
      <a class="alert-back" href="#/board">
        ← {say("back")}
      </a>
      <h2 id="reports-title" ref={title} tabIndex={-1}>
        {say("reportsTitle")}
      </h2>
      <p class="quiet">{say("reportsNote")}</p>
      <AskForm ask={ask} />
      {trouble.value && (
        <p class="error" role="alert">
          {trouble.value}{" "}
          <button class="plain" type="button" onClick={() => void read()}>
            {t("retry")}
          </button>
        </p>
      )}
      <div class="visually-hidden" role="status">
        {told.value}
      </div>
      {found.value === null ? (
        !trouble.value && <p class="quiet">{t("loading")}</p>
      ) : found.value.length === 0 ? (
        <p class="quiet">{say("reportsNone")}</p>
      ) : (
        <ul class="report-list">
          {found.value.map((line) => (
            <Line key={line.week} line={line} again={() => void ask(line.week)} />
          ))}
        </ul>
      )}
    </section>
  );
}

function isBeingMade(line: ReportLine): boolean {
  return line.made_at_ms === null && line.error === "";
}

function weekName(week: string): string {
  const days = daysOf(week);
  return days ? say("weekName", days) : week;
}

function AskForm({ ask }: { ask: (week: string) => Promise<void> }) {
  const weeks = lastWeeks(new Date(), WEEKS);
  const chosen = useSignal(weeks[0]!);
  const isBusy = useSignal(false);
  return (
    <form
      class="report-ask"
      onSubmit={(event) => {
        event.preventDefault();
        if (isBusy.value) return;
        isBusy.value = true;
        void ask(chosen.value).finally(() => (isBusy.value = false));
      }}
    >
      <label for="report-week">{say("reportWeek")}</label>
      <select id="report-week" value={chosen.value} onChange={(event) => (chosen.value = event.currentTarget.value)}>
        {weeks.map((week) => (
          <option key={week} value={week}>
            {weekName(week)}
          </option>
        ))}
      </select>
      <button class="primary" type="submit" aria-disabled={isBusy.value}>
        {say(isBusy.value ? "sending" : "reportAsk")}
      </button>
    </form>
  );
}

function Line({ line, again }: { line: ReportLine; again: () => void }) {
  const name = weekName(line.week);
  return (
    <li class="report-line">
      <h3>{name}</h3>
      {isBeingMade(line) && <p class="quiet">{say("reportMaking")}</p>}
      {line.error && (
        <p class="error">
          {say("reportFailed", { message: line.error })}{" "}
          <button class="plain" type="button" onClick={again}>
            {say("reportAgain")}
            <span class="visually-hidden">: {name}</span>
          </button>
        </p>
      )}
      {line.made_at_ms !== null && (
        <p class="report-files">
          {FILES.filter(({ file }) => line.files.includes(file)).map(({ file, word }) => (
            <a
              key={file}
              href={reportAddress(line.week, file)}
              {...(file === "html" ? { target: "_blank", rel: "noopener" } : { download: "" })}
              aria-label={say(file === "html" ? "openFile" : "download", { week: name, kind: say(word) })}
            >
              {say(word)}
            </a>
          ))}
          <span class="quiet time">{say("reportMade", { time: when(line.made_at_ms, Date.now()) })}</span>
          <button class="plain" type="button" onClick={again}>
            {say("reportAgain")}
            <span class="visually-hidden">: {name}</span>
          </button>
        </p>
      )}
    </li>
  );
}
