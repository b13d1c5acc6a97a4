import { describe, expect, it } from "vitest";
import { matching } from "../src/chat-desk/canned";
import { Drafts, EMPTY_DRAFT, charactersLeft, inserted, withReply } from "../src/chat-desk/drafts";
import { mayChange, nextUnanswered, reachOf, waitParts, waitsSince_ms } from "../src/chat-desk/marks";
import { LONG, hintsOf, sentencesOf } from "../src/chat-desk/plain";
import { coordinates, lineId, noticeOf, piecesOf, steadyLines } from "../src/chat-desk/rows";
import { canWrite, timeText } from "../src/chat-desk/state-line";
import { Chat } from "../src/chat/chat";
import type { Body, ChatHead } from "../src/contracts";

const HEAD: ChatHead = {
  contact_id: "a",
  epoch: "e",
  last_seq: 1,
  state: "serving",
  channel: "web",
  language: "ko",
  skill: "",
  nickname: "",
  facts: {},
  simulated: false,
  opened_at_ms: 0,
  queued_at_ms: 10,
  front: false,
  agent: null,
  watchers: [],
  live_typing: false,
  urgent: false,
  citizen_wrote_ms: null,
  staff_wrote_ms: null,
  unanswered_since_ms: null,
  warned_at_ms: null,
  stayed_ms: null,
  offered: [],
  topic: "",
  solved_by: "",
  rating: null,
  blocked: false,
  ended_at_ms: null,
};

describe("hints", () => {
  it("tells the longest of the sentences that are too long", () => {
    const long = "가".repeat(LONG);
    expect(hintsOf(`${long}나. 짧은 글입니다. ${long}나다.`)).toEqual([{ kind: "long", count: LONG + 3 }]);
    expect(hintsOf(`${long.slice(1)}.`)).toEqual([]);
    expect(hintsOf("")).toEqual([]);
  });

  it("counts neither the parts of a date as sentences nor an address letter by letter", () => {
    expect(sentencesOf("2026. 3. 2. 오전에 오세요. 신분증을 가져오세요!\n고맙습니다")).toEqual([
      "2026. 3. 2. 오전에 오세요.",
      "신분증을 가져오세요!",
      "고맙습니다",
    ]);
    expect(hintsOf(`https://news.seoul.go.kr/${"a".repeat(80)} 을 보세요.`)).toEqual([]);
  });

  it("knows words of official letters, in the order of the text", () => {
    expect(hintsOf("구비서류를 익일까지 송부해 주십시오.")).toEqual([
      { kind: "hard", word: "구비서류", plain: "준비할 서류" },
      { kind: "hard", word: "익일", plain: "다음 날" },
      { kind: "hard", word: "송부", plain: "보내기" },
    ]);
    expect(hintsOf("여권을 신청하기 전에 사진을 준비하세요.")).toEqual([]);
  });
});

describe("drafts", () => {
  const stored = new Map<string, string>();
  const storage = {
    getItem: (name: string) => stored.get(name) ?? null,
    setItem: (name: string, value: string) => void stored.set(name, value),
    removeItem: (name: string) => void stored.delete(name),
  };

  it("survive a reload, one for each chat, and go when they are empty", () => {
    new Drafts(storage).keep("a", { ...EMPTY_DRAFT, text: "안녕하세", replies: ["네"] });
    new Drafts(storage).keep("b", { ...EMPTY_DRAFT, text: "다른 글" });
    const again = new Drafts(storage);
    expect(again.of("a")).toEqual({ ...EMPTY_DRAFT, text: "안녕하세", replies: ["네"] });
    again.keep("a", EMPTY_DRAFT);
    expect([...stored.keys()]).toEqual(["sangdam.reply.b"]);
  });

  it("are empty where what is stored is none", () => {
    stored.set("sangdam.reply.c", "{");
    stored.set("sangdam.reply.d", '{"text": 3}');
    const drafts = new Drafts(storage);
    expect([drafts.of("c"), drafts.of("d")]).toEqual([EMPTY_DRAFT, EMPTY_DRAFT]);
  });

  it("last as long as the page where nothing can be stored", () => {
    const full = { ...storage, setItem: () => { throw new Error("full"); } };
    const drafts = new Drafts(full);
    drafts.keep("e", { ...EMPTY_DRAFT, text: "글" });
    expect(drafts.of("e").text).toBe("글");
  });

  it("take a passage on lines of its own", () => {
    expect(inserted("", 0, 0, "안내")).toEqual({ text: "안내", at: 2 });
    expect(inserted("네.뒤", 2, 2, "안내")).toEqual({ text: "네.\n안내\n뒤", at: 5 });
    expect(inserted("네 골라서 뒤", 2, 5, "안내")).toEqual({ text: "네 안내 뒤", at: 4 });
  });

  it("count code points, and take no button that cannot go", () => {
    expect(charactersLeft("가😀", 3)).toBe(1);
    expect(withReply(["네"], " 아니요 ")).toEqual(["네", "아니요"]);
    for (const bad of ["", " ", "네", "가".repeat(41)]) expect(withReply(["네"], bad)).toEqual(["네"]);
    const eight = ["1", "2", "3", "4", "5", "6", "7", "8"];
    expect(withReply(eight, "9")).toBe(eight);
  });
});

