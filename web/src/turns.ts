/** Utterances as turns of one party, and who is who. */
import type { ContactView, Role, Utterance } from "./contracts";

export interface Turn {
  kind: "turn";
  /** The first utterance's id: stays while the turn grows. */
  key: string;
  role: Role;
  channel: number;
  start_ms: number;
  utterances: Utterance[];
}

/** Who speaks: what metadata or a person said of the channel wins over the utterance's own role. */
export function roleOf(utterance: Utterance, roles: ContactView["roles"]): Role {
  return roles[utterance.channel] ?? utterance.role;
}

/** A pause this long opens a new turn with its own time. */
export const PAUSE_MS = 15_000;

/** Consecutive utterances of one party. */
export function turnsOf(utterances: readonly Utterance[], roles: ContactView["roles"]): Turn[] {
  const turns: Turn[] = [];
  for (const utterance of utterances) {
    const role = roleOf(utterance, roles);
    const last = turns.at(-1);
    const before = last?.utterances.at(-1);
    const sameParty = last && last.role === role && last.channel === utterance.channel;
    if (sameParty && before && utterance.start_ms - before.end_ms < PAUSE_MS) {
      last.utterances.push(utterance);
    } else {
      const { utterance_id: key, channel, start_ms } = utterance;
      turns.push({ kind: "turn", key, role, channel, start_ms, utterances: [utterance] });
    }
  }
  return turns;
}

/** The roles after a one-click swap, None known yet: channel 0 becomes the caller's. */
export function swapped(view: ContactView): Record<string, Role> {
  const channels = new Set(Object.keys(view.roles));
  for (const utterance of view.utterances) channels.add(String(utterance.channel));
  if (channels.size === 0) channels.add("0");
  const roles: Record<string, Role> = {};
  const sorted = [...channels].sort((a, b) => Number(a) - Number(b));
  const known = sorted.some((channel) => (view.roles[channel] ?? "unknown") !== "unknown");
  sorted.forEach((channel, index) => {
    if (known) roles[channel] = view.roles[channel] === "caller" ? "agent" : "caller";
    else roles[channel] = index === 0 ? "caller" : "agent";
  });
  return roles;
}
