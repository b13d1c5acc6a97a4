/** Figures as the board says them, and how unusual they are. Pure. */
import type { AlertLine, HeatMap } from "../contracts";

/** Beside the usual: clearly above it, far above it, clearly below it. */
export type Level = "unknown" | "usual" | "above" | "far" | "below";

const LEAST_ABOVE = 4;
const LEAST_FAR = 8;
/** How many times larger than chance alone the scatter of counts is taken to be: contacts come in bunches. */
const SCATTER = 1.5;
const SPREAD = 0.2;

/**
 * A mark for the eye, not an alert: those come from the detector, which looks at more than one hour.
 *
 * 3 and 5 standard deviations of a count that scatters more than by chance.
 */
export function levelOf(seen: number, usual: number | null): Level {
  if (usual === null) return "unknown";
  const deviation = Math.sqrt(Math.max(1, SCATTER * usual + (SPREAD * usual) ** 2));
  const by = (seen - usual) / deviation;
  if (by >= 5 && seen >= LEAST_FAR) return "far";
  if (by >= 3 && seen >= LEAST_ABOVE) return "above";
  return by <= -3 ? "below" : "usual";
}

/** Part of the contacts of an alert's first district that another one needs to be marked with it. */
const ALARMED_SHARE = 0.2;
/** An alert of more districts is one of the city: marks everywhere tell nothing. */
const MOST_ALARMED = 6;

/** Districts that open alerts are about. */
export function alarmedDistricts(alerts: readonly AlertLine[]): ReadonlySet<string> {
  const districts = new Set<string>();
  for (const { finding } of alerts) {
    const named = finding.districts.filter((one) => one.district !== "");
    const most = Math.max(0, ...named.map((one) => one.contacts));
    const leading = named.filter((one) => one.contacts >= ALARMED_SHARE * most);
    if (leading.length <= MOST_ALARMED) for (const one of leading) districts.add(one.district);
  }
  return districts;
}

export const SHADES = 5;

/** 0-5: how dark a cell is beside the largest of them. The square root tells small ones apart. */
export function shadeOf(seen: number, most: number): number {
  return shadeAt(Math.sqrt(portion(seen, most)));
}

/** The same of districts, which differ less: in proportion. */
export function tileShadeOf(seen: number, most: number): number {
  return shadeAt(portion(seen, most));
}

function portion(seen: number, most: number): number {
  return seen <= 0 || most <= 0 ? 0 : Math.min(1, seen / most);
}

function shadeAt(part: number): number {
  return part === 0 ? 0 : Math.max(1, Math.ceil(SHADES * part));
}

export function mostOf(heat: HeatMap): number {
  return Math.max(0, ...heat.rows.flatMap((row) => row.cells.map((cell) => cell.seen)));
}

/** `상하수도 > 누수·단수·수질` → `누수·단수·수질`. */
export function shortLabel(label: string): string {
  return label.slice(label.lastIndexOf(">") + 1).trim();
}

/** No more digits than mean something. */
export function rounded(value: number): number {
  return Math.abs(value) < 10 ? Math.round(value * 10) / 10 : Math.round(value);
}

/** A wait as m:ss or h:mm:ss. */
export function waitText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const pad = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}
