/** ISO weeks, e.g. `2026-W47`: Monday to Sunday, week 1 holds the first Thursday. Pure. */

const DAY_MS = 86_400_000;

/** Of a day of the browser's calendar. */
export function weekOf(at: Date): string {
  const day = Date.UTC(at.getFullYear(), at.getMonth(), at.getDate());
  const thursday = new Date(day + (3 - ((new Date(day).getUTCDay() + 6) % 7)) * DAY_MS);
  const first = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  const week = Math.floor((thursday.getTime() - first) / DAY_MS / 7) + 1;
  return `${thursday.getUTCFullYear()}-W${String(week).padStart(2, "0")}`;
}

/** Its Monday and Sunday as month.day; null: no such week. */
export function daysOf(week: string): { year: number; week: number; from: string; to: string } | null {
  const found = /^(\d{4})-W(\d{2})$/.exec(week);
  if (!found) return null;
  const [year, number] = [Number(found[1]), Number(found[2])];
  const fourth = Date.UTC(year, 0, 4);
  const monday = fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * DAY_MS + (number - 1) * 7 * DAY_MS;
  const text = (at: number): string => `${new Date(at).getUTCMonth() + 1}.${new Date(at).getUTCDate()}.`;
  return { year, week: number, from: text(monday), to: text(monday + 6 * DAY_MS) };
}

/** The last weeks, this one last: it is not over, and may be asked for all the same. */
export function lastWeeks(now: Date, count: number): string[] {
  const weeks = Array.from({ length: count }, (_, back) => weekOf(new Date(now.getFullYear(), now.getMonth(), now.getDate() - 7 * (back + 1))));
  return [...weeks, weekOf(now)];
}
