/** Contacts by hour against the usual and its 1-in-100 limit; what was done is a marked line. The table says the same. */
import { useMemo } from "preact/hooks";
import uPlot from "uplot";
import type { HourPoint } from "../contracts";
import { usePlot } from "../parts/plot";
import { timeOfDay } from "../text";
import { columnsOf, isAbove, isIn } from "./chart";
import { figure, HOUR_MS, when } from "./times";
import { say } from "./words";

const HEIGHT = 210;
/** An axis that is no higher would make a mountain of one or two. */
const LEAST_TOP = 5;
const COUNTS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];
const HOURS = [1, 2, 3, 6, 12, 24, 48, 72, 168].map((count) => count * HOUR_MS);

export interface Mark {
  at_ms: number;
  text: string;
  /** Drawn stronger. */
  isDeed: boolean;
}

interface ChartProps {
  series: readonly HourPoint[];
  marks: readonly Mark[];
}

export function AlertChart({ series, marks }: ChartProps) {
  const columns = useMemo(() => columnsOf(series), [series]);
  const place = usePlot((element) => draw(element, columns, marks), HEIGHT, [columns, marks]);
  return <div ref={place} class="alert-drawing" aria-hidden="true" />;
}

const FORCED: Readonly<Record<string, string>> = {
  "--accent": "Highlight",
  "--bad": "LinkText",
  "--line": "GrayText",
  "--surface": "Canvas",
};

function draw(element: HTMLElement, columns: ReturnType<typeof columnsOf>, marks: readonly Mark[]): uPlot {
  const style = getComputedStyle(document.documentElement);
  const isForced = matchMedia("(forced-colors: active)").matches;
  const colour = (name: string): string =>
    isForced ? (FORCED[name] ?? "CanvasText") : style.getPropertyValue(name).trim();
  const font = style.getPropertyValue("--font");
  const axis = {
    stroke: colour("--quiet"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    font: `12px ${font}`,
  };
  const bars = uPlot.paths.bars!({ size: [0.82, 48], align: 1 });
  const steps = uPlot.paths.stepped!({ align: 1 });
  const bar = (fill: string, stroke: string): uPlot.Series => ({
    paths: bars, fill: colour(fill), stroke: colour(stroke), width: 1, points: { show: false },
  });
  const line = (stroke: string, dash: number[], width: number): uPlot.Series => ({
    paths: steps, stroke: colour(stroke), dash, width, points: { show: false },
  });
  const first = columns.at_ms[0] ?? 0;
  const last = columns.at_ms.at(-1) ?? 1;
  const options: uPlot.Options = {
    width: element.clientWidth,
    height: HEIGHT,
    ms: 1,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: true, range: [first, last] },
      y: { range: [0, Math.max(LEAST_TOP, columns.most * 1.2)] },
    },
    axes: [
      { ...axis, size: 28, space: 64, incrs: HOURS, values: (_, ticks) => ticks.map(tickText) },
      { ...axis, size: 44, incrs: COUNTS },
    ],
    series: [
      {},
      bar("--accent", "--accent"),
      bar("--bad", "--bad"),
      bar("--surface", "--accent"),
      line("--ink", [6, 4], 2),
      line("--quiet", [2, 3], 1.5),
    ],
    hooks: { draw: [(plot) => drawMarks(plot, marks, { line: colour("--ink"), ground: colour("--surface"), font })] },
  };
  const { at_ms, within, above, open, expected, upper } = columns;
  return new uPlot(options, [at_ms, within, above, open, expected, upper], element);
}

function tickText(at_ms: number): string {
  const at = new Date(at_ms);
  return at.getHours() === 0 ? `${at.getMonth() + 1}.${at.getDate()}.` : timeOfDay(at_ms);
}

interface Ink {
  line: string;
  ground: string;
  font: string;
}

/** Lines with their names at the top; names that would meet stand below one another. */
function drawMarks(plot: uPlot, marks: readonly Mark[], ink: Ink): void {
  const { ctx, bbox } = plot;
  const unit = devicePixelRatio;
  const height = 18 * unit;
  let row = 0;
  let taken = -Infinity;
  ctx.save();
  ctx.font = `600 ${12 * unit}px ${ink.font}`;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  for (const mark of marks) {
    const x = plot.valToPos(mark.at_ms, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    const width = ctx.measureText(mark.text).width + 10 * unit;
    const left = Math.min(x, bbox.left + bbox.width - width);
    row = left < taken ? row + 1 : 0;
    taken = left + width;
    const top = bbox.top + row * (height + 2 * unit);
    ctx.strokeStyle = ink.line;
    ctx.lineWidth = (mark.isDeed ? 2 : 1) * unit;
    ctx.setLineDash(mark.isDeed ? [] : [2 * unit, 3 * unit]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.fillStyle = mark.isDeed ? ink.line : ink.ground;
    ctx.fillRect(left, top, width, height);
    if (!mark.isDeed) ctx.strokeRect(left, top, width, height);
    ctx.fillStyle = mark.isDeed ? ink.ground : ink.line;
    ctx.fillText(mark.text, left + 5 * unit, top + height / 2 + unit);
  }
  ctx.restore();
}

/** The newest hour first. */
export function AlertTable({ series, marks, now_ms }: ChartProps & { now_ms: number }) {
  return (
    <div class="alert-table" tabIndex={0} role="group" aria-label={say("hourTable")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{say("hour")}</th>
            <th scope="col">{say("seenLine")}</th>
            <th scope="col">{say("expectedLine")}</th>
            <th scope="col">{say("upperShort")}</th>
            <th scope="col">{say("mark")}</th>
          </tr>
        </thead>
        <tbody>
          {series.toReversed().map((point) => (
            <tr key={point.hour_ms}>
              <th scope="row">
                {point.is_whole
                  ? when(point.hour_ms, now_ms)
                  : say("notWhole", { from: when(point.hour_ms, now_ms) })}
              </th>
              <td>{figure(point.seen)}</td>
              <td>{figure(point.expected)}</td>
              <td>{figure(point.upper)}</td>
              <td>{marksText(point, marks)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function marksText(point: HourPoint, marks: readonly Mark[]): string {
  const here = marks.filter((mark) => isIn(point, mark.at_ms)).map((mark) => mark.text);
  return [...(isAbove(point) ? [say("above")] : []), ...here].join(", ");
}
