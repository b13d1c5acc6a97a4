/** The inbox of alerts: public safety first, the newest first. Nothing moves under the mouse or the keyboard. */
import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { sentenceOf } from "../api";
import { EMPTY, type Shown, steady } from "../board/steady";
import { useHeld } from "../board/use-held";
import type { AlertLine } from "../contracts";
import { rest } from "../route";
import { t } from "../text";
import "../style/alerts.css";
import { calls } from "./calls";
import { answers, now } from "./desk";
import { idOf, sorted, withAnswers } from "./list";
import { KindMarks, SeverityMark } from "./marks";
import { alertAddress, REPORTS, RULES } from "./place";
import { shownLines } from "./shown-lines";
import { seenText, usualText } from "./sentences";
import { when } from "./times";
import { say } from "./words";

const CLOSED_POLL_MS = 15_000;
const CLOCK_MS = 30_000;

/** `lines`: the open alerts, as the board tells them. */
export function AlertInbox({ lines }: { lines: readonly AlertLine[] }) {
  const isClosed = useSignal(false);
  return (
    <section class="alert-inbox" aria-labelledby="inbox-title">
      <div class="inbox-head">
        <h2 id="inbox-title">{say("inbox")}</h2>
        <Filter isClosed={isClosed.value} choose={(closed) => (isClosed.value = closed)} />
      </div>
      {isClosed.value ? <ClosedList /> : <HeldList key="open" told={lines} isClosedList={false} />}
      <nav class="inbox-foot" aria-label={say("more")}>
        <a href={`#/board/${RULES}`} aria-current={rest.value === RULES ? "page" : undefined}>
          {say("toRules")}
        </a>
        <a href={`#/board/${REPORTS}`} aria-current={rest.value === REPORTS ? "page" : undefined}>
          {say("toReports")}
        </a>
      </nav>
    </section>
  );
}

function Filter({ isClosed, choose }: { isClosed: boolean; choose: (closed: boolean) => void }) {
  return (
    <div class="inbox-filter" role="group" aria-label={say("which")}>
      <button class="small" type="button" aria-pressed={!isClosed} onClick={() => choose(false)}>
        {say("open")}
      </button>
      <button class="small" type="button" aria-pressed={isClosed} onClick={() => choose(true)}>
        {say("closedOnes")}
      </button>
    </div>
  );
}

/** Asked for only when somebody wants to see them. */
function ClosedList() {
  const found = useSignal<readonly AlertLine[] | null>(null);
  const trouble = useSignal("");
  const ask = (): void => {
    calls.closed().then(
      (told) => {
        found.value = told.alerts;
        trouble.value = "";
      },
      (error: unknown) => (trouble.value = sentenceOf(error)),
    );
  };
  useEffect(() => {
    ask();
    const timer = setInterval(() => document.visibilityState === "visible" && ask(), CLOSED_POLL_MS);
    return () => clearInterval(timer);
  }, [answers.value]);
  return (
    <>
      {trouble.value && (
        <p class="error" role="alert">
          {trouble.value}{" "}
          <button class="plain" type="button" onClick={ask}>
            {t("retry")}
          </button>
        </p>
      )}
      {found.value ? (
        <HeldList key="closed" told={found.value} isClosedList />
      ) : (
        !trouble.value && <p class="quiet inbox-none">{t("loading")}</p>
      )}
    </>
  );
}

/** Lines keep their places while somebody is at them; new ones wait. */
function HeldList({ told, isClosedList }: { told: readonly AlertLine[]; isClosedList: boolean }) {
  const place = useRef<HTMLDivElement>(null);
  const before = useRef<Shown<AlertLine>>(EMPTY);
  const held = useHeld();
  const heard = useSignal("");
  const lines = withAnswers(told, answers.value, isClosedList);
  const shown = steady(before.current, sorted(lines), held.isHeld, idOf);
  useAnnouncement(lines, isClosedList, heard);
  useLayoutEffect(() => {
    before.current = shown;
    shownLines.value = shown.rows;
  });
  useEffect(() => {
    const timer = setInterval(() => (now.value = Date.now()), CLOCK_MS);
    return () => clearInterval(timer);
  }, []);
  const letIn = (): void => {
    held.letIn();
    requestAnimationFrame(() => place.current?.querySelector("a")?.focus());
  };
  return (
    <div ref={place} class="inbox-list" {...held.on}>
      <div class="inbox-waiting">
        {shown.waiting > 0 ? (
          <button class="small primary" type="button" onClick={letIn}>
            {say("waiting", { count: shown.waiting })}
          </button>
        ) : (
          shown.rows.length > 0 && <span class="quiet">{countText(shown.rows, isClosedList)}</span>
        )}
      </div>
      {shown.rows.length === 0 && <p class="quiet inbox-none">{say(isClosedList ? "closedNone" : "openNone")}</p>}
      <ul>
        {shown.rows.map((line) => (
          <Entry key={idOf(line)} line={line} isGone={shown.gone.has(idOf(line))} />
        ))}
      </ul>
      <div class="visually-hidden" role="status">
        {heard.value}
      </div>
    </div>
  );
}

function countText(lines: readonly AlertLine[], isClosedList: boolean): string {
  const fresh = lines.filter((line) => line.head.state === "new").length;
  return say(isClosedList || fresh === 0 ? "countAll" : "countFresh", { count: lines.length, fresh });
}

/** Alerts that were not there before are said once, wherever the keyboard is. */
function useAnnouncement(lines: readonly AlertLine[], isClosedList: boolean, heard: { value: string }): void {
  const known = useRef<ReadonlySet<string> | null>(null);
  useEffect(() => {
    const before = known.current;
    known.current = new Set(lines.map(idOf));
    if (before === null || isClosedList) return;
    const fresh = lines.find((line) => !before.has(idOf(line)) && line.head.state === "new");
    if (!fresh) return;
    const { title, severity } = fresh.finding;
    heard.value = say("arrived", { title, severity: say(severity) });
  });
}

function Entry({ line, isGone }: { line: AlertLine; isGone: boolean }) {
  const { finding, head } = line;
  const id = idOf(line);
  const at = now.value;
  const state = useComputed(() => rest.value === id);
  return (
    <li>
      <a
        class={`inbox-entry state-${head.state} lane-${finding.lane}`}
        href={alertAddress(id)}
        aria-current={state.value ? "true" : undefined}
      >
        <span class="inbox-line">
          <SeverityMark severity={finding.severity} />
          <KindMarks line={line} />
          <span class="inbox-state">{isGone ? say("unlisted") : say(head.state)}</span>
        </span>
        <span class="inbox-title">{finding.title}</span>
        <span class="inbox-figures">
          <strong>{seenText(finding, at)}</strong> · {usualText(finding)}
        </span>
        <span class="inbox-line quiet">
          <span class="time">{say("since", { time: when(finding.first_ms, at) })}</span>
          {head.department && <span>{head.department}</span>}
          {head.muted_until_ms > at && head.state !== "closed" && (
            <span>{say("mutedUntil", { time: when(head.muted_until_ms, at) })}</span>
          )}
        </span>
      </a>
    </li>
  );
}
