/** What the list shows, and how the server is asked for it. Pure. */
import type { GuideFigures } from "../contracts";
import type { WordKey } from "./words";

export type ListTab = "gaps" | "all" | "review" | "draft" | "stale" | "revise" | "unused";
export type Sort = "title" | "use" | "stale";

export interface Filters {
  tab: ListTab;
  text: string;
  sort: Sort;
  district: string;
  offset: number;
}

export const PAGE = 50;
export const FIRST: Filters = { tab: "all", text: "", sort: "title", district: "", offset: 0 };

export const TABS: readonly [ListTab, WordKey][] = [
  ["gaps", "tabGaps"],
  ["all", "tabAll"],
  ["review", "tabReview"],
  ["draft", "tabDraft"],
  ["stale", "tabStale"],
  ["revise", "tabRevise"],
  ["unused", "tabUnused"],
];

const ASKED: Record<ListTab, Readonly<Record<string, string>>> = {
  gaps: {},
  all: {},
  review: { status: "review" },
  draft: { status: "draft" },
  stale: { flag: "stale" },
  revise: { flag: "needs_revision" },
  unused: { flag: "unused" },
};

/** Another choice begins on the first page again. */
export function withFilter(filters: Filters, change: Partial<Filters>): Filters {
  return { ...filters, offset: 0, ...change };
}

/** The list's query string, without what is not asked for. */
export function queryOf({ tab, text, sort, district, offset }: Filters): string {
  const query = new URLSearchParams(ASKED[tab]);
  if (text.trim()) query.set("text", text.trim());
  if (district) query.set("district", district);
  if (sort !== "title") query.set("sort", sort);
  if (offset > 0) query.set("offset", String(offset));
  query.set("limit", String(PAGE));
  return query.toString();
}

/** The number on a tab; null where nobody counts. */
export function countOf(tab: ListTab, figures: GuideFigures | null): number | null {
  if (!figures) return null;
  const { open_gaps, stale, needs_revision, unused } = figures;
  const counts: Partial<Record<ListTab, number>> = { gaps: open_gaps, stale, revise: needs_revision, unused };
  return counts[tab] ?? null;
}
