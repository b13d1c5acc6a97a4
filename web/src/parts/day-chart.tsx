/** Counts by day as lines, in the page's own colours. For the eye alone: a table beside it says the same to everybody. */
import uPlot from "uplot";
import { usePlot } from "./plot";

export interface DayLine {
  values: readonly number[];
  /** A colour of the style's, e.g. `--accent`. */
  stroke: string;
  /** Makes an area of it. */
  fill?: string;
  /** Dashed, so that colour is not all that tells lines apart. */
  isDashed?: boolean;
  /** Marks each day; needed where a single day would be no line. */
  hasPoints?: boolean;
}

interface DayChartProps {
  /** ISO days, oldest first. */
  dates: readonly string[];
  /** As many values each as there are days. */
  lines: readonly DayLine[];
  height: number;
  class: string;
}

const COUNTS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];
/** An axis that is no higher would make a mountain of one or two. */
const LEAST_TOP = 4;

export function DayChart({ dates, lines, height, class: name }: DayChartProps) {
  const place = usePlot((element) => draw(element, dates, lines, height), height, [dates, lines]);
  return <div ref={place} class={name} aria-hidden="true" />;
}

function draw(element: HTMLElement, dates: readonly string[], lines: readonly DayLine[], height: number): uPlot {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour("--quiet"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    font: `12px ${style.getPropertyValue("--font")}`,
  };
  const dayAt = (at: number): string => dates[at]?.slice(5).replace("-", ".") ?? "";
  const options: uPlot.Options = {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false }, y: { range: (_, __, most) => [0, Math.max(LEAST_TOP, most * 1.1)] } },
    axes: [
      { ...axis, size: 28, incrs: [1, 2, 5, 7, 10, 30], values: (_, marks) => marks.map(dayAt) },
      { ...axis, size: 44, incrs: COUNTS },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        stroke: colour(line.stroke),
        width: 2,
        points: { show: line.hasPoints ?? false, size: 6 },
        ...(line.fill ? { fill: colour(line.fill) } : {}),
        ...(line.isDashed ? { dash: [5, 4] } : {}),
      })),
    ],
  };
  return new uPlot(options, [dates.map((_, at) => at), ...lines.map((line) => [...line.values])], element);
}
