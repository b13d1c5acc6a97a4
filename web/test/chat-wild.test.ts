/** Two pages on a gateway that fails at every point: the shipped client loses nothing, doubles nothing, keeps the order. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ChatClient } from "../src/chat/client";
import { headAfter } from "../src/chat/head";
import type { ChatEntry, ChatHead, ChatMessage, ChatRequest, Party, Receipts } from "../src/contracts";

const CHAT = "00000000-0000-4000-8000-000000000001";
const RECEIPTS: Receipts = { citizen_delivered: 0, citizen_read: 0, staff_delivered: 0, staff_read: 0 };
const KEPT = 6;

type Fault = "" | "before commit" | "after commit" | "before ack" | "busy";

/** The same numbers each time. */
function chances(seed: number): () => number {
  let state = seed + 0x9e3779b9;
  return () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}

class Line {
  readyState = 0;
  up: ChatRequest[] = [];
  down: ChatMessage[] = [];
  isAttending = false;
  onopen: (() => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;

  constructor(readonly page: Page) {}
  send(data: string): void {
    this.up.push(JSON.parse(data) as ChatRequest);
  }
  close(): void {
    this.readyState = 3;
  }
}

class Page {
  line: Line | null = null;
  said: string[] = [];
  kept = new Map<string, string>();
  client: ChatClient;

  constructor(readonly who: Party) {
    this.client = this.opened();
  }

  /** The page is loaded (again): all that it has is what it stored. */
  opened(): ChatClient {
    this.client = new ChatClient({
      openSocket: () => (this.line = new Line(this)) as unknown as WebSocket,
      ticket: this.who.side === "citizen" ? () => Promise.resolve("t") : null,
      storage: {
        getItem: (key) => this.kept.get(key) ?? null,
        setItem: (key, value) => void this.kept.set(key, value),
        removeItem: (key) => void this.kept.delete(key),
      },
    });
    this.client.attend(CHAT);
    this.client.start();
    return this.client;
  }

  get chat() {
    return this.client.chats.value.get(CHAT)!;
  }

  say(text: string): void {
    const id = this.client.submit(CHAT, { kind: "said", text });
    if (id) this.said.push(id);
  }

  cut(): void {
    const line = this.line;
    this.line = null;
    if (line && line.readyState !== 3) {
      line.readyState = 3;
      line.onclose?.({ code: 1006 });
    }
  }
}

class Gateway {
  log: ChatEntry[] = [];
  head: ChatHead = {
    ...{ contact_id: CHAT, epoch: "e1", last_seq: 0, state: "serving", channel: "web", language: "ko", skill: "" },
    ...{ nickname: "", facts: {}, simulated: false, opened_at_ms: 0, queued_at_ms: 0, front: false, agent: null },
    ...{ watchers: [], live_typing: false, urgent: false, citizen_wrote_ms: null, staff_wrote_ms: null },
    ...{ unanswered_since_ms: null, warned_at_ms: null, stayed_ms: null, offered: [], topic: "", solved_by: "" },
    ...{ rating: null, blocked: false, ended_at_ms: null },
  };

  constructor(readonly pages: Page[]) {}

  /** Takes one message of a page. */
  up(page: Page, fault: Fault): boolean {
    const line = page.line;
    if (!line || line.readyState === 3) return false;
    if (line.readyState === 0) {
      line.readyState = 1;
      line.onopen?.();
      return true;
    }
    const request = line.up.shift();
    if (!request) return false;
    const { who } = page;
    if (request.type === "open") {
      line.down.push({ type: "welcome", version: 1, you: who, server_ms: Date.now(), available: null });
    } else if (request.type === "ping") {
      line.down.push({ type: "pong", sent_ms: request.sent_ms, server_ms: Date.now() });
    } else if (request.type === "attend") {
      const { last_seq } = request;
      const isReplay = request.epoch === "e1" && this.log.length - last_seq <= KEPT;
      const entries = isReplay ? this.log.slice(last_seq) : this.log.slice(-KEPT);
      const shown = { head: this.head, entries, receipts: RECEIPTS };
      line.down.push(isReplay ? { type: "replayed", ...shown } : { type: "snapshot", ...shown, reason: "first" });
      line.isAttending = true;
    } else if (request.type === "send") {
      this.submit(page, line, request, fault);
    }
    return true;
  }

  down(page: Page): boolean {
    const line = page.line;
    const message = line?.readyState === 1 ? line.down.shift() : undefined;
    if (message) line!.onmessage?.({ data: JSON.stringify(message) });
    return message !== undefined;
  }

  private submit(page: Page, line: Line, { client_id, body }: ChatRequest & { type: "send" }, fault: Fault): void {
    const names = { contact_id: CHAT, client_id };
    if (fault === "before commit") return page.cut();
    if (fault === "busy") {
      line.down.push({ type: "refused", ...names, code: "overloaded", ko: "", en: "", again: true, wait_ms: 50 });
      return;
    }
    let entry = this.log.find((each) => each.client_id === client_id);
    if (!entry) {
      entry = { contact_id: CHAT, seq: this.log.length + 1, at_ms: Date.now(), author: page.who, client_id, body };
      this.log.push(entry);
      this.head = headAfter(this.head, entry);
      for (const other of this.pages) if (other.line?.isAttending) other.line.down.push({ type: "entry", entry });
    }
    if (fault === "after commit") for (const other of this.pages) other.cut();
    else if (fault === "before ack") page.cut();
    else line.down.push({ type: "ack", ...names, seq: entry.seq, at_ms: entry.at_ms });
  }
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

async function lived(seed: number): Promise<void> {
  const chance = chances(seed);
  const pages = [
    new Page({ side: "citizen", staff_id: "", name: "", sees_all: false }),
    new Page({ side: "staff", staff_id: "kim", name: "김상담", sees_all: false }),
  ];
  const gateway = new Gateway(pages);
  const faults: Fault[] = ["before commit", "after commit", "before ack", "busy"];
  for (let step = 0; step < 250; step += 1) {
    const page = pages[Math.floor(chance() * 2)]!;
    const what = chance();
    if (what < 0.1) page.say(`${step}번째 글`);
    else if (what < 0.5) gateway.up(page, chance() < 0.12 ? faults[Math.floor(chance() * 4)]! : "");
    else if (what < 0.85) gateway.down(page);
    else if (what < 0.87) page.cut();
    else if (what < 0.88) {
      page.client.stop();
      page.line = null;
      page.opened();
    } else await vi.advanceTimersByTimeAsync(chance() * 900);
  }
  for (let quiet = 0; quiet < 40; quiet += 1) {
    for (const page of pages) while (gateway.up(page, "") || gateway.down(page));
    await vi.advanceTimersByTimeAsync(500);
  }

  const names = gateway.log.map((entry) => entry.client_id);
  expect(new Set(names).size).toBe(names.length);
  for (const page of pages) {
    expect(names.filter((name) => page.said.includes(name))).toEqual(page.said);
    expect(page.chat.pending.value).toEqual([]);
    expect(page.kept.size).toBe(0);
    const shown = page.chat.lines.value.map((line) => line.seq);
    expect(shown.length).toBeGreaterThanOrEqual(Math.min(KEPT, names.length));
    expect(shown).toEqual(gateway.log.slice(-shown.length || names.length).map((entry) => entry.seq));
    expect(page.chat.head.value).toEqual(gateway.head);
    page.client.stop();
  }
}

it.each(Array.from({ length: 40 }, (_, seed) => seed))("wild conversation %i ends as a fresh one", lived);
