/**
 * What the address asks of the board, and back. Pure.
 *
 * `#/board?topic=3020&district=마포구` narrows; `#/board/contacts?…` lists the contacts behind a figure;
 * `#/board/wall` is for a wall; anything else behind `#/board/` belongs to the alerts.
 */

export type View = "overview" | "contacts" | "wall" | "alert";

export interface Place {
  view: View;
  /** What stands behind `#/board/` where that is an alert's. */
  alert: string;
  /** Null: all; empty: those without. */
  topic: string | null;
  district: string | null;
  danger: string | null;
  /** Of contacts: those behind this alert. */
  alertOf: string | null;
  since_ms: number | null;
  until_ms: number | null;
}

export const EVERYTHING: Place = {
  view: "overview",
  alert: "",
  topic: null,
  district: null,
  danger: null,
  alertOf: null,
  since_ms: null,
  until_ms: null,
};

export function placeIn(hash: string): Place {
  const [path = "", query = ""] = hash.split("?", 2);
  const rest = /^#\/board\/(.+)$/.exec(path)?.[1] ?? "";
  const asked = new URLSearchParams(query);
  return {
    view: rest === "" ? "overview" : rest === "contacts" || rest === "wall" ? rest : "alert",
    alert: rest === "contacts" || rest === "wall" ? "" : decoded(rest),
    topic: asked.get("topic"),
    district: asked.get("district"),
    danger: asked.get("danger"),
    alertOf: asked.get("alert_id"),
    since_ms: timeIn(asked.get("since_ms")),
    until_ms: timeIn(asked.get("until_ms")),
  };
}

/** The address of the overview or of a list of contacts. */
export function addressOf(place: Partial<Place>): string {
  const asked = queryOf(place).toString();
  const path = place.view === "contacts" || place.view === "wall" ? `#/board/${place.view}` : "#/board";
  return asked === "" ? path : `${path}?${asked}`;
}

/** What the server is asked, of all that narrows. */
export function queryOf(place: Partial<Place>): URLSearchParams {
  const asked = new URLSearchParams();
  const names = { topic: "topic", district: "district", danger: "danger", alertOf: "alert_id" } as const;
  for (const [field, name] of Object.entries(names) as [keyof typeof names, string][]) {
    const value = place[field];
    if (value !== null && value !== undefined) asked.set(name, value);
  }
  for (const field of ["since_ms", "until_ms"] as const) {
    const value = place[field];
    if (value !== null && value !== undefined) asked.set(field, String(value));
  }
  return asked;
}

function timeIn(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray % that somebody typed
  }
}
