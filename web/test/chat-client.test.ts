import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ChatClient, type ClientOptions } from "../src/chat/client";
import { DEAD_MS, PING_MS, WAKING_MS } from "../src/chat/link";
import { MOST_PENDING, type Store } from "../src/chat/outbox";
import { MAX_TEXT } from "../src/chat/typing";
import type { Body, ChatEntry, ChatHead, ChatMessage, ChatRequest, Party, Receipts } from "../src/contracts";

const CHAT = "00000000-0000-4000-8000-000000000001";
const OTHER = "00000000-0000-4000-8000-000000000002";
const CITIZEN: Party = { side: "citizen", staff_id: "", name: "파란 우산", sees_all: false };
const AGENT: Party = { side: "staff", staff_id: "kim", name: "김상담", sees_all: false };
const RECEIPTS: Receipts = { citizen_delivered: 0, citizen_read: 0, staff_delivered: 0, staff_read: 0 };

class FakeSocket {
  readyState = 0;
  sent: ChatRequest[] = [];
  onopen: (() => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;

  send(data: string): void {
    this.sent.push(JSON.parse(data) as ChatRequest);
  }
  close(): void {
    this.readyState = 3;
  }
  accept(you: Party = CITIZEN): void {
    this.readyState = 1;
    this.onopen?.();
    this.hear({ type: "welcome", version: 1, you, server_ms: Date.now(), available: null });
  }
  hear(message: ChatMessage): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  break(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
  of<T extends ChatRequest["type"]>(type: T): Extract<ChatRequest, { type: T }>[] {
    return this.sent.filter((each) => each.type === type) as Extract<ChatRequest, { type: T }>[];
  }
}

let sockets: FakeSocket[];
let kept: Map<string, string>;
let client: ChatClient;

const storage: Store = {
  getItem: (key) => kept.get(key) ?? null,
  setItem: (key, value) => void kept.set(key, value),
  removeItem: (key) => void kept.delete(key),
};

function made(options: Partial<ClientOptions> = {}): ChatClient {
  return new ChatClient({
    openSocket: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
    ticket: () => Promise.resolve("the-ticket"),
    storage,
    ...options,
  });
}

const socket = (): FakeSocket => sockets.at(-1)!;
const chat = (id = CHAT) => client.chats.value.get(id)!;
const texts = (): string[] => chat().lines.value.map(({ body }) => (body.kind === "said" ? body.text : body.kind));
const head = (last_seq: number, more: Partial<ChatHead> = {}): ChatHead => ({
  ...{ contact_id: CHAT, epoch: "e1", last_seq, state: "serving", channel: "web", language: "ko", skill: "" },
  ...{ nickname: "", facts: {}, simulated: false, opened_at_ms: 0, queued_at_ms: 0, front: false, agent: AGENT },
  ...{ watchers: [], live_typing: false, urgent: false, citizen_wrote_ms: null, staff_wrote_ms: null },
  ...{ unanswered_since_ms: null, warned_at_ms: null, stayed_ms: null, offered: [], topic: "", solved_by: "" },
  ...{ rating: null, blocked: false, ended_at_ms: null },
  ...more,
});
const entry = (seq: number, body: Body, author: Party = AGENT, client_id = ""): ChatEntry => ({
  ...{ contact_id: CHAT, seq, at_ms: seq, author, client_id, body },
});
const said = (text: string): Body => ({ kind: "said", text, replies: [], suggestion_id: "", profane: [] });
const snapshot = (entries: ChatEntry[] = [], more: Partial<ChatHead> = {}): ChatMessage => ({
  type: "snapshot",
  head: head(entries.at(-1)?.seq ?? 0, more),
  entries,
  receipts: RECEIPTS,
  reason: "first",
});
const replayed = (entries: ChatEntry[], last = entries.at(-1)?.seq ?? 0, more: Partial<ChatHead> = {}): ChatMessage => ({
  ...{ type: "replayed", head: head(last, more), entries, receipts: RECEIPTS },
});
const ack = (client_id: string, seq: number): ChatMessage => ({
  ...{ type: "ack", contact_id: CHAT, client_id, seq, at_ms: seq },
});

/** Everything that waits for a promise or a timer up to then. */
const after = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

async function connected(more: Partial<ChatHead> = {}, entries: ChatEntry[] = []): Promise<void> {
  client.attend(CHAT);
  client.start();
  await after(0);
  socket().accept();
  socket().hear(snapshot(entries, more));
}

async function reconnected(): Promise<void> {
  socket().break();
  await after(600);
  socket().accept();
}

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  kept = new Map();
  client = made();
});

