/** Every sentence of the pages, Korean and English. `{name}` is filled in. */
import { lang } from "./preferences";

const TEXT = {
  product: ["상담", "Sangdam"],
  panel: ["상담사 화면", "Agent panel"],
  pages: ["화면 이동", "Pages"],
  pageBoard: ["현황", "Board"],
  pageGuides: ["안내문", "Guides"],
  pageQuality: ["정리 품질", "Wrap-up quality"],

  signOut: ["로그아웃", "Sign out"],
  loading: ["불러오는 중…", "Loading…"],

  linkOpen: ["연결됨", "Connected"],
  linkConnecting: ["연결하는 중…", "Connecting…"],
  linkWaiting: ["다시 연결 중 ({seconds}초)", "Reconnecting ({seconds} s)"],
  linkClosed: ["끊김", "Disconnected"],
  lineAway: [
    "서버와 다시 연결하는 중입니다. 쓰던 글은 그대로 남습니다",
    "Reconnecting. What you typed is kept",
  ],
  storeAway: [
    "기록 저장이 늦어지고 있습니다. 지금 통화는 계속 보입니다",
    "Storage is slow; live calls go on",
  ],
  latency: ["자막 지연", "Caption delay"],
  latencyHint: [
    "말한 뒤 화면에 보이기까지, 최근 50건의 95%가 이 시간 안에 왔습니다",
    "From speech to screen: 95% of the last 50 came within this time",
  ],
  seconds: ["{value}초", "{value} s"],

  ringing: ["울리는 중", "Ringing"],
  talking: ["통화 중", "Talking"],
  held: ["보류", "On hold"],
  chatWaiting: ["기다림", "Waiting"],
  chatServing: ["상담 중", "In chat"],
  chatResting: ["쉬는 중", "Resting"],
  transferred: ["호전환", "Transferred"],
  ended: ["종료", "Ended"],
  elapsed: ["상담 시간", "Time so far"],
  heldFor: ["보류 {time}", "Held {time}"],
  simulated: ["모의 통화", "Simulated"],
  simulatedChat: ["모의 상담", "Simulated"],
  noContact: ["상담을 기다리고 있습니다", "Waiting for a contact"],
  noContactHint: [
    "전화나 채팅이 오면 여기에 대화가 나타납니다. 왼쪽에서 모의 통화를 시작하거나 녹음 파일을 올려 볼 수도 있습니다.",
    "The conversation appears here when a call or a chat comes in. You can also start a sample call or add a recording on the left.",
  ],
  newCallArrived: ["새 통화: {title}", "New call: {title}"],
  newChatArrived: ["새 {title}", "New: {title}"],
  unnamed: ["이름 없음", "Unnamed"],

  recognitionFinals: ["인식기가 바빠 확정된 말만 보입니다", "Busy: only finished sentences are shown"],
  recognitionRefused: [
    "인식기 용량이 차서 이 통화는 글로 옮겨지지 않습니다",
    "Recogniser full: this call is not transcribed",
  ],
  callLanguage: ["통화 언어", "Call language"],
  languageChosen: ["선택", "chosen"],
  languageDetected: ["감지", "detected"],
  languageDefault: ["기본", "default"],
  languageHeard: ["감지한 언어: {language}", "Detected language: {language}"],

  contacts: ["내 상담", "My contacts"],
  noContacts: ["오늘 상담이 없습니다", "No contacts today"],
  unsaved: ["정리 안 됨", "Not wrapped up"],
  savedMark: ["정리됨", "Wrapped up"],
  unread: ["새 발화 {count}", "{count} new"],

  retry: ["다시 시도", "Try again"],
  microphone: ["마이크", "Microphone"],
  hangUp: ["통화 끊기", "Hang up"],

  transcript: ["대화", "Conversation"],
  caller: ["시민", "Caller"],
  agent: ["상담사", "Agent"],
  unknown: ["화자 미상", "Unknown speaker"],
  swap: ["화자 바꾸기", "Swap speakers"],
  setRoles: ["화자 정하기", "Set speakers"],
  speaking: ["말하는 중", "speaking"],
  maskedHint: ["개인정보를 가렸습니다", "Personal data is masked"],
  suspectHint: ["잘못 들었을 수 있는 말", "May be misheard"],
  suspectNames: ["비슷한 이름 {count}개", "{count} similar names"],
  nearest: ["비슷한 이름: 고르면 안내를 찾습니다", "Similar names: choose one to search"],
  noSuspects: ["이름을 고를 수 있는 말이 없습니다", "No word has names to choose from"],
  soundMusic: ["대기 음악", "Hold music"],
  soundRinging: ["연결음", "Ringing tone"],
  soundBusy: ["통화중 신호음", "Busy tone"],
  soundDtmf: ["버튼 누름", "Key pressed"],
  soundKeys: ["버튼 {count}번 누름", "{count} keys pressed"],
  gapOpen: ["{from}부터 글로 옮기지 못하고 있습니다", "Not transcribed since {from}"],
  gapToEnd: ["{from}부터 끝까지 글로 옮기지 못했습니다", "Not transcribed from {from} to the end"],
  gapOver: ["{from}부터 {to}까지 글로 옮기지 못했습니다", "Not transcribed from {from} to {to}"],
  newUtterances: ["새 발화 {count}건 ↓", "{count} new ↓"],
  toLatest: ["맨 아래로 ↓", "To the latest ↓"],
  earlier: ["이전 대화 {count}건 더 보기", "Show {count} earlier"],
  silence: ["아직 나눈 말이 없습니다", "Nothing was said yet"],
  find: ["대화에서 찾기", "Find in conversation"],
  findCount: ["{at}/{count}", "{at}/{count}"],
  findNone: ["없음", "None"],
  findPrevious: ["앞 결과", "Previous"],
  findNext: ["다음 결과", "Next"],
  close: ["닫기", "Close"],

  guides: ["안내", "Guides"],
  searchGuides: ["안내 찾기", "Search guides"],
  searchPlaceholder: ["안내 찾기: 예) 여권 재발급", "Search guides, e.g. passport"],
  searching: ["찾는 중…", "Searching…"],
  searchNone: ["'{query}'에 맞는 안내가 없습니다", "No guide for '{query}'"],
  searchLate: ["답이 없습니다. 다시 찾아 주십시오.", "No answer. Please search again."],
  searchResults: ["찾은 안내 {count}건", "{count} guides found"],
  newGuides: ["새 안내 {count}건 보기", "Show {count} new guides"],
  allPinned: ["새 안내 {count}건: 고정을 풀면 볼 수 있습니다", "{count} new guides: unpin one to see them"],
  earlierGuides: ["지난 안내 {count}건", "{count} earlier guides"],
  nothing: ["맞는 안내를 찾지 못했습니다", "No matching guide was found"],
  similar: ["비슷한 글 보기", "Show similar"],
  similarGuides: ["비슷한 글 {count}건", "{count} similar guides"],
  byWords: ["낱말로 찾음", "Found by words"],
  byMeaning: ["뜻으로도 찾음", "Found by meaning too"],
  sayThis: ["이렇게 말할 수 있습니다", "You could say"],
  copyAnswer: ["말할 문장 복사", "Copy the sentence"],
  changed: ["바뀜", "Changed"],
  cardChanged: ["안내가 바뀌었습니다: {title}", "Guide changed: {title}"],
  renew: ["새 내용 보기", "Show new text"],
  slotFree: ["빈 자리", "Free"],
  guidesWait: [
    "시민이 궁금한 것을 물으면 안내가 나타납니다",
    "Guides appear once the caller asks something",
  ],
  why: ["왜?", "Why?"],
  cityWide: ["서울시 전체", "City-wide"],
  revised: ["{date} 개정", "Revised {date}"],
  stale: ["확인 오래됨", "Long unchecked"],
  staleNote: [
    "오래 확인되지 않은 안내입니다. 담당 부서에 확인하고 안내하십시오.",
    "Nobody has checked this guide for long. Ask the department before you rely on it.",
  ],
  validUntil: ["{date}까지", "Until {date}"],
  validOver: ["기간 끝남", "No longer valid"],
  validOverNote: ["{date}에 기간이 끝난 안내입니다.", "This guide was valid until {date}."],
  sample: ["예시", "Sample"],
  versionMark: ["{version}판", "Version {version}"],
  otherAgency: ["다른 기관 소관", "Other agency"],
  intoReply: ["답에 넣기", "Into the reply"],
  copy: ["복사", "Copy"],
  copied: ["복사됨", "Copied"],
  copyFailed: ["복사하지 못했습니다", "Could not copy"],
  pin: ["고정", "Pin"],
  pinned: ["고정됨", "Pinned"],
  openArticle: ["원문", "Article"],
  helpful: ["도움 됨", "Helpful"],
  unhelpful: ["도움 안 됨", "Not helpful"],
  dismiss: ["안내 치우기", "Dismiss"],

  summary: ["상담 정리", "Wrap-up"],
  draftNow: ["지금 초안", "Draft now"],
  draftAsked: ["초안을 만드는 중…", "Drafting…"],
  draftWaiting: ["상담이 끝나면 초안이 나타납니다", "The draft appears when the contact ends"],
  draftMaking: ["초안을 만드는 중입니다", "The draft is being made"],
  openSummary: ["펼치기", "Open"],
  foldSummary: ["접기", "Fold"],
  inquiry: ["문의내용", "Inquiry"],
  handling: ["처리내용", "Handling"],
  followup: ["후속조치", "Follow-up"],
  category: ["상담유형", "Category"],
  agency: ["기관", "Agency"],
  due: ["기한", "Due"],
  owner: ["담당", "Owner"],
  result: ["결과", "Result"],
  draftNotes: ["초안에서 확인할 것", "To check in the draft"],
  draftWriting: ["초안을 쓰는 중입니다", "The draft is being written"],
  draftClean: ["초안에 확인이 필요하다고 표시된 말이 없습니다", "Nothing in the draft is marked for checking"],
  draftOwn: ["직접 쓴 글입니다", "Your own text"],
  draftWithheld: ["{count}줄을 근거가 없어 뺐습니다", "{count} lines were left out: nothing said supports them"],
  fallbackAway: [
    "언어 모델이 답하지 않아 대화에서 그대로 뽑았습니다",
    "The language model did not answer: these are words from the conversation",
  ],
  fallbackLate: [
    "언어 모델이 늦어 대화에서 그대로 뽑았습니다",
    "The language model was too late: these are words from the conversation",
  ],
  fallbackUnusable: [
    "언어 모델의 글을 쓸 수 없어 대화에서 그대로 뽑았습니다",
    "What the language model wrote cannot be used: these are words from the conversation",
  ],
  doubtNumber: ["말하지 않은 수", "Number nobody said"],
  doubtDate: ["말하지 않은 날짜", "Date nobody said"],
  doubtAmount: ["말하지 않은 금액", "Amount nobody said"],
  doubtPhone: ["말하지 않은 전화번호", "Phone number nobody said"],
  doubtAddress: ["말하지 않은 주소", "Address nobody said"],
  doubtName: ["말하지 않은 이름", "Name nobody said"],
  doubtsHere: ["확인 {count}", "Check {count}"],
  requiredEmpty: ["비어 있습니다", "Empty"],
  otherCategories: ["다른 상담유형", "Other categories"],
  useCategory: ["상담유형을 '{label}'(으)로 바꾸기, 확신 {percent}%", "Change the category to '{label}', {percent}% sure"],
  playEvidence: ["근거 {time} 듣기: {text}", "Play evidence {time}: {text}"],
  stopEvidence: ["근거 {time} 멈추기: {text}", "Stop evidence {time}: {text}"],
  listens: ["근거 소리 듣기", "Play evidence"],
  listensHint: [
    "켜 두면 통화가 끝난 뒤 근거 시각을 누를 때 소리도 나옵니다",
    "When on, pressing an evidence's time plays it, too, once the call is over",
  ],
  soundLoading: ["소리를 불러오는 중…", "Loading sound…"],
  soundPlaying: ["근거를 듣는 중 {at} / {length}", "Playing evidence {at} / {length}"],
  soundUnplayable: ["이 브라우저에서 소리를 낼 수 없습니다.", "This browser cannot play the sound."],
  soundNone: ["들을 근거가 없습니다", "No evidence to play"],
  evidenceAt: ["근거 {time} 보기: {text}", "Show evidence {time}: {text}"],
  newDraft: ["새 초안이 있습니다", "There is a newer draft"],
  useDraft: ["초안으로 바꾸기", "Use the draft"],
  undoDraft: ["내 글로 되돌리기", "Back to my text"],
  finish: ["저장하고 마치기", "Save and finish"],
  finished: ["저장하고 마쳤습니다", "Saved and finished"],
  stateSaving: ["저장 중…", "Saving…"],
  stateSaved: ["저장됨 {time}", "Saved {time}"],
  stateFailed: ["저장 안 됨 (다시 시도 중)", "Not saved (trying again)"],
  stateRefused: ["저장 안 됨: {message}", "Not saved: {message}"],
  stateIdle: ["고치면 바로 저장됩니다", "Saved as you type"],

  help: ["도움말", "Help"],
  theme: ["화면 밝기", "Theme"],
  themeAuto: ["시스템", "System"],
  themeLight: ["밝게", "Light"],
  themeDark: ["어둡게", "Dark"],
  language: ["English", "한국어"],

  unreachable: [
    "서버에 닿지 못했습니다. 연결을 확인하고 다시 시도해 주십시오.",
    "The server could not be reached. Check the connection and try again.",
  ],
  serverFailed: [
    "서버가 요청을 처리하지 못했습니다 ({status}). 잠시 뒤 다시 시도해 주십시오.",
    "The server could not handle the request ({status}). Try again shortly.",
  ],
  sessionOver: ["로그인이 끝났습니다. 다시 로그인해 주십시오.", "Your session is over. Please sign in again."],
} as const satisfies Record<string, readonly [string, string]>;

