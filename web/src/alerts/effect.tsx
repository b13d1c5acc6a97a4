/** The loop: the chart with what was done as marked lines, and whether contacts fell. */
import { useMemo } from "preact/hooks";
import type { HourPoint } from "../contracts";
import { lang } from "../preferences";
import { AlertChart, AlertTable, type Mark } from "./alert-chart";
import { deedTimes, isAbove } from "./chart";
import { head, now, view } from "./desk";
import { effectSentences } from "./sentences";
import { when } from "./times";
import { say } from "./words";

export function EffectPart({ series }: { series: readonly HourPoint[] }) {
  const { finding, actions } = view.value!;
  const marks = useMemo(() => marksOf(finding.first_ms, deedTimes(actions)), [finding.first_ms, actions, lang.value]);
  return (
    <section class="alert-chart" aria-labelledby="chart-title">
      <h3 id="chart-title">{say("chart")}</h3>
      {series.length === 0 ? (
        <p class="quiet">{say("chartNone")}</p>
      ) : (
        <figure>
          <figcaption>
            <span class="key key-seen">{say("seenLine")}</span>
            {series.some(isAbove) && <span class="key key-above">{say("aboveLine")}</span>}
            <span class="key key-expected">{say("expectedLine")}</span>
            <span class="key key-upper">{say("upperLine")}</span>
          </figcaption>
          <AlertChart series={series} marks={marks} />
          <details>
            <summary>{say("asTable")}</summary>
            <AlertTable series={series} marks={marks} now_ms={now.value} />
          </details>
        </figure>
      )}
      <Verdict />
    </section>
  );
}

function marksOf(first_ms: number, deeds: readonly number[]): Mark[] {
  const marks = deeds.map((at_ms) => ({ at_ms, text: say("deedMark"), isDeed: true }));
  return [{ at_ms: first_ms, text: say("firstMark"), isDeed: false }, ...marks].sort((a, b) => a.at_ms - b.at_ms);
}

function Verdict() {
  const { effect } = view.value!;
  const acted_at_ms = head.value!.acted_at_ms;
  const found = effect && acted_at_ms !== null ? effectSentences(effect) : null;
  return (
    <div class="alert-effect">
      <h3>{say("effect")}</h3>
      {found ? (
        <p>
          <strong class={`verdict verdict-${effect!.verdict}`}>{found.verdict}</strong> {found.figures}
        </p>
      ) : (
        <p class="quiet">
          {acted_at_ms === null ? say("effectNone") : say("effectWaits", { time: when(acted_at_ms, now.value) })}
        </p>
      )}
    </div>
  );
}
