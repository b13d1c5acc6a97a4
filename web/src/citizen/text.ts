/** Every sentence of the citizens' page, Korean and English: plain and short. `{name}` is filled in. */
import { lang, type Lang } from "./preferences";

const TEXT = {
  product: ["채팅 상담", "Chat"],
  skip: ["글 쓰는 칸으로 가기", "Go to the message field"],
  loading: ["불러오는 중입니다.", "Loading."],
  unreachable: [
    "서버에 연결할 수 없습니다. 인터넷을 확인하고 다시 눌러 주세요.",
    "The server cannot be reached. Check your connection and press again.",
  ],
  retry: ["다시 시도", "Try again"],
  close: ["닫기", "Close"],
  cancel: ["그만두기", "Cancel"],
  you: ["나", "You"],
  staff: ["상담사", "Agent"],
  system: ["안내", "Notice"],

  otherWays: ["다른 방법", "Other ways"],
  opensOutside: ["새 창", "new window"],

  startTitle: ["글로 상담하기", "Chat with us"],
  startNote: ["전화하지 않아도 됩니다. 글로 묻고 글로 답을 받습니다.", "No phone needed. You write, we write back."],
  hoursOpen: ["지금 상담할 수 있습니다.", "We are open now."],
  hoursClosed: [
    "지금은 상담 시간이 아닙니다. 글을 남기면 상담 시간에 답합니다.",
    "We are closed now. Leave a message and we answer during opening hours.",
  ],
  hours: ["상담 시간: {hours}", "Opening hours: {hours}"],
  topicQuestion: ["무엇을 도와드릴까요?", "What is it about?"],
  topicAny: ["잘 모르겠어요", "I am not sure"],
  nickname: ["부를 이름 (안 적어도 됩니다)", "What to call you (optional)"],
  nicknameHint: ["진짜 이름이 아니어도 됩니다.", "It need not be your real name."],
  language: ["언어", "Language"],
  keptTitle: ["대화는 어떻게 보관되나요?", "What is kept?"],
  keptWho: [
    "상담사와 그 책임자만 읽습니다.",
    "Only the agent and the agent's supervisors read it.",
  ],
  keptHow: [
    "대화는 암호로 잠가서 보관합니다. 보관 기간이 지나면 지웁니다.",
    "The conversation is stored encrypted, and deleted when its time is over.",
  ],
  keptWhat: [
    "주민등록번호와 카드 번호는 적지 마세요.",
    "Do not write your resident number or card numbers.",
  ],
  keptHere: [
    "이 기기에서 이어서 볼 수 있습니다. 같이 쓰는 기기라면 끝날 때 '이 기기에서 지우기'를 누르세요.",
    "You can come back to it on this device. On a shared device, press 'Remove from this device' at the end.",
  ],
  start: ["상담 시작하기", "Start the chat"],
  starting: ["시작하는 중입니다.", "Starting."],

  linkTitle: ["채팅 상담이 준비되었습니다", "Your chat is ready"],
  linkNote: [
    "통화하던 내용을 이어서 글로 상담합니다. 아래 단추를 누르면 시작합니다.",
    "Continue in writing where your call was. Press the button to begin.",
  ],
  linkStart: ["채팅 시작", "Start the chat"],
  linkElse: ["링크 없이 새로 시작하기", "Start without the link"],

  conversation: ["대화", "Conversation"],
  earlier: ["앞의 대화 더 보기", "Show earlier messages"],
  earlierFailed: ["앞의 대화를 불러오지 못했습니다.", "Earlier messages could not be loaded."],
  newBelow: ["새 메시지 {count}개 보기", "Show {count} new messages"],

  linkConnecting: ["연결하는 중입니다.", "Connecting."],
  linkOffline: [
    "인터넷이 끊겼습니다. 쓴 글은 그대로 있습니다. 연결되면 저절로 보냅니다.",
    "You are offline. What you wrote is kept and is sent when you are back.",
  ],
  linkWaiting: [
    "다시 연결하는 중입니다. 쓴 글은 그대로 있습니다.",
    "Reconnecting. What you wrote is kept.",
  ],
  keyLost: [
    "이 대화를 더 열 수 없습니다. 새 상담을 시작해 주세요.",
    "This conversation cannot be opened any more. Please start a new one.",
  ],

  placeNext: ["다음 차례입니다.", "You are next."],
  placeBehind: ["앞에 {count}명이 기다리고 있습니다.", "{count} people are waiting before you."],
  expectUnder: ["1분 안에 시작합니다.", "It starts within a minute."],
  expectMinutes: ["약 {minutes}분 걸립니다.", "About {minutes} minutes."],
  expectUnknown: ["얼마나 걸릴지는 아직 모릅니다.", "We cannot tell yet how long it takes."],
  waitingPlain: ["상담사를 기다리고 있습니다.", "Waiting for an agent."],
  waitingWrite: ["기다리는 동안 먼저 글을 써도 됩니다.", "You can already write while you wait."],
  closedNow: [
    "지금은 상담 시간이 아닙니다. 글을 남기면 상담 시간에 답합니다.",
    "We are closed now. Leave a message and we answer during opening hours.",
  ],
  serving: ["{name} 상담사와 이야기하고 있습니다.", "You are talking with {name}."],
  servingNoName: ["상담사와 이야기하고 있습니다.", "You are talking with an agent."],
  resting: [
    "대화를 잠시 쉬고 있습니다. 글을 쓰면 다시 이어집니다.",
    "The conversation is resting. Write something and it goes on.",
  ],
  ended: ["상담이 끝났습니다.", "The chat is over."],
  endedSelf: ["안내로 해결되었습니다. 상담이 끝났습니다.", "Solved by a guide. The chat is over."],
  blocked: ["상담사가 이 상담을 끝냈습니다.", "The agent ended this chat."],

  field: ["메시지", "Message"],
  fieldHint: ["Enter: 보내기 · Shift+Enter: 줄 바꾸기", "Enter sends · Shift+Enter starts a new line"],
  send: ["보내기", "Send"],
  tooLong: ["{count}자를 줄여 주세요. 한 번에 2,000자까지 보낼 수 있습니다.", "{count} characters too many: at most 2,000."],
  tooMany: [
    "보내지 못한 글이 너무 많습니다. 연결된 뒤에 다시 보내 주세요.",
    "Too much is unsent. Please send this again when you are online.",
  ],
  quick: ["바로 답하기", "Quick replies"],
  menu: ["메뉴", "Menu"],

  pending: ["보내는 중", "Sending"],
  pendingOffline: ["연결되면 보냄", "Sent when online"],
  sent: ["보냄", "Sent"],
  delivered: ["전달됨", "Delivered"],
  read: ["상담사가 읽음", "Read by the agent"],
  edited: ["고침", "edited"],
  withdrawn: ["지운 메시지입니다.", "This message was withdrawn."],
  refused: ["보내지 못함", "Not sent"],
  again: ["다시 보내기", "Send again"],
  drop: ["지우기", "Remove"],
  edit: ["고치기", "Edit"],
  editOf: ["고치기: {text}", "Edit: {text}"],
  withdraw: ["지우기", "Withdraw"],
  withdrawOf: ["지우기: {text}", "Withdraw: {text}"],
  editing: ["보낸 글을 고치고 있습니다.", "You are editing a sent message."],
  saveEdit: ["고친 글 보내기", "Send the change"],

  liveTitle: ["글 쓰는 대로 보여주기", "Show my typing live"],
  liveNote: ["지금 쓰는 글이 상담사에게 바로 보입니다.", "The agent sees what you write while you write it."],
  liveIsOn: ["켜져 있습니다. 지금 쓰는 글이 상담사에게 바로 보입니다.", "On. The agent sees what you write right now."],
  liveOn: ["켜기", "Turn on"],
  liveYes: ["켜짐", "on"],
  liveNo: ["꺼짐", "off"],
  isWriting: ["상담사가 글을 쓰고 있습니다.", "The agent is writing."],
  writesNow: ["상담사가 지금 쓰는 글", "The agent is writing"],

  guidesTitle: ["이 안내가 도움이 되나요?", "Does this help?"],
  guidesNote: ["상담사가 오기 전에 먼저 볼 수 있습니다. 순서는 그대로입니다.", "To read while you wait. You keep your place."],
  guideSource: ["출처: {source}", "Source: {source}"],
  guideDepartment: ["담당: {department}", "Department: {department}"],
  guideRevised: ["{date} 기준", "as of {date}"],
  solved: ["해결됐어요", "This solved it"],
  solvedBy: ["해결됐어요: {title}", "This solved it: {title}"],
  waitOn: ["상담사 기다리기", "Wait for an agent"],

  idleTitle: ["아직 계신가요?", "Are you still there?"],
  idleNote: [
    "답이 없으면 대화를 잠시 쉽니다. 대화는 없어지지 않습니다.",
    "Without an answer the conversation rests. It is not lost.",
  ],
  stay: ["계속할게요", "I am here"],
  stayHint: ["빈 칸에서 Enter를 눌러도 됩니다.", "Enter in the empty field does the same."],

  photo: ["사진 보내기", "Send a photo"],
  photoShort: ["사진", "Photo"],
  photoChoose: ["사진 고르기", "Choose a photo"],
  photoTake: ["사진 찍기", "Take a photo"],
  photoNote: [
    "고지서나 표지판처럼 글로 적기 어려운 것을 보여 주세요. 찍은 곳과 시각 같은 정보는 지우고 보냅니다.",
    "Show what is hard to describe. Where and when it was taken is removed.",
  ],
  photoDescription: ["사진 설명 (안 적어도 됩니다)", "Description (optional)"],
  photoPreview: ["보낼 사진", "The photo to send"],
  photoSending: ["사진을 보내는 중입니다.", "Sending the photo."],
  photoBad: ["이 파일은 사진으로 열 수 없습니다. 다른 사진을 골라 주세요.", "This file is not a photo that we can open."],
  photoTooLarge: [
    "사진이 너무 큽니다. {size}MB 아래로 줄여 주세요.",
    "The photo is too large. At most {size} MB.",
  ],
  photoFailed: ["사진을 보내지 못했습니다. 다시 눌러 주세요.", "The photo was not sent. Please press again."],
  photoOfYou: ["내가 보낸 사진", "Photo you sent"],
  photoOfStaff: ["상담사가 보낸 사진", "Photo from the agent"],
  photoOpen: ["크게 보기", "Larger"],
  photoAway: ["사진을 불러오지 못했습니다.", "The photo could not be loaded."],

  place: ["위치 보내기", "Send a place"],
  placeShort: ["위치", "Place"],
  placeNote: [
    "지금 계신 곳을 상담사에게 한 번만 보냅니다. 계속 따라가지 않습니다. 원하지 않으면 주소를 글로 적어도 됩니다.",
    "Sends where you are now, once. You can also write the address instead.",
  ],
  placeFind: ["지금 위치 찾기", "Find where I am"],
  placeFinding: ["위치를 찾는 중입니다.", "Looking for your place."],
  placeFound: ["찾은 위치: {place}", "Found: {place}"],
  placeWithin: ["{place} (오차 약 {meters}m)", "{place} (within about {meters} m)"],
  placeLabel: ["위치 설명 (안 적어도 됩니다)", "Description (optional)"],
  placeDenied: [
    "위치를 볼 수 없습니다. 브라우저에서 위치 사용을 허락하거나 주소를 글로 적어 주세요.",
    "The place cannot be read. Allow it in your browser, or write the address.",
  ],
  placeSend: ["이 위치 보내기", "Send this place"],
  placeOfYou: ["내가 보낸 위치", "Place you sent"],
  placeOfStaff: ["상담사가 보낸 위치", "Place from the agent"],
  placeOpen: ["지도 앱에서 열기", "Open in a map app"],

  settings: ["보기와 알림", "View and alerts"],
  largeType: ["큰 글씨", "Large type"],
  shakeOn: ["새 메시지가 오면 진동", "Vibrate on a new message"],
  flashOn: ["새 메시지가 오면 화면 테두리 표시", "Light the edge on a new message"],
  pushOn: ["화면을 꺼도 새 메시지 알림 받기", "Notify me when the page is closed"],
  pushOff: ["새 메시지 알림 끄기", "Stop notifications"],
  pushIsOn: ["알림을 켰습니다.", "Notifications are on."],
  pushIsOff: ["알림을 껐습니다.", "Notifications are off."],
  pushDenied: [
    "알림을 켤 수 없습니다. 브라우저 설정에서 이 사이트의 알림을 허락해 주세요.",
    "Notifications are blocked. Allow them for this site in your browser.",
  ],
  newMessage: ["새 메시지", "New message"],
  newMessages: ["새 메시지 {count}개", "{count} new messages"],

  transcript: ["대화 내용 받기", "Keep the conversation"],
  save: ["글 파일로 저장", "Save as a text file"],
  saveFailed: ["저장하지 못했습니다. 연결을 확인해 주세요.", "Could not be saved. Check the connection."],
  mail: ["이메일로 받기", "Send by e-mail"],
  mailAddress: ["이메일 주소", "E-mail address"],
  mailNote: ["주소는 보관하지 않습니다.", "The address is not kept."],
  mailSent: ["보냈습니다. 몇 분 안에 도착합니다.", "Sent. It arrives within minutes."],
  mailBad: ["이메일 주소를 확인해 주세요. 예: name@example.com", "Check the address, e.g. name@example.com."],

  end: ["상담 끝내기", "End the chat"],
  endSure: ["정말 끝낼까요?", "Really end it?"],
  endYes: ["끝내기", "End"],
  fresh: ["새 상담", "New chat"],
  erase: ["이 기기에서 지우기", "Remove from this device"],
  eraseNote: ["이 기기에서 대화를 볼 수 없게 됩니다.", "The conversation cannot be seen on this device any more."],

  rateTitle: ["상담이 어떠셨나요?", "How was it?"],
  rate1: ["아주 불편했어요", "Very bad"],
  rate2: ["불편했어요", "Bad"],
  rate3: ["보통이에요", "Fair"],
  rate4: ["좋았어요", "Good"],
  rate5: ["아주 좋았어요", "Very good"],
  rateComment: ["하고 싶은 말 (안 적어도 됩니다)", "Anything to add (optional)"],
  rateSend: ["평가 보내기", "Send the rating"],
  rateMissing: ["다섯 가지 중 하나를 골라 주세요.", "Please choose one of the five."],
  rateThanks: ["고맙습니다. 평가를 잘 받았습니다.", "Thank you for the rating."],

  evJoined: ["{name} 상담사가 대화에 들어왔습니다.", "{name} has joined the conversation."],
  evWatching: ["{name} 책임자가 대화를 보고 있습니다.", "{name}, a supervisor, is reading along."],
  evLeft: ["{name} 상담사가 대화에서 나갔습니다.", "{name} has left the conversation."],
  evAssigned: ["{name} 상담사가 연결되었습니다.", "{name} is here for you."],
  evTransferred: [
    "다른 상담사에게 연결합니다. 처음부터 다시 말하지 않아도 됩니다.",
    "You are being passed on. You need not repeat anything.",
  ],
  evReturned: ["다시 오셨습니다. 상담사를 찾고 있습니다.", "Welcome back. Looking for an agent."],
  evLiveOn: ["글 쓰는 대로 보여주기를 켰습니다.", "Live typing is on."],
  evLiveOff: ["글 쓰는 대로 보여주기를 껐습니다.", "Live typing is off."],
  evEnded: ["상담이 끝났습니다.", "The chat is over."],
  evSolved: ["안내로 해결되었습니다.", "Solved by a guide."],
  evRated: ["평가를 보냈습니다.", "Rating sent."],
  evStayed: ["계속한다고 알렸습니다.", "You said that you are here."],
} as const satisfies Record<string, readonly [ko: string, en: string]>;

export type TextKey = keyof typeof TEXT;

export function t(key: TextKey, filled: Record<string, string | number> = {}): string {
  const sentence: string = TEXT[key][lang.value === "ko" ? 0 : 1];
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => String(filled[name] ?? whole));
}

/** Of a pair that the server sent. */
export function said(pair: { ko: string; en: string }): string {
  return (lang.value === "ko" ? pair.ko : pair.en) || pair.ko;
}

const LOCALES: Record<Lang, string> = { ko: "ko-KR", en: "en" };
const time = (lang: Lang) => new Intl.DateTimeFormat(LOCALES[lang], { hour: "numeric", minute: "2-digit" });
const day = (lang: Lang) => new Intl.DateTimeFormat(LOCALES[lang], { month: "long", day: "numeric" });
const TIME = { ko: time("ko"), en: time("en") };
const DAY = { ko: day("ko"), en: day("en") };

/** Time of day; with the date where it is not today. */
export function clock(at_ms: number, now_ms: number = Date.now()): string {
  const at = new Date(at_ms);
  const told = TIME[lang.value].format(at);
  return at.toDateString() === new Date(now_ms).toDateString() ? told : `${DAY[lang.value].format(at)} ${told}`;
}
