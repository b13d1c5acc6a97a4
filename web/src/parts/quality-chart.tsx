/** Summaries by day: begun from a draft, and of these saved as they were. The table beside it says the same. */
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { DraftDay } from "../contracts";
import { theme } from "../preferences";
import { everyDay } from "../quality";
import { say } from "../quality-words";

const HEIGHT = 220;

export function QualityChart({ days }: { days: readonly DraftDay[] }) {
  return (
    <figure class="quality-chart">
      <figcaption>
        <span class="key key-drafted">{say("drafted")}</span>
        <span class="key key-unedited">{say("unedited")}</span>
      </figcaption>
      <Drawing days={days} />
    </figure>
  );
}

function Drawing({ days }: { days: readonly DraftDay[] }) {
  const place = useRef<HTMLDivElement>(null);
  const chosen = theme.value;
  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    let plot = draw(element, everyDay(days));
    const sizes = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    sizes.observe(element);
    const again = (): void => {
      plot.destroy();
      plot = draw(element, everyDay(days));
    };
    const system = matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", again);
    return () => {
      sizes.disconnect();
      system.removeEventListener("change", again);
      plot.destroy();
    };
  }, [days, chosen]);
  return <div ref={place} class="quality-drawing" aria-hidden="true" />;
}

/** In the page's own colours; one is an area, the other a dashed line with points, so that colour is not all. */
function draw(element: HTMLElement, days: readonly DraftDay[]): uPlot {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour("--quiet"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    font: `12px ${style.getPropertyValue("--font")}`,
  };
  const dayAt = (at: number): string => days[at]?.date.slice(5).replace("-", ".") ?? "";
  const options: uPlot.Options = {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false }, y: { range: (_, __, most) => [0, Math.max(4, most * 1.1)] } },
    axes: [
      { ...axis, incrs: [1, 2, 5, 10, 30], values: (_, marks) => marks.map(dayAt) },
      { ...axis, size: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000] },
    ],
    series: [
      {},
      { stroke: colour("--accent"), fill: colour("--accent-soft"), width: 2, points: { show: days.length < 3 } },
      { stroke: colour("--ok"), width: 2, dash: [5, 4], points: { show: days.length < 32, size: 6 } },
    ],
  };
  const data: uPlot.AlignedData = [
    days.map((_, at) => at),
    days.map((day) => day.figures.drafted),
    days.map((day) => day.figures.unedited),
  ];
  return new uPlot(options, data, element);
}
