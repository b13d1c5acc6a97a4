/** Thirty days of cards and unanswered questions: a drawing for the eye, a table for everybody. */
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { GuideDay } from "../contracts";
import { theme } from "../preferences";
import { say } from "./words";

const HEIGHT = 180;

export function FiguresChart({ days }: { days: readonly GuideDay[] }) {
  return (
    <figure class="chart">
      <figcaption>
        {say("chart", { count: days.length })}
        <span class="chart-legend">
          <span class="legend-offered">{say("offered")}</span>
          <span class="legend-nothing">{say("nothing")}</span>
        </span>
      </figcaption>
      <Drawing days={days} />
      <details>
        <summary>{say("asTable")}</summary>
        <div class="chart-table" tabIndex={0} role="group" aria-label={say("asTable")}>
          <table>
            <thead>
              <tr>
                <th scope="col">{say("day")}</th>
                <th scope="col">{say("offered")}</th>
                <th scope="col">{say("nothing")}</th>
              </tr>
            </thead>
            <tbody>
              {days.map((day) => (
                <tr key={day.date}>
                  <th scope="row">{day.date}</th>
                  <td>{day.offered}</td>
                  <td>{day.nothing}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}

function Drawing({ days }: { days: readonly GuideDay[] }) {
  const place = useRef<HTMLDivElement>(null);
  const chosen = theme.value;
  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    let plot = draw(element, days);
    const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    const again = (): void => {
      plot.destroy();
      plot = draw(element, days);
    };
    const system = matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", again);
    return () => {
      resized.disconnect();
      system.removeEventListener("change", again);
      plot.destroy();
    };
  }, [days, chosen]);
  return <div ref={place} class="chart-drawing" aria-hidden="true" />;
}

/** In the page's own colours; the second line is dashed, so that colour is not all that tells them apart. */
function draw(element: HTMLElement, days: readonly GuideDay[]): uPlot {
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
      { ...axis, size: 28, incrs: [1, 5, 7, 10], values: (_, marks) => marks.map(dayAt) },
      { ...axis, size: 40, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000] },
    ],
    series: [
      {},
      { stroke: colour("--accent"), width: 2, points: { show: false } },
      { stroke: colour("--warn"), width: 2, dash: [5, 4], points: { show: false } },
    ],
  };
  const data: uPlot.AlignedData = [days.map((_, at) => at), days.map((day) => day.offered), days.map((day) => day.nothing)];
  return new uPlot(options, data, element);
}