afterEach(() => {
  client.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("a reply window", () => {
  it("is shown while the citizen writes from elsewhere, and gone when they come to our own page", async () => {
    await connected();
    const window = { type: "window", contact_id: CHAT, channel: "instagram", until_ms: 5, max_chars: 333 } as const;
    socket().hear(window);
    expect(chat().window.value).toEqual(window);
    socket().hear({ ...window, channel: "web", until_ms: 0, max_chars: 2000 });
    expect(chat().window.value).toBeNull();
  });
});

describe("a connection", () => {
  it("opens with a fresh ticket each time, and attends", async () => {
    let number = 0;
    client = made({ ticket: () => Promise.resolve(`ticket-${(number += 1)}`) });
    await connected({}, [entry(1, said("안녕하세요"))]);
    expect(socket().sent.slice(0, 2)).toEqual([
      { type: "open", version: 1, ticket: "ticket-1" },
      { type: "attend", contact_id: CHAT, epoch: "", last_seq: 0 },
    ]);
    await reconnected();
    expect(socket().sent.slice(0, 2)).toEqual([
      { type: "open", version: 1, ticket: "ticket-2" },
      { type: "attend", contact_id: CHAT, epoch: "e1", last_seq: 1 },
    ]);
  });

  it("is of staff without a ticket", async () => {
    client = made({ ticket: null });
    await connected();
    expect(socket().of("open")[0]!.ticket).toBe("");
  });

  it("tries again when no ticket can be had, and takes no late one", async () => {
    const answers: ((ticket: string) => void)[] = [];
    client = made({ ticket: () => new Promise((resolve) => answers.push(resolve)) });
    client.start();
    await after(11_000);
    expect(answers.length).toBe(2);
    answers[0]!("too late");
    await after(0);
    expect(sockets.length).toBe(0);
    answers[1]!("in time");
    await after(0);
    expect(sockets.length).toBe(1);
  });

  it("is given up when a ping stays without answer", async () => {
    await connected();
    await after(DEAD_MS);
    expect(client.link.value.kind).toBe("waiting");
    expect(socket().readyState).toBe(3);
  });

  it("lives while pings are answered, and pings seldom", async () => {
    await connected();
    for (let times = 0; times < 10; times += 1) {
      const ping = socket().of("ping").at(-1)!;
      socket().hear({ type: "pong", sent_ms: ping.sent_ms, server_ms: ping.sent_ms + 500 });
      await after(PING_MS);
    }
    expect(sockets.length).toBe(1);
    expect(socket().of("ping").length).toBe(11);
    expect(client.clockOffset_ms.value).toBe(500);
  });

  it("comes back when the server asks for it, not before", async () => {
    await connected();
    socket().hear({ type: "reconnect", after_ms: 4000 });
    await after(4000);
    expect(sockets.length).toBe(1);
    await after(600);
    expect(sockets.length).toBe(2);
  });

  it("says with which code it was closed, and does not hammer where it is not allowed", async () => {
    const codes: (number | null)[] = [];
    client = made({ onLost: (code) => codes.push(code) });
    await connected();
    socket().break(1008);
    expect(codes).toEqual([1008]);
    await after(1500);
    expect(sockets.length).toBe(1);
    await after(4500);
    expect(sockets.length).toBe(2);
  });

  it("stops for good", async () => {
    await connected();
    client.stop();
    await after(60_000);
    expect(sockets.length).toBe(1);
    expect(client.link.value.kind).toBe("closed");
  });
});

describe("a page that sleeps or loses its network", () => {
  const page = new EventTarget();
  let visible: "visible" | "hidden" = "visible";
  const papers = Object.assign(new EventTarget(), {});
  Object.defineProperty(papers, "visibilityState", { get: () => visible });

  beforeEach(() => {
    vi.stubGlobal("document", papers);
    vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
    vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
  });

  it("does not wait for a timer", async () => {
    await connected();
    page.dispatchEvent(new Event("offline"));
    expect(client.link.value.kind).toBe("waiting");
    page.dispatchEvent(new Event("online"));
    await after(0);
    expect(sockets.length).toBe(2);
  });

  it("asks at once whether its line still lives when it is seen again", async () => {
    await connected();
    socket().hear({ type: "pong", sent_ms: Date.now(), server_ms: Date.now() });
    visible = "hidden";
    papers.dispatchEvent(new Event("visibilitychange"));
    expect(socket().of("ping").length).toBe(1);
    visible = "visible";
    papers.dispatchEvent(new Event("visibilitychange"));
    expect(socket().of("ping").length).toBe(2);
    await after(WAKING_MS);
    expect(client.link.value.kind).toBe("waiting");
  });
});

describe("what is said", () => {
  it("is pending until its entry is here", async () => {
    await connected();
    const id = client.submit(CHAT, { kind: "said", text: "여보세요" })!;
    expect(chat().pending.value.map((each) => each.client_id)).toEqual([id]);
    expect(socket().of("send")).toEqual([{ type: "send", contact_id: CHAT, client_id: id, body: said("여보세요") }]);
    socket().hear(ack(id, 1));
    expect(chat().pending.value.map((each) => each.seq)).toEqual([1]);
    socket().hear({ type: "entry", entry: entry(1, said("여보세요"), CITIZEN, id) });
    expect(chat().pending.value).toEqual([]);
    expect(texts()).toEqual(["여보세요"]);
  });

  it("goes out one after the other", async () => {
    await connected();
    const ids = ["하나", "둘", "셋"].map((text) => client.submit(CHAT, { kind: "said", text })!);
    expect(socket().of("send").length).toBe(1);
    ids.forEach((id, number) => socket().hear(ack(id, number + 1)));
    expect(socket().of("send").map((each) => each.client_id)).toEqual(ids);
  });

  it("chatwoot 15743: is the same message when it is sent again", async () => {
    await connected();
    client.submit(CHAT, { kind: "said", text: "두 번 가면 안 되는 글" });
    const before = socket().of("send");
    await reconnected();
    expect(socket().of("send")).toEqual(before);
    const id = before[0]!.client_id;
    socket().hear(replayed([entry(1, said("두 번 가면 안 되는 글"), CITIZEN, id)]));
    socket().hear(ack(id, 1));
    expect(texts()).toEqual(["두 번 가면 안 되는 글"]);
    expect(chat().pending.value).toEqual([]);
    await reconnected();
    expect(socket().of("send")).toEqual([]);
  });

  it("chatwoot 14934: a reply given while the line was away is there when it is back", async () => {
    await connected({}, [entry(1, said("잠시만요"))]);
    await reconnected();
    expect(socket().of("attend")[0]!.last_seq).toBe(1);
    socket().hear(replayed([entry(2, said("확인했습니다")), entry(3, said("더 있나요"))]));
    expect(texts()).toEqual(["잠시만요", "확인했습니다", "더 있나요"]);
    expect(chat().unread.value).toBe(3);
  });

  it("survives a reload", async () => {
    await connected();
    const ids = ["하나", "둘"].map((text) => client.submit(CHAT, { kind: "said", text })!);
    client.stop();
    client = made();
    await connected();
    expect(chat().pending.value.map((each) => each.client_id)).toEqual(ids);
    expect(socket().of("send").map((each) => each.client_id)).toEqual([ids[0]]);
    for (const [number, id] of ids.entries()) {
      socket().hear({ type: "entry", entry: entry(number + 1, said("글"), CITIZEN, id) });
    }
    expect(kept.size).toBe(0);
  });

  it("does without a storage that fails or holds nonsense", async () => {
    kept.set(`sangdam.chat.unsent.${CHAT}`, '[{"client_id":1},null,{"client_id":"x"}]');
    client = made({
      storage: {
        ...storage,
        setItem: () => {
          throw new Error("full");
        },
      },
    });
    await connected();
    expect(chat().pending.value).toEqual([]);
    expect(client.submit(CHAT, { kind: "stayed" })).not.toBeNull();
  });

  it("waits when it is refused for now, and keeps its order", async () => {
    await connected();
    const [first] = ["하나", "둘"].map((text) => client.submit(CHAT, { kind: "said", text })!);
    const refused = { code: "overloaded", ko: "", en: "", again: true, wait_ms: 1000 };
    socket().hear({ type: "refused", contact_id: CHAT, client_id: first!, ...refused });
    expect(socket().of("send").length).toBe(1);
    await after(1600);
    expect(socket().of("send").map((each) => each.client_id)).toEqual([first, first]);
  });

  it("says why it is refused for good, and may be tried again or given up", async () => {
    await connected();
    const [first, second] = ["하나", "둘"].map((text) => client.submit(CHAT, { kind: "said", text })!);
    const refusal = { code: "conflict", ko: "끝난 상담입니다.", en: "ended", again: false, wait_ms: 0 };
    socket().hear({ type: "refused", contact_id: CHAT, client_id: first!, ...refusal });
    expect(chat().pending.value[0]!.refusal?.ko).toBe("끝난 상담입니다.");
    expect(socket().of("send").at(-1)!.client_id).toBe(second);
    socket().hear(ack(second!, 1));
    client.retry(CHAT, first!);
    expect(socket().of("send").at(-1)!.client_id).toBe(first);
    client.discard(CHAT, first!);
    expect(chat().pending.value.map((each) => each.client_id)).toEqual([second]);
  });

  it("is sent again when no answer comes on a line that lives", async () => {
    await connected();
    client.submit(CHAT, { kind: "stayed" });
    for (let second = 0; second < 16; second += 1) {
      const now_ms = Date.now();
      socket().hear({ type: "pong", sent_ms: now_ms, server_ms: now_ms });
      await after(1000);
    }
    expect(sockets.length).toBe(1);
    expect(new Set(socket().of("send").map((each) => each.client_id)).size).toBe(1);
    expect(socket().of("send").length).toBe(2);
  });

  it("is not taken when it is too long, or too much is unsent", async () => {
    await connected();
    expect(client.submit(CHAT, { kind: "said", text: "가".repeat(MAX_TEXT + 1) })).toBeNull();
    expect(client.submit(CHAT, { kind: "said", text: "😀".repeat(MAX_TEXT) })).not.toBeNull();
    for (let number = 1; number < MOST_PENDING; number += 1) client.submit(CHAT, { kind: "stayed" });
    expect(client.submit(CHAT, { kind: "stayed" })).toBeNull();
  });

  it("is given up when the server cannot take a frame so long", async () => {
    await connected();
    const id = client.submit(CHAT, { kind: "said", text: "글" })!;
    socket().break(1009);
    expect(chat().pending.value[0]).toMatchObject({ client_id: id, refusal: { code: "bad-request" } });
  });
});

describe("what comes", () => {
  it("is shown once, and a hole is asked for", async () => {
    const heard: number[] = [];
    client = made({ onEntry: (one) => heard.push(one.seq) });
    await connected({}, [entry(1, said("하나"))]);
    socket().hear({ type: "entry", entry: entry(1, said("하나")) });
    socket().hear({ type: "entry", entry: entry(3, said("셋")) });
    expect(texts()).toEqual(["하나"]);
    await after(1000);
    expect(socket().of("attend").at(-1)).toMatchObject({ epoch: "e1", last_seq: 1 });
    socket().hear(replayed([entry(2, said("둘")), entry(3, said("셋"))]));
    expect(texts()).toEqual(["하나", "둘", "셋"]);
    expect(heard).toEqual([2, 3]);
  });

  it("may overlap with what is known", async () => {
    const heard: number[] = [];
    client = made({ onEntry: (one) => heard.push(one.seq) });
    await connected({}, [entry(1, said("하나")), entry(2, said("둘"))]);
    await reconnected();
    socket().hear(replayed([entry(2, said("둘")), entry(3, said("셋"))]));
    expect(texts()).toEqual(["하나", "둘", "셋"]);
    expect(heard).toEqual([3]);
  });

  it("asks for everything when a replay does not join", async () => {
    await connected({}, [entry(1, said("하나"))]);
    socket().hear(replayed([entry(5, said("다섯"))]));
    await after(1000);
    expect(socket().of("attend").at(-1)).toMatchObject({ epoch: "", last_seq: 0 });
  });

  it("is told as delivered, and as read when it was", async () => {
    await connected({}, [entry(1, said("안녕하세요"))]);
    await after(200);
    expect(socket().of("got")).toEqual([{ type: "got", contact_id: CHAT, delivered: 1, read: 0 }]);
    expect(chat().unread.value).toBe(1);
    client.read(CHAT, 1);
    await after(200);
    expect(socket().of("got").at(-1)).toMatchObject({ delivered: 1, read: 1 });
    expect(chat().unread.value).toBe(0);
    socket().hear({ type: "entry", entry: entry(2, said("네"), CITIZEN) });
    await after(200);
    expect(socket().of("got").length).toBe(2);
  });

  it("of a conversation that a supervisor only looks at is no receipt", async () => {
    client = made({ ticket: null });
    client.attend(CHAT);
    client.start();
    await after(0);
    socket().accept({ ...AGENT, staff_id: "boss", sees_all: true });
    socket().hear(snapshot([entry(1, said("도와주세요"), CITIZEN)]));
    client.read(CHAT, 1);
    await after(200);
    expect(socket().of("got")).toEqual([]);
    expect(chat().unread.value).toBe(0);
  });

  it("keeps conversations apart", async () => {
    client = made({ ticket: null });
    client.attend(OTHER);
    await connected();
    socket().hear({ ...snapshot([entry(1, said("하나"))]) } as ChatMessage);
    expect(chat(OTHER).lines.value).toEqual([]);
    expect(socket().of("attend").map((each) => each.contact_id)).toEqual([OTHER, CHAT]);
    client.leave(OTHER);
    expect(socket().of("leave").length).toBe(1);
    expect(client.chats.value.has(OTHER)).toBe(false);
  });

  it("raises receipts and never lowers them", async () => {
    await connected({}, [entry(1, said("하나"))]);
    socket().hear({ type: "receipts", contact_id: CHAT, receipts: { ...RECEIPTS, staff_read: 5 } });
    socket().hear({ type: "receipts", contact_id: CHAT, receipts: { ...RECEIPTS, staff_delivered: 3 } });
    expect(chat().receipts.value).toEqual({ ...RECEIPTS, staff_read: 5, staff_delivered: 3 });
  });

  it("may be a message of a newer server", async () => {
    await connected();
    socket().onmessage?.({ data: '{"type":"later"}' });
    socket().onmessage?.({ data: "no json" });
    socket().onmessage?.({ data: new ArrayBuffer(1) });
    expect(client.link.value.kind).toBe("open");
  });

  it("says why a conversation cannot be shown", async () => {
    await connected();
    const refusal = { code: "not-found", ko: "없습니다.", en: "none", again: false, wait_ms: 0 };
    socket().hear({ type: "refused", contact_id: CHAT, client_id: "", ...refusal });
    expect(chat().refusal.value?.code).toBe("not-found");
  });

  it("shows edits and withdrawals, and leaves other lines the same objects", async () => {
    await connected({}, [entry(1, said("하나")), entry(2, said("둘")), entry(3, said("셋"))]);
    const before = chat().lines.value;
    socket().hear({ type: "entry", entry: entry(4, { kind: "edited", of_seq: 2, text: "이" }) });
    socket().hear({ type: "entry", entry: entry(5, { kind: "withdrawn", of_seq: 3 }) });
    expect(texts()).toEqual(["하나", "이", "hidden"]);
    expect(chat().lines.value[0]).toBe(before[0]);
  });
});

describe("live typing", () => {
  const on: Body = { kind: "live_typing", on: true };

  it("shows nothing of the words until it is switched on", async () => {
    await connected();
    client.type(CHAT, "비밀");
    expect(socket().of("typing")).toMatchObject([{ event: "edit", text: "", actions: [], is_composing: true }]);
    socket().hear({ type: "entry", entry: entry(1, on, CITIZEN) });
    await after(300);
    expect(socket().of("typing").at(-1)).toMatchObject({ event: "reset", text: "비밀" });
  });

  it("sends changes of the field, gathered, in code points", async () => {
    await connected({ live_typing: true });
    for (const text of ["ㅎ", "하", "한", "한😀"]) {
      client.type(CHAT, text);
      await after(100);
    }
    await after(300);
    const sent = socket().of("typing");
    expect(sent.map((each) => [each.event, each.seq])).toEqual([
      ["reset", 0],
      ["edit", 1],
      ["edit", 2],
    ]);
    expect(sent.at(-1)!.actions).toEqual([["t", 1, "😀"]]);
  });

  it("ends with the message, which has the draft's id", async () => {
    await connected({ live_typing: true });
    client.type(CHAT, "안녕");
    const draft = socket().of("typing")[0]!.draft;
    expect(client.submit(CHAT, { kind: "said", text: "안녕" })).toBe(draft);
    client.type(CHAT, "");
    await after(5000);
    expect(socket().of("typing").length).toBe(1);
  });

  it("of staff never carries words", async () => {
    client = made({ ticket: null });
    await connected({ live_typing: true });
    client.type(CHAT, "초안");
    expect(JSON.stringify(socket().of("typing"))).not.toContain("초안");
    expect(socket().of("typing").length).toBe(1);
  });

  it("of the other side is shown until the message is there, or it is forgotten", async () => {
    client = made({ ticket: null });
    await connected({ live_typing: true });
    const typing = { contact_id: CHAT, draft: "draft-01", actions: [], is_composing: true, name: "파란 우산" };
    const hear = (seq: number, text: string): void =>
      socket().hear({ type: "typing", seq, event: "reset", text, side: "citizen", ...typing } as ChatMessage);
    hear(0, "저는");
    expect(chat().typing.value).toEqual([{ side: "citizen", name: "파란 우산", text: "저는" }]);
    socket().hear({ type: "entry", entry: entry(1, said("저는요"), CITIZEN, "draft-01") });
    expect(chat().typing.value).toEqual([]);
    hear(1, "저는 늦게 온 것");
    expect(chat().typing.value).toEqual([]);
    typing.draft = "draft-02";
    hear(0, "다음");
    socket().hear({ type: "entry", entry: entry(2, { kind: "live_typing", on: false }, CITIZEN) });
    expect(chat().typing.value).toEqual([{ side: "citizen", name: "파란 우산", text: null }]);
    await after(31_000);
    expect(chat().typing.value).toEqual([]);
  });

  it("begins anew on another connection", async () => {
    await connected({ live_typing: true });
    client.type(CHAT, "쓰던 글");
    await reconnected();
    socket().hear(replayed([], 0, { live_typing: true }));
    await after(300);
    expect(socket().of("typing")).toMatchObject([{ event: "reset", text: "쓰던 글" }]);
  });

  it("tells what was written before the conversation was there", async () => {
    client.attend(CHAT);
    client.start();
    await after(0);
    socket().accept();
    await after(0);
    client.type(CHAT, "빨리 쓴 글");
    await after(50);
    socket().hear(snapshot([], { live_typing: true }));
    await after(300);
    expect(socket().of("typing")).toMatchObject([{ event: "reset", text: "빨리 쓴 글" }]);
  });
});

describe("staff", () => {
  it("take part in the queue, also when the wish came before the line", async () => {
    client = made({ ticket: null });
    client.available(true, 2);
    await connected();
    expect(socket().of("available")).toEqual([{ type: "available", on: true, capacity: 2 }]);
    expect(client.availability.value?.on).toBe(true);
    socket().hear({ type: "waiting", count: 3, longest_ms: 1000, urgent: 1, agents: 2 });
    expect(client.waiting.value?.count).toBe(3);
  });
});
