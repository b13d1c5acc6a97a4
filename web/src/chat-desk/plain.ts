/**
 * Hints for a reply that is easily read. Pure: they never change the text.
 *
 * Many deaf people have sign language as their first language and Korean as their second: short sentences and
 * everyday words help them, and harm nobody.
 */

/** Characters of one sentence: about three lines of a phone. Our own choice. */
export const LONG = 60;

export type Hint =
  /** A sentence is this long. */
  | { kind: "long"; count: number }
  /** A word of official letters, and one of every day. */
  | { kind: "hard"; word: string; plain: string };

/** Only words that stand in no everyday word by chance: "하기" would be found in "신청하기". */
const HARD: readonly (readonly [string, string])[] = [
  ["구비서류", "준비할 서류"],
  ["구비 서류", "준비할 서류"],
  ["익일", "다음 날"],
  ["금일", "오늘"],
  ["명일", "내일"],
  ["익월", "다음 달"],
  ["금월", "이번 달"],
  ["징구", "받기"],
  ["수취", "받기"],
  ["필증", "확인증"],
  ["기재", "쓰기"],
  ["가급적", "되도록"],
  ["의거", "따라"],
  ["미비", "빠짐"],
  ["교부", "내줌"],
  ["회신", "답장"],
  ["유선으로", "전화로"],
  ["유선상", "전화로"],
  ["송부", "보내기"],
  ["별첨", "붙임"],
  ["내방", "방문"],
  ["제반", "여러"],
  ["도과", "지남"],
  ["소관", "맡은"],
  ["상이", "다름"],
  ["필히", "꼭"],
  ["불가피", "어쩔 수 없음"],
];

/** An address of the web is one word, however long. */
const ADDRESS = /https?:\/\/\S+/g;
/** The end of a sentence; the points of "2026. 3. 2." are none. */
const END = /(?<=[^\d\s][.!?。…]["'”’)]*)\s+|\n+/;

/** The longest sentence first, if it is too long, then hard words in the order of the text. */
export function hintsOf(text: string): Hint[] {
  const longest = Math.max(0, ...sentencesOf(text).map(lengthOf));
  const hard = HARD.map(([word, plain]) => ({ kind: "hard" as const, word, plain, at: text.indexOf(word) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at)
    .map(({ kind, word, plain }) => ({ kind, word, plain }));
  return longest > LONG ? [{ kind: "long", count: longest }, ...hard] : hard;
}

export function sentencesOf(text: string): string[] {
  return text
    .split(END)
    .map((each) => each.trim())
    .filter(Boolean);
}

/** In code points, as the server counts. */
export function lengthOf(text: string): number {
  return Array.from(text.replace(ADDRESS, "0")).length;
}
