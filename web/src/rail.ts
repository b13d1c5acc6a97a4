/** The list of contacts after a hello. Pure. */
import type { ContactEntry, Hello } from "./contracts";

/**
 * What the hello lists, each at the newest state that either side knows: another server process may be a moment
 * behind. While the server's database is away it lists the last minutes alone; what is known here stays.
 */
export function listed(known: readonly ContactEntry[], hello: Hello): readonly ContactEntry[] {
  const before = new Map(known.map((each) => [each.contact.contact_id, each]));
  const told = hello.contacts.map((each) => newest(each, before.get(each.contact.contact_id)));
  if (hello.complete) return told;
  const ids = new Set(told.map((each) => each.contact.contact_id));
  return [...told, ...known.filter((each) => !ids.has(each.contact.contact_id))].sort(
    (a, b) => b.contact.started_at_ms - a.contact.started_at_ms,
  );
}

/** The order in which they stand: while somebody points at them, what is new comes last. */
export function steady(
  shown: readonly ContactEntry[],
  now: readonly ContactEntry[],
  isHeld: boolean,
): readonly ContactEntry[] {
  if (!isHeld) return now;
  const place = new Map(shown.map((each, index) => [each.contact.contact_id, index]));
  const at = (each: ContactEntry): number => place.get(each.contact.contact_id) ?? shown.length;
  return now.toSorted((a, b) => at(a) - at(b));
}

function newest(told: ContactEntry, known: ContactEntry | undefined): ContactEntry {
  if (!known) return told;
  const newer = known.contact.revision > told.contact.revision ? known : told;
  return { ...newer, summary_saved: told.summary_saved || known.summary_saved };
}
