/**
 * What stands still while somebody points at it or is in it with the keyboard. Pure.
 *
 * Rows keep their places, new ones wait, and those that went away stay as they were last known.
 */

export interface Shown<T> {
  rows: readonly T[];
  gone: ReadonlySet<string>;
  /** How many new ones are not shown yet. */
  waiting: number;
}

export const EMPTY: Shown<never> = { rows: [], gone: new Set(), waiting: 0 };

export function steady<T>(
  before: Shown<T>,
  told: readonly T[],
  isHeld: boolean,
  idOf: (row: T) => string,
): Shown<T> {
  if (!isHeld || before.rows.length === 0) return { rows: told, gone: new Set(), waiting: 0 };
  const known = new Map(told.map((row) => [idOf(row), row]));
  const shown = new Set(before.rows.map(idOf));
  return {
    rows: before.rows.map((row) => known.get(idOf(row)) ?? row),
    gone: new Set([...shown].filter((id) => !known.has(id))),
    waiting: told.filter((row) => !shown.has(idOf(row))).length,
  };
}
