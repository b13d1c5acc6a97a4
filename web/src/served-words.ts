/** Every sentence about how chats were served, Korean and English. */
import { speaker } from "./text";

const WORDS = {
  heading: ["채팅: 안내만으로 끝난 상담", "Chats that a guide alone answered"],
  none: ["이 기간에 채팅이 없습니다", "No chats in this time"],
  chats: ["채팅", "Chats"],
  served: ["안내로 끝남", "Self-served"],
  servedNote: ["안내를 보여 드린 {offered}건 가운데 {count}건", "{count} of the {offered} that were shown guides"],
  waited: ["상담사를 기다린 시간", "Wait for an agent"],
  waitedNote: ["중앙값. 열에 아홉은 {p90} 이하", "Median. Nine in ten: {p90} or less"],
  rating: ["평가", "Rating"],
  ratingNote: ["5점 만점, {count}명이 평가함", "Of 5, by {count} citizens"],
  table: ["상담유형마다 안내만으로 끝난 몫", "Share of self-served chats by topic"],
  topic: ["상담유형", "Topic"],
  offered: ["안내를 보여 드림", "Guides shown"],
  share: ["안내로 끝난 몫", "Share self-served"],
  noTopic: ["유형을 알 수 없음", "No topic known"],
} as const satisfies Record<string, readonly [string, string]>;

export const say = speaker<keyof typeof WORDS>(WORDS);
