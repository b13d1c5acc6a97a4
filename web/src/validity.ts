/** How far a guide can be relied on, by its dates. Pure; days are ISO 8601 (2026-03-02) and compare as text. */

/** An end that is this near is said. */
const NEAR_DAYS = 30;

export type Validity = "none" | "near" | "over";

export function validityOf(valid_until: string | null, today: string): Validity {
  if (!valid_until) return "none";
  if (valid_until < today) return "over";
  return valid_until <= daysAfter(today, NEAR_DAYS) ? "near" : "none";
}

/** The day at this machine's place. */
export function dayOf(at_ms: number): string {
  const at = new Date(at_ms);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

function daysAfter(day: string, count: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + count);
  return at.toISOString().slice(0, 10);
}

/** The telephone number in the words that name an agency: "외교부 02-3210-0404" → "02-3210-0404". */
export function numberIn(...texts: readonly string[]): string {
  for (const text of texts) {
    const found = /\d{2,4}(?:-\d{3,4}){1,2}|\d{3,4}/.exec(text);
    if (found) return found[0];
  }
  return "";
}
