/** Finding among the site's canned answers. Pure. */
import type { CannedAnswer } from "../contracts";

/**
 * Those that hold every word asked for, titles before texts, else in the site's order. Initial consonants find,
 * too: "ㅇㄱ" finds "여권".
 */
export function matching(answers: readonly CannedAnswer[], asked: string): CannedAnswer[] {
  const words = asked.toLowerCase().split(/\s+/).filter(Boolean);
  const scored = answers.map((answer) => ({ answer, rank: rankOf(answer, words) }));
  return scored
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank)
    .map(({ answer }) => answer);
}

/** 2: all in the title; 1: all in the title or the text; 0: not found. */
function rankOf({ title, text }: CannedAnswer, words: readonly string[]): number {
  const isIn = (place: string) => (word: string) => holds(place.toLowerCase(), word);
  if (words.every(isIn(title))) return 2;
  return words.every(isIn(`${title} ${text}`)) ? 1 : 0;
}

function holds(place: string, word: string): boolean {
  return place.includes(word) || (/^[ㄱ-ㅎ]+$/.test(word) && initialsOf(place).includes(word));
}

const INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
const FIRST = 0xac00;
const LAST = 0xd7a3;
/** Syllables of one initial consonant. */
const EACH = 588;

function initialsOf(text: string): string {
  return Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code >= FIRST && code <= LAST ? INITIALS[Math.floor((code - FIRST) / EACH)] : character;
  }).join("");
}
