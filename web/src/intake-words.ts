/** What the ways to begin a call say: fetched with them. */
import { speaker } from "./text";

const WORDS = {
  newCall: ["새 통화", "New call"],
  samples: ["모의 통화", "Sample calls"],
  samplesNone: ["모의 통화가 없습니다", "No sample calls"],
  samplesFailed: ["모의 통화 목록을 불러오지 못했습니다", "Sample calls could not be loaded"],
  play: ["듣기 시작: {title}", "Start: {title}"],
  recording: ["녹음 파일", "Recording"],
  dropHere: ["녹음 파일을 여기에 놓으세요", "Drop a recording here"],
  uploading: ["올리는 중 {percent}%", "Uploading {percent}%"],
  micStart: ["마이크로 통화", "Talk by microphone"],
  micStop: ["마이크 끄기", "Stop microphone"],
  micOpening: ["마이크 여는 중…", "Opening microphone…"],
  micLevel: ["소리 크기", "Input level"],
  micDenied: [
    "마이크를 쓸 수 없습니다. 브라우저 주소창에서 마이크를 허용한 뒤 다시 눌러 주십시오.",
    "The microphone cannot be used. Allow it in the browser's address bar and press again.",
  ],
  micInsecure: [
    "마이크는 https 또는 localhost 주소에서만 쓸 수 있습니다.",
    "The microphone works only on https or localhost addresses.",
  ],
  micLost: ["연결이 끊겨 마이크를 껐습니다.", "The connection broke, the microphone was stopped."],
} as const satisfies Record<string, readonly [string, string]>;

export const say = speaker<keyof typeof WORDS>(WORDS);
