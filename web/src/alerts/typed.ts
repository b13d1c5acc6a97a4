/**
 * What was typed into the forms of an alert and not sent: it survives refreshes, other alerts and reload.
 *
 * Kept for the tab alone: several people may work at one computer. No storage of its own: it is handed in.
 */

export type Form = "assigned" | "acted" | "muted" | "noted" | "closed";
export type Fields = Readonly<Record<string, string>>;

export interface Typed {
  /** The form that is open; null: none. */
  open: Form | null;
  forms: Readonly<Partial<Record<Form, Fields>>>;
}

export const UNTYPED: Typed = { open: null, forms: {} };

const PREFIX = "sangdam.alert.";

type Storage = Pick<globalThis.Storage, "getItem" | "setItem" | "removeItem">;

export function readTyped(storage: Storage, alertId: string): Typed {
  try {
    const found = JSON.parse(storage.getItem(PREFIX + alertId) ?? "null") as Partial<Typed> | null;
    return found && typeof found.forms === "object" ? { ...UNTYPED, ...found } : UNTYPED;
  } catch {
    return UNTYPED;
  }
}

export function keepTyped(storage: Storage, alertId: string, typed: Typed): void {
  try {
    const isEmpty = typed.open === null && Object.keys(typed.forms).length === 0;
    if (isEmpty) storage.removeItem(PREFIX + alertId);
    else storage.setItem(PREFIX + alertId, JSON.stringify(typed));
  } catch {
    // Without storage it lasts as long as the page.
  }
}

export function withField(typed: Typed, form: Form, name: string, value: string): Typed {
  return { ...typed, forms: { ...typed.forms, [form]: { ...typed.forms[form], [name]: value } } };
}

/** Folded up: what was typed is kept for the next time. */
export function folded(typed: Typed): Typed {
  return { ...typed, open: null };
}

/** Sent: nothing of it is left. */
export function sent(typed: Typed, form: Form): Typed {
  const { [form]: _, ...others } = typed.forms;
  return { open: typed.open === form ? null : typed.open, forms: others };
}
