/** What may stand on a wall for everybody to read: topics, districts and dangers, never a title or a quote. Pure. */
import type { AlertLine, Finding, HeatMap } from "../contracts";
import { shortLabel } from "./figures";

export interface AlertName {
  danger: Finding["danger"];
  /** Of an alert whose words are new: these are citizens' own, and are left out. */
  isNewPhrase: boolean;
  /** Districts, then topics, two of each at most. */
  parts: string[];
}

export function nameOfAlert({ finding }: AlertLine): AlertName {
  const districts = finding.districts.map((one) => one.district).filter((name) => name !== "");
  const topics = finding.topics.map((one) => shortLabel(one.label)).filter((name) => name !== "");
  return {
    danger: finding.danger,
    isNewPhrase: finding.kind === "new_phrase",
    parts: [...districts.slice(0, 2), ...(finding.danger ? [] : topics.slice(0, 2))],
  };
}

/** The last hours of the topics with most contacts in them. */
export function tailOf(heat: HeatMap, hours: number, topics: number): HeatMap {
  const rows = heat.rows
    .filter((row) => row.topic !== "")
    .map((row) => {
      const cells = row.cells.slice(-hours);
      return { ...row, cells, contacts: cells.reduce((sum, cell) => sum + cell.seen, 0) };
    })
    .sort((a, b) => b.contacts - a.contacts || (a.topic < b.topic ? -1 : 1))
    .slice(0, topics);
  return { hours_ms: heat.hours_ms.slice(-hours), rows };
}
