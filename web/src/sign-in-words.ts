/** What the sign-in says: needed once in a shift. */
import { speaker } from "./text";

const WORDS = {
  signInTitle: ["상담 시작하기", "Sign in"],
  login: ["아이디", "Login"],
  password: ["비밀번호", "Password"],
  signIn: ["로그인", "Sign in"],
  signingIn: ["확인하는 중…", "Checking…"],
  signInNote: [
    "시민과 상담사의 대화를 실시간으로 받아 적고, 맞는 안내를 찾아 줍니다.",
    "Writes the conversation down as it is spoken and finds the guide that answers.",
  ],
} as const satisfies Record<string, readonly [string, string]>;

export const say = speaker<keyof typeof WORDS>(WORDS);