describe("canned answers", () => {
  const answers = [
    { title: "인사", text: "안녕하세요. 여권 담당입니다." },
    { title: "여권 재발급", text: "구청에서 신청합니다." },
    { title: "끝인사", text: "좋은 하루 되세요." },
  ];
  const found = (asked: string) => matching(answers, asked).map(({ title }) => title);

  it("are found by words, by initial consonants, titles first", () => {
    expect(found("")).toEqual(["인사", "여권 재발급", "끝인사"]);
    expect(found("여권")).toEqual(["여권 재발급", "인사"]);
    expect(found("구청 여권")).toEqual(["여권 재발급"]);
    expect(found("ㄲㅇㅅ")).toEqual(["끝인사"]);
    expect(found("없는 말")).toEqual([]);
  });
});

describe("marks", () => {
  const heads = [
    { ...HEAD, contact_id: "late", unanswered_since_ms: 500 },
    { ...HEAD, contact_id: "early", unanswered_since_ms: 100 },
    { ...HEAD, contact_id: "urgent", urgent: true, unanswered_since_ms: 900 },
    { ...HEAD, contact_id: "answered" },
    { ...HEAD, contact_id: "over", state: "ended" as const, unanswered_since_ms: 1 },
  ];

  it("lead to an emergency, then to who waits longest, and walk on", () => {
    expect(nextUnanswered(heads, null)).toBe("urgent");
    expect(nextUnanswered(heads, "urgent")).toBe("early");
    expect(nextUnanswered(heads.slice(0, 1), "late")).toBe("late");
    expect(nextUnanswered(heads.slice(3), null)).toBeNull();
  });

  it("tell since when somebody waits", () => {
    expect(waitsSince_ms({ ...HEAD, state: "waiting" })).toBe(10);
    expect(waitsSince_ms({ ...HEAD, unanswered_since_ms: 77 })).toBe(77);
    expect(waitsSince_ms({ ...HEAD, state: "resting", unanswered_since_ms: 77 })).toBeNull();
    expect(waitParts(3_725_400)).toEqual({ hours: 1, minutes: 2, seconds: 5 });
    expect(waitParts(-5)).toEqual({ hours: 0, minutes: 0, seconds: 0 });
  });

  it("tell how far a line has come", () => {
    const receipts = { citizen_delivered: 5, citizen_read: 3, staff_delivered: 9, staff_read: 9 };
    expect([3, 4, 5, 6].map((seq) => reachOf(seq, receipts))).toEqual(["read", "delivered", "delivered", "sent"]);
    expect(mayChange(1000, 60_999)).toBe(true);
    expect(mayChange(1000, 61_000)).toBe(false);
  });
});

describe("lines", () => {
  const author = { side: "staff" as const, staff_id: "kim", name: "김상담", sees_all: false };
  const line = (body: Body) =>
    ({ seq: 7, at_ms: 0, author, client_id: "", body, edited_ms: null, is_withdrawn: false });

  it("are cut at what the gateway marked, in code points", () => {
    expect(piecesOf("😀 이런 욕 뭐", [[5, 6]])).toEqual([
      { text: "😀 이런 ", isProfane: false },
      { text: "욕", isProfane: true },
      { text: " 뭐", isProfane: false },
    ]);
    expect(piecesOf("글", [[0, 9], [0, 1]])).toEqual([{ text: "글", isProfane: true }]);
    expect(piecesOf("", [])).toEqual([]);
  });

  it("are found by the name that the masked conversation gives them", () => {
    expect(lineId("c", line({ kind: "taken" }))).toBe("said-c/1/7");
    expect(lineId("c", { seq: 3, author: { ...author, side: "citizen" } })).toBe("said-c/0/3");
    expect(coordinates(37.5, 127)).toBe("37.500000, 127.000000");
  });

  it("stay the same objects until they are edited or withdrawn", () => {
    const old = line({ kind: "taken" });
    const known = new Map([[old.seq, old]]);
    expect(steadyLines(known, [{ ...old }])[0]).toBe(old);
    for (const change of [{ edited_ms: 5 }, { is_withdrawn: true }, { seq: 8 }]) {
      expect(steadyLines(known, [{ ...old, ...change }])).toEqual([{ ...old, ...change }]);
    }
  });

  it("tell in words what nobody said", () => {
    expect(noticeOf(line({ kind: "taken" }))).toBe("김상담 상담사가 맡았습니다");
    expect(noticeOf(line({ kind: "requeued", reason: "agent_lost", front: true }))).toContain("다시 대기");
    expect(noticeOf(line({ kind: "ended", reason: "" }))).toBe("김상담 상담사가 상담을 끝냈습니다");
    expect(noticeOf(line({ kind: "transferred", staff_id: "lee", skill: "", note: "세금" }))).toContain("메모: 세금");
    expect(noticeOf(line({ kind: "noted", text: "메모" }))).toBeNull();
  });
});

describe("a reply", () => {
  it("goes while the chat is open and its channel takes one", () => {
    const chat = new Chat("a", "staff", null, "draft");
    expect(canWrite(chat, 0)).toBe(false);
    chat.head.value = HEAD;
    expect(canWrite(chat, 0)).toBe(true);
    chat.window.value = { type: "window", contact_id: "a", channel: "kakao", until_ms: 1000, max_chars: 1000 };
    expect([canWrite(chat, 999), canWrite(chat, 1000)]).toEqual([true, false]);
    chat.window.value = null;
    chat.head.value = { ...HEAD, state: "ended" };
    expect(canWrite(chat, 0)).toBe(false);
  });

  it("is told how long it may wait in the unit that says enough", () => {
    expect([7_500_000, 61_000, 9_900].map(timeText)).toEqual(["2시간 5분", "1분", "9초"]);
  });
});
