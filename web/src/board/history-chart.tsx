/** Contacts by hour or day beside the usual. For the eye alone: the table says the same. */
import uPlot from "uplot";
import type { VocHistory } from "../contracts";
import { usePlot } from "../parts/plot";
import { dateText, figure, say } from "./words";

const HEIGHT = 200;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const COUNTS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000];
const STEPS = [3, 6, 12].map((count) => count * HOUR_MS).concat([1, 2, 7, 14, 28, 56].map((count) => count * DAY_MS));
/** An axis that is no higher would make a mountain of one or two. */
const LEAST_TOP = 4;

export function HistoryChart({ history }: { history: VocHistory }) {
  const frame = usePlot((element) => draw(element, history), HEIGHT, [history]);
  return (
    <figure class="history-chart">
      <figcaption aria-hidden="true">
        <span class="history-key history-key-seen">{say("seen")}</span>
        <span class="history-key history-key-usual">{say("usual")}</span>
      </figcaption>
      <div ref={frame} class="history-drawing" aria-hidden="true" />
    </figure>
  );
}

function draw(element: HTMLElement, { step, points }: VocHistory): uPlot {
  const style = getComputedStyle(document.documentElement);
  const isForced = matchMedia("(forced-colors: active)").matches;
  const colour = (name: string, forced: string): string => (isForced ? forced : style.getPropertyValue(name).trim());
  const axis = {
    stroke: colour("--quiet", "CanvasText"),
    grid: { stroke: colour("--line", "GrayText"), width: 1 },
    ticks: { show: false },
    font: `12px ${style.getPropertyValue("--font")}`,
  };
  const hasPoints = points.length <= 31;
  const options: uPlot.Options = {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false }, y: { range: (_, __, most) => [0, Math.max(LEAST_TOP, most * 1.1)] } },
    axes: [
      { ...axis, size: 28, incrs: STEPS, splits: local, values: (_, marks) => marks.map((at) => markText(at, step)) },
      { ...axis, size: 48, incrs: COUNTS, values: (_, marks) => marks.map((count) => figure(count)) },
    ],
    series: [
      {},
      {
        stroke: colour("--accent", "Highlight"),
        fill: isForced ? "transparent" : colour("--accent-soft", "Canvas"),
        width: 2,
        points: { show: hasPoints, size: 5 },
      },
      { stroke: colour("--quiet", "CanvasText"), width: 1.5, dash: [6, 4], points: { show: false } },
    ],
  };
  const columns = [points.map((point) => point.at_ms), points.map((point) => point.seen), points.map((point) => point.usual ?? null)];
  return new uPlot(options, columns as uPlot.AlignedData, element);
}

/** Marks at full hours and days of the wall clock. */
function local(_: uPlot, __: number, least: number, most: number, step: number): number[] {
  const ahead = -new Date(least).getTimezoneOffset() * 60_000;
  const marks: number[] = [];
  for (let at = Math.ceil((least + ahead) / step) * step; at - ahead <= most; at += step) marks.push(at - ahead);
  return marks;
}

function markText(at_ms: number, step: VocHistory["step"]): string {
  const hour = new Date(at_ms).getHours();
  return step === "day" || hour === 0 ? dateText(at_ms) : `${hour}:00`;
}
