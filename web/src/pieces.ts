/** The marked pieces of an utterance's text: masked data, doubtful words, what may still change, search hits. */
import type { Utterance } from "./contracts";

export interface Piece {
  /** `tail`: of a partial, may still change. */
  kind: "plain" | "tail" | "masked" | "suspect";
  /** For a suspect word: names that sound like it, the nearest first. */
  nearest: readonly string[];
  /** The piece's text, cut where search hits begin and end. */
  runs: { text: string; found: boolean }[];
}

type Mark = Pick<Piece, "kind" | "nearest">;
type Range = readonly [from: number, to: number];

const MASK = /\[(?:전화번호|주민등록번호|카드번호|계좌번호|이메일|이름|상세주소|차량번호)\]/g;

/** Where nothing is known of single words, a final below this is doubted as a whole. */
export const SUSPECT_BELOW = 0.45;

export function piecesOf(utterance: Utterance, query = ""): Piece[] {
  const { text } = utterance;
  // Each character's mark; the characters of one piece share one object.
  const marks = new Array<Mark>(text.length).fill({ kind: "plain", nearest: [] });
  if (utterance.status === "partial") {
    marks.fill({ kind: "tail", nearest: [] }, utf16Length(text, utterance.stable_chars));
  }
  const masks = [...text.matchAll(MASK)].map((match): Range => [match.index, match.index + match[0].length]);
  for (const [from, to] of masks) marks.fill({ kind: "masked", nearest: [] }, from, to);
  for (const { range, nearest } of suspects(utterance)) {
    // Nothing is told or guessed of a word that holds masked data.
    if (!masks.some((mask) => overlap(mask, range))) marks.fill({ kind: "suspect", nearest }, ...range);
  }

  const found = new Array<boolean>(text.length).fill(false);
  for (const from of hitsIn(text, query)) found.fill(true, from, from + query.trim().length);

  const pieces: Piece[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const starts = at === 0 || marks[at] !== marks[at - 1];
    if (starts) pieces.push({ ...marks[at]!, runs: [] });
    const { runs } = pieces.at(-1)!;
    const run = runs.at(-1);
    if (run && run.found === found[at]) run.text += text[at];
    else runs.push({ text: text[at]!, found: found[at]! });
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

function overlap(a: Range, b: Range): boolean {
  return a[0] < b[1] && b[0] < a[1];
}

function suspects({ text, status, words, confidence }: Utterance): { range: Range; nearest: readonly string[] }[] {
  // A recogniser that says nothing of single words still says how sure it is of the whole.
  if (words.length === 0) {
    const isDoubted = status === "final" && confidence < SUSPECT_BELOW && text !== "";
    return isDoubted ? [{ range: [0, text.length], nearest: [] }] : [];
  }
  const found: { range: Range; nearest: readonly string[] }[] = [];
  let from = 0;
  for (const word of words) {
    const spoken = word.text.trim();
    const at = spoken ? text.indexOf(spoken, from) : -1;
    if (at < 0) continue;
    from = at + spoken.length;
    if (word.suspect) found.push({ range: [at, from], nearest: word.nearest });
  }
  return found;
}
