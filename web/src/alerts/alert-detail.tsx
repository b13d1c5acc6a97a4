/** An alert: what was seen, what to do, what was done, and whether it helped. Also the budget and the weekly reports. */
import { useSignalEffect } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../text";
import "../style/alerts.css";
import "../style/alert-detail.css";
import { ActBar } from "./act-bar";
import { Budget } from "./budget";
import { FIRST, focusWish, follow, head, now, opened, read, staleSince, told, trouble, view, viewError } from "./desk";
import { EffectPart } from "./effect";
import { Evidence } from "./evidence";
import { History } from "./history";
import { startAlertKeys } from "./alert-keys";
import { KeyHelp } from "./key-help";
import { KindMarks, SeverityMark } from "./marks";
import { REPORTS, RULES } from "./place";
import { Reports } from "./reports";
import { foundSentence } from "./sentences";
import { figure, when } from "./times";
import { say } from "./words";

/** `alertId`: what stands behind `#/board/`; see `place.ts`. */
export function AlertDetail({ alertId }: { alertId: string }) {
  if (alertId === RULES) return <Budget />;
  if (alertId === REPORTS) return <Reports />;
  return <Alert key={alertId} alertId={alertId} />;
}

function Alert({ alertId }: { alertId: string }) {
  const title = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => follow(alertId), [alertId]);
  useEffect(startAlertKeys, []);
  useEffect(() => title.current?.focus({ preventScroll: true }), [opened.value]);
  useSignalEffect(() => {
    const { id } = focusWish.value;
    if (id) requestAnimationFrame(() => placeOf(id)?.focus());
  });
  const known = view.value?.finding.alert_id === alertId ? view.value : null;
  return (
    <section class="alert-detail" aria-labelledby="alert-title">
      <a class="alert-back" href="#/board">
        ← {say("back")}
      </a>
      <h2 id="alert-title" ref={title} tabIndex={-1}>
        {known?.finding.title ?? say("inbox")}
      </h2>
      {viewError.value && (
        <p class="error" role="alert">
          {say("loadFailed", { message: viewError.value })}{" "}
          <button class="plain" type="button" onClick={() => void read()}>
            {t("retry")}
          </button>
        </p>
      )}
      {!known && !viewError.value && <p class="quiet">{t("loading")}</p>}
      {known && <Known />}
      <div class="visually-hidden" role="status">
        {told.value}
      </div>
    </section>
  );
}

function placeOf(id: string): HTMLElement | null {
  return id === FIRST ? document.querySelector("#act-form [data-first]") : document.getElementById(id);
}

function Known() {
  const { finding, series } = view.value!;
  const state = head.value!;
  const at = now.value;
  return (
    <>
      <p class="alert-marks">
        <SeverityMark severity={finding.severity} />
        <KindMarks line={{ finding }} />
        <span class="chip chip-state">{say(state.state)}</span>
        {state.reason && <span>{say(state.reason)}</span>}
        <span class="quiet time">{say("raised", { time: when(finding.raised_at_ms, at) })}</span>
        <span class="quiet time">{say("firstSeen", { time: when(finding.first_ms, at) })}</span>
        <span class="quiet">{say("contactsAll", { count: figure(finding.contacts) })}</span>
        <span class="alert-stale" role="status">
          {staleSince.value === null ? "" : say("stale", { time: when(staleSince.value, at) })}
        </span>
      </p>
      <p class="alert-sentence">{foundSentence(finding, at)}</p>
      <ActBar />
      {trouble.value && (
        <p class="alert-trouble error" role="alert">
          {trouble.value}
        </p>
      )}
      <div class="alert-columns">
        <div class="alert-column">
          <EffectPart series={series} />
          <History />
        </div>
        <div class="alert-column">
          <Evidence />
          <KeyHelp />
        </div>
      </div>
    </>
  );
}
