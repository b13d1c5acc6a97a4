/** Every sentence of the page about summary drafts, Korean and English. */
import { spanOf } from "./quality";
import { speaker } from "./text";

const WORDS = {
  title: ["정리 품질", "Wrap-up quality"],
  heading: ["상담 정리 초안이 얼마나 쓸 만했나", "How useful summary drafts were"],
  period: ["기간", "Period"],
  days: ["{count}일", "{count} days"],
  notYours: ["팀장과 관리자가 보는 화면입니다", "This page is for supervisors"],
  toPanel: ["상담사 화면으로", "To the agent panel"],
  none: ["이 기간에 저장된 상담 정리가 없습니다", "No summary was saved in this time"],
  noneNote: [
    "상담사가 통화 뒤에 정리를 저장하면 여기에 모입니다.",
    "What agents save after their calls is gathered here.",
  ],

  saved: ["저장한 정리", "Summaries saved"],
  savedNote: ["초안에서 시작한 것 {count}건", "{count} of them begun from a draft"],
  unedited: ["고치지 않고 저장", "Saved unedited"],
  uneditedNote: ["초안에서 시작한 {of}건 가운데 {count}건", "{count} of {of} begun from a draft"],
  share: ["고친 정도", "How much was edited"],
  shareNote: ["중앙값. 열에 아홉은 {p90} 이하", "Median. Nine in ten: {p90} or less"],
  time: ["줄인 시간(어림)", "Time saved (estimate)"],
  timeNote: [
    "초안에서 그대로 남은 {chars}자를 1초에 {speed}자로 칠 때 드는 시간",
    "What typing the {chars} characters kept from drafts would take at {speed} a second",
  ],
  afterCall: ["통화 뒤 저장까지", "From call end to save"],
  afterCallNote: ["중앙값. 열에 아홉은 {p90} 이하", "Median. Nine in ten: {p90} or less"],
  withheld: ["근거가 없어 뺀 줄", "Lines left out"],
  withheldNote: ["언어 모델이 썼지만 통화에 없던 내용", "Written by the language model, said by nobody"],
  doubts: ["말하지 않았다고 표시한 곳", "Pieces marked as said by nobody"],
  doubtsNote: ["수, 날짜, 금액, 전화번호, 주소, 이름", "Numbers, dates, amounts, phones, addresses, names"],
  fallbacks: ["언어 모델 없이 뽑은 초안", "Drafts without the language model"],
  fallbacksNote: ["답이 없거나 늦었거나 쓸 수 없었던 때", "It was away, late or unusable"],

  seconds: ["{value}초", "{value} s"],
  minutes: ["{value}분", "{value} min"],
  hours: ["{value}시간", "{value} h"],

  byDay: ["날마다", "By day"],
  date: ["날짜", "Day"],
  drafted: ["초안에서 시작", "Begun from a draft"],
  byEngine: ["초안을 만든 방법", "By what made the draft"],
  engine: ["방법", "Made by"],
  extractive: ["핵심 발화(통화에서 뽑음)", "Words from the call"],
  noDraft: ["초안 없이 씀", "Without a draft"],
  byField: ["칸마다", "By field"],
  field: ["칸", "Field"],
  kept: ["그대로 둠", "Left as it was"],
} as const satisfies Record<string, readonly [string, string]>;

export type Word = keyof typeof WORDS;
export const say = speaker<Word>(WORDS);

/** Seconds as people say them; a dash where there are none. */
export function time(seconds: number | null): string {
  if (seconds === null) return "–";
  const { value, unit } = spanOf(seconds);
  return say(unit, { value });
}
