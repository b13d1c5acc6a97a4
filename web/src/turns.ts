/** Utterances as the transcript shows them: turns of one party, and the marked pieces of a text. */
import type { ContactView, Role, Utterance } from "./contracts";

export interface Turn {
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

/** Consecutive utterances of one party; a pause of `gap_ms` opens a new turn with its own time. */
export function turnsOf(
  utterances: readonly Utterance[],
  roles: ContactView["roles"],
  gap_ms = 15_000,
): Turn[] {
  const turns: Turn[] = [];
  for (const utterance of utterances) {
    const role = roleOf(utterance, roles);
    const last = turns.at(-1);
    const before = last?.utterances.at(-1);
    const sameParty = last && last.role === role && last.channel === utterance.channel;
    if (sameParty && before && utterance.start_ms - before.end_ms < gap_ms) {
      last.utterances.push(utterance);
    } else {
      const { utterance_id: key, channel, start_ms } = utterance;
      turns.push({ key, role, channel, start_ms, utterances: [utterance] });
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

export interface Piece {
  text: string;
  /** `tail`: of a partial, may still change. */
  kind: "plain" | "tail" | "masked" | "suspect";
  found: boolean;
}

const MASK = /\[(?:전화번호|주민등록번호|카드번호|계좌번호|이메일|이름|상세주소|차량번호)\]/g;

/** Where nothing is known of single words, a final below this is doubted as a whole. */
export const SUSPECT_BELOW = 0.45;

/** A text cut into pieces: masked data, doubtful words, the unstable tail of a partial, search hits. */
export function piecesOf(utterance: Utterance, query = ""): Piece[] {
  const { text } = utterance;
  const kinds = new Array<Piece["kind"]>(text.length).fill("plain");
  if (utterance.status === "partial") kinds.fill("tail", utf16Length(text, utterance.stable_chars));
  for (const [from, to] of suspects(utterance)) kinds.fill("suspect", from, to);
  for (const match of text.matchAll(MASK)) kinds.fill("masked", match.index, match.index + match[0].length);

  const found = new Array<boolean>(text.length).fill(false);
  for (const from of hitsIn(text, query)) found.fill(true, from, from + query.trim().length);

  const pieces: Piece[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const last = pieces.at(-1);
    const kind = kinds[at]!;
    const opensMask = kind === "masked" && text[at] === "[";
    if (last && last.kind === kind && last.found === found[at] && !opensMask) last.text += text[at];
    else pieces.push({ text: text[at]!, kind, found: found[at]! });
  }
  return pieces;
}

/** Where the query occurs in the text, ignoring case. */
export function hitsIn(text: string, query: string): number[] {
  const needle = query.trim().toLowerCase();
  const hits: number[] = [];
  if (!needle) return hits;
  const hay = text.toLowerCase();
  for (let at = hay.indexOf(needle); at >= 0; at = hay.indexOf(needle, at + needle.length)) hits.push(at);
  return hits;
}

/** The server counts characters as code points; JavaScript counts UTF-16 units. */
function utf16Length(text: string, codePoints: number): number {
  return Array.from(text).slice(0, codePoints).join("").length;
}

function suspects({ text, status, words, confidence }: Utterance): [number, number][] {
  // A recogniser that says nothing of single words still says how sure it is of the whole.
  if (words.length === 0) return status === "final" && confidence < SUSPECT_BELOW ? [[0, text.length]] : [];
  const ranges: [number, number][] = [];
  let from = 0;
  for (const word of words) {
    const spoken = word.text.trim();
    const at = spoken ? text.indexOf(spoken, from) : -1;
    if (at < 0) continue;
    if (word.suspect) ranges.push([at, at + spoken.length]);
    from = at + spoken.length;
  }
  return ranges;
}
