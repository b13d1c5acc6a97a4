/** What the help sheet says: fetched when somebody asks for help. */
import { speaker } from "./text";

const WORDS = {
  shortcuts: ["단축키", "Keyboard shortcuts"],
  shortcutsOn: ["글자 단축키 쓰기", "Use letter shortcuts"],
  shortcutsNote: [
    "글을 쓰는 동안에는 단축키가 듣지 않습니다. Esc를 누르면 입력란에서 나옵니다.",
    "Shortcuts rest while you type. Esc leaves a field.",
  ],

  keyCard: ["안내 1~4번으로 가기", "Go to guide 1-4"],
  keyCopy: ["안내 복사", "Copy the guide"],
  keyAnswer: ["말할 문장 복사", "Copy the sentence to say"],
  keyRenew: ["안내의 새 내용 보기", "Show the guide's new text"],
  keySimilar: ["비슷한 글 보기", "Show similar guides"],
  keyPages: ["다른 화면으로", "Other pages"],
  keyPin: ["안내 고정 / 풀기", "Pin or unpin the guide"],
  keyDismiss: ["안내 치우기", "Dismiss the guide"],
  keyOpen: ["안내 원문 열기", "Open the article"],
  keyHelpful: ["도움 됨 / 안 됨", "Helpful / not helpful"],
  keyWaiting: ["새 안내 보기", "Show new guides"],
  keySearch: ["안내 찾기", "Search guides"],
  keyFind: ["대화에서 찾기", "Find in conversation"],
  keyLatest: ["대화 맨 아래로", "To the latest words"],
  keySwap: ["화자 바꾸기", "Swap speakers"],
  keySuspect: ["잘못 들었을 수 있는 말 (← →)", "Misheard words (← →)"],
  keyLanguage: ["통화 언어 고르기", "Choose the call language"],
  keySummary: ["상담 정리 열기 / 접기", "Open or fold the wrap-up"],
  keyDraft: ["지금 초안 만들기", "Draft now"],
  keyFinish: ["저장하고 마치기", "Save and finish"],
  keyPlay: ["마지막으로 본 근거 듣기 / 멈추기", "Play or stop the evidence shown last"],
  keyContact: ["앞 / 다음 상담", "Previous / next contact"],
  keyNewCall: ["새 통화로 가기", "Go to new call"],
  keyMicrophone: ["마이크 켜기 / 끄기", "Microphone on or off"],
  keyHangUp: ["통화 끊기", "Hang up"],
  keyHelp: ["이 도움말", "This help"],
  keyEscape: ["닫기, 입력란에서 나오기", "Close, leave a field"],
} as const satisfies Record<string, readonly [string, string]>;

export type KeyWord = keyof typeof WORDS;

export const say = speaker<KeyWord>(WORDS);

/** What the help sheet shows; the order is that of the panel's parts. */
export const HELP: readonly { keys: readonly string[]; label: KeyWord }[] = [
  { keys: ["1", "2", "3", "4"], label: "keyCard" },
  { keys: ["c"], label: "keyCopy" },
  { keys: ["a"], label: "keyAnswer" },
  { keys: ["p"], label: "keyPin" },
  { keys: ["x"], label: "keyDismiss" },
  { keys: ["o"], label: "keyOpen" },
  { keys: ["+", "-"], label: "keyHelpful" },
  { keys: ["r"], label: "keyRenew" },
  { keys: ["v"], label: "keyWaiting" },
  { keys: ["b"], label: "keySimilar" },
  { keys: ["/"], label: "keySearch" },
  { keys: ["f"], label: "keyFind" },
  { keys: ["g"], label: "keyLatest" },
  { keys: ["w"], label: "keySwap" },
  { keys: ["u"], label: "keySuspect" },
  { keys: ["l"], label: "keyLanguage" },
  { keys: ["s"], label: "keySummary" },
  { keys: ["d"], label: "keyDraft" },
  { keys: ["Ctrl+Enter"], label: "keyFinish" },
  { keys: ["e"], label: "keyPlay" },
  { keys: ["[", "]"], label: "keyContact" },
  { keys: ["n"], label: "keyNewCall" },
  { keys: ["m"], label: "keyMicrophone" },
  { keys: ["Shift+H"], label: "keyHangUp" },
  { keys: ["k"], label: "keyPages" },
  { keys: ["?", "h"], label: "keyHelp" },
  { keys: ["Esc"], label: "keyEscape" },
];
