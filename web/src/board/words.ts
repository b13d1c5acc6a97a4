/** Every sentence of the board, Korean and English. */
import { lang } from "../preferences";
import { speaker } from "../text";
import { rounded } from "./figures";

const WORDS = {
  title: ["현황", "Board"],
  notYours: ["팀장과 관리자가 보는 화면입니다", "This page is for supervisors"],
  toPanel: ["상담사 화면으로", "To the agent panel"],
  back: ["현황으로", "To the board"],

  asOf: ["{time} 기준", "As of {time}"],
  every: ["5초 안에 새로 고칩니다", "Never older than 5 seconds"],
  old: ["{time} 뒤로 새로 고치지 못함", "Not refreshed since {time}"],
  failedFirst: ["현황을 불러오지 못했습니다. {why}", "The board could not be loaded. {why}"],
  retry: ["다시 시도", "Try again"],
  learning: [
    "평소 수치를 배우는 중입니다: {needed}주 가운데 {weeks}주. 그동안 경보는 조심스럽게 울리고, 평소와의 비교는 보이지 않습니다.",
    "Learning what is usual: {weeks} of {needed} weeks. Until then alerts are cautious, and nothing is compared with the usual.",
  ],
  simulatedShare: ["모의 자료 {share}", "Simulated: {share}"],
  simulatedHint: ["이 화면의 상담 가운데 실제가 아닌 것", "Contacts on this page that are not real"],
  simulated: ["모의", "Simulated"],
  detector: ["경보 점검 {time}", "Alerts checked {time}"],
  detectorNever: ["경보 점검을 아직 하지 않음", "Alerts not checked yet"],
  detectorLate: ["경보 점검이 {time}부터 멈춤", "Alerts not checked since {time}"],

  now: ["지금", "Now"],
  callsWaiting: ["통화 대기", "Calls waiting"],
  callsTalking: ["통화 중", "Calls in progress"],
  chatsWaiting: ["채팅 대기", "Chats waiting"],
  chatsTalking: ["채팅 중", "Chats in progress"],
  longestWait: ["가장 오래 기다림", "Longest wait"],
  contactsToday: ["오늘 상담", "Contacts today"],
  finalDelay: ["자막 지연", "Caption delay"],
  complaints: ["불만 표현", "Complaints voiced"],
  nobody: ["없음", "None"],
  nobodyWaits: ["기다리는 사람 없음", "Nobody waits"],
  waitLong: ["1분 넘게 기다림", "Over a minute"],
  waitShort: ["1분 안", "Under a minute"],
  peopleWait: ["기다리는 중", "Waiting"],
  heldToo: ["보류 포함", "Incl. on hold"],
  withAgents: ["상담사와", "With agents"],
  usualToday: ["평소 이맘때 {count}", "Usually {count}"],
  usualUnknown: ["평소 수치 없음", "Usual not known"],
  delayNote: ["절반 {p50}초 안, 5분", "Half in {p50} s, 5 min"],
  delayNone: ["최근 5분 말이 없음", "Nothing said in 5 min"],
  delayHint: [
    "말이 끝난 뒤 자막이 나오기까지. 최근 5분의 95%가 이 시간 안에 왔습니다",
    "End of speech to caption: 95% of the last five minutes came within this time",
  ],
  secondsValue: ["{value}초", "{value} s"],
  lastHour: ["최근 1시간 상담 가운데", "Of the last hour"],

  heat: ["시간 × 상담유형", "Hour × topic"],
  heatHint: ["화살표로 칸을 옮기고 Enter로 상담을 봅니다", "Arrows move, Enter lists the contacts"],
  heatNone: ["이 시간에 집계된 상담이 없습니다", "No contact was counted in these hours"],
  heatNoneNote: ["상담이 시작되면 몇 초 안에 여기에 셉니다.", "Contacts are counted here seconds after they begin."],
  topic: ["상담유형", "Topic"],
  noTopic: ["유형 미정", "No topic yet"],
  sum: ["합계", "Sum"],
  nowHour: ["지금", "now"],
  hourName: ["{date} {from}시~{to}시", "{date} {from}:00-{to}:00"],
  cellUsual: ["평소 {usual}", "usually {usual}"],
  alarmed: ["경보", "alert"],
  levelAbove: ["평소보다 많음", "above the usual"],
  levelFar: ["평소보다 훨씬 많음", "far above the usual"],
  levelBelow: ["평소보다 적음", "below the usual"],
  fewer: ["적음", "fewer"],
  more: ["많음", "more"],
  legend: ["범례", "Legend"],

  districts: ["지역", "Districts"],
  districtsHint: ["구가 놓인 대로 늘어놓은 칸이며, 크기와는 관계없습니다", "Tiles stand as the districts lie, not as large"],
  district: ["지역", "District"],
  elsewhere: ["지역 모름 {count}건", "{count} elsewhere"],
  asTable: ["표로", "Table"],
  asMap: ["지도로", "Map"],
  seen: ["상담", "Contacts"],
  usual: ["평소", "Usual"],
  state: ["상태", "State"],
  mostTopics: ["많은 유형", "Most about"],
  wholeCity: ["서울 전체", "Whole city"],
  allTopics: ["모든 유형", "All topics"],
  narrowDistrict: ["표의 지역", "District of the table"],
  narrowTopic: ["지도의 상담유형", "Topic of the map"],

  liveList: ["지금 상담", "Live contacts"],
  liveNone: ["지금 진행 중인 상담이 없습니다", "No contact is live"],
  liveNew: ["새 상담 {count}건 보기", "Show {count} new"],
  liveMore: ["이 밖에 {count}건", "{count} more"],
  since: ["시작 뒤", "Time"],
  who: ["상대", "With"],
  about: ["내용", "About"],
  notKnown: ["아직 모름", "Not known yet"],
  open: ["열기", "Open"],
  openNamed: ["{title} 열기 (기록에 남습니다)", "Open {title} (is written down)"],
  openNote: ["열면 누가 언제 열었는지 기록에 남습니다", "Opening a contact is written down"],
  urgent: ["긴급", "Urgent"],
  callRinging: ["통화 대기", "Ringing"],
  callTalking: ["통화 중", "Talking"],
  callHeld: ["보류", "On hold"],
  chatRinging: ["채팅 대기", "Chat waiting"],
  chatTalking: ["채팅 중", "In chat"],
  chatHeld: ["채팅 쉼", "Chat resting"],
  transferred: ["호전환", "Transferred"],
  ended: ["종료", "Ended"],
  call: ["통화", "Call"],
  chat: ["채팅", "Chat"],

  contacts: ["상담 목록", "Contacts"],
  contactsCount: ["{count}건", "{count}"],
  contactsMost: ["{count}건 이상", "{count} or more"],
  contactsNone: ["이 조건에 맞는 상담이 없습니다", "No contact fits"],
  contactsNewest: ["가장 최근 {count}건을 보입니다", "The newest {count} are listed"],
  lastDay: ["지난 24시간", "Last 24 hours"],
  ofAlert: ["경보에 속한 상담", "Contacts of the alert"],
  toAlert: ["경보로", "To the alert"],
  reload: ["새로 고침", "Reload"],
  time: ["시각", "Time"],
  said: ["나온 말", "Words said"],
  mapOfTopic: ["이 유형을 지역으로 보기", "This topic on the map"],
  tableOfDistrict: ["이 지역을 시간으로 보기", "This district by hour"],
  closedContact: ["내용 없음", "Figures only"],

  history: ["추이", "History"],
  historyPart: ["기간", "Period"],
  history24: ["24시간", "24 h"],
  history168: ["7일", "7 days"],
  history672: ["28일", "28 days"],
  history8760: ["1년", "1 year"],
  historyShow: ["추이 보기", "Show history"],
  historyTable: ["표 보기", "Table"],
  when: ["때", "When"],

  wall: ["벽 화면", "Wall display"],
  wallHint: ["큰 글씨로, 개인정보 없이 전체 화면으로 봅니다", "Large type, no personal data, full screen"],
  fullScreen: ["전체 화면", "Full screen"],
  leaveWall: ["현황으로 (Esc)", "To the board (Esc)"],
  alertsOpen: ["열린 경보 {count}건", "{count} open alerts"],
  alertsNone: ["열린 경보 없음", "No open alerts"],
  alertsRest: ["이 밖에 {count}건", "{count} more"],
  watch: ["관심", "Watch"],
  warning: ["주의", "Warning"],
  severe: ["심각", "Severe"],
  newPhrase: ["처음 나온 말", "New words"],
  riseElsewhere: ["문의 급증", "More contacts"],
  alertFigures: ["{seen}건 · 평소 {expected}건", "{seen} · usually {expected}"],
  alertSince: ["{time}부터", "since {time}"],
  alertNew: ["확인 전", "New"],
  alertAcknowledged: ["확인함", "Acknowledged"],
  alertAssigned: ["{department} 배정", "{department}"],
  alertClosed: ["닫힘", "Closed"],
  gas: ["가스", "Gas"],
  fire: ["화재", "Fire"],
  flood: ["침수", "Flood"],
  crowd: ["인파", "Crowd"],
  outage: ["정전·단수", "Outage"],
  collapse: ["붕괴·싱크홀", "Collapse"],
  safety: ["공공안전", "Public safety"],
} as const satisfies Record<string, readonly [string, string]>;

export type Word = keyof typeof WORDS;
export const say = speaker<Word>(WORDS);

/** A count or an expected count, with thousands apart. */
export function figure(value: number): string {
  return rounded(value).toLocaleString(lang.value === "ko" ? "ko-KR" : "en");
}

/** A share 0-1. */
export function share(value: number): string {
  return `${Math.round(100 * value)}%`;
}

/** 11.23. */
export function dateText(at_ms: number): string {
  const at = new Date(at_ms);
  return `${at.getMonth() + 1}.${at.getDate()}.`;
}
