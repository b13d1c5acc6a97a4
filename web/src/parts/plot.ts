/** A uPlot drawing that keeps to its place's width and to the page's colours, light, dark or forced. */
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { theme } from "../preferences";

const COLOURS = ["(prefers-color-scheme: dark)", "(forced-colors: active)"];

/**
 * The place to draw in.
 *
 * @param draw makes the drawing, `height` pixels high
 * @param inputs what it is made of: drawn anew when one of them is another
 */
export function usePlot(
  draw: (element: HTMLElement) => uPlot,
  height: number,
  inputs: readonly unknown[],
): RefObject<HTMLDivElement | null> {
  const place = useRef<HTMLDivElement>(null);
  const chosen = theme.value;
  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    let plot = draw(element);
    const sizes = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    sizes.observe(element);
    const again = (): void => {
      plot.destroy();
      plot = draw(element);
    };
    const systems = COLOURS.map((query) => matchMedia(query));
    for (const system of systems) system.addEventListener("change", again);
    return () => {
      sizes.disconnect();
      for (const system of systems) system.removeEventListener("change", again);
      plot.destroy();
    };
  }, [...inputs, height, chosen]);
  return place;
}