export type TextKey = keyof typeof TEXT;

export type Values = Readonly<Record<string, string | number>>;

/** The sentence in the chosen language. */
export function t(key: TextKey, values: Values = {}): string {
  return both(key, values)[lang.value === "ko" ? 0 : 1];
}

/** The sentence in both languages, Korean first. */
export function both(key: TextKey, values: Values = {}): [string, string] {
  return [filled(TEXT[key][0], values), filled(TEXT[key][1], values)];
}

/** The same for the table of a page that is fetched later: whoever does not open it does not load its words. */
export function speaker<K extends string>(
  table: Readonly<Record<K, readonly [string, string]>>,
): (key: K, values?: Values) => string {
  return (key, values = {}) => filled(table[key][lang.value === "ko" ? 0 : 1], values);
}

function filled(sentence: string, values: Values): string {
  return sentence.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

/** A channel's or call's time as mm:ss, or h:mm:ss from an hour on. */
export function clockTime(duration_ms: number): string {
  const seconds = Math.max(0, Math.floor(duration_ms / 1000));
  const pad = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** A length of time as m:ss. */
export function durationText(duration_ms: number): string {
  const seconds = Math.max(0, Math.round(duration_ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Time of day, 24 hours: 12:03, or 12:03:05 with seconds. */
export function timeOfDay(at_ms: number, seconds = false): string {
  return new Date(at_ms).toLocaleTimeString("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    ...(seconds ? { second: "2-digit" } : {}),
  });
}
