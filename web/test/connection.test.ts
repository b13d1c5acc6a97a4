import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CONNECT_MS, Connection, DEAD_MS, PING_MS, ServerClock, backoffMs, type Link } from "../src/connection";
import type { PanelMessage } from "../src/contracts";

class FakeSocket {
  static readonly OPEN = 1;
  readyState = 0;
  sent: { type: string }[] = [];
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;

  send(data: string): void {
    this.sent.push(JSON.parse(data) as { type: string });
  }
  close(): void {
    this.readyState = 3;
  }
  accept(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  hear(message: PanelMessage): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

let sockets: FakeSocket[];
let links: Link[];
let connection: Connection;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeSocket);
  sockets = [];
  links = [];
  connection = new Connection({
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
    onMessage: () => {},
    onLink: (link) => links.push(link),
    onLost: () => {},
  });
  connection.start();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const hello: PanelMessage = {
  type: "hello",
  staff: { staff_id: "kim", name: "김", role: "agent" },
  server_ms: 0,
  contacts: [],
  complete: true,
};

describe("back-off", () => {
  it("doubles up to a limit, never less than half of it", () => {
    expect([0, 1, 2, 3].map((attempt) => backoffMs(attempt, 1))).toEqual([500, 1000, 2000, 4000]);
    expect(backoffMs(50, 1)).toBe(15_000);
    expect(backoffMs(3, 0)).toBe(2000);
  });

  it("grows while the server is away and starts anew once it greets", () => {
    const waits: number[] = [];
    vi.spyOn(Math, "random").mockReturnValue(1);
    for (let attempt = 0; attempt < 4; attempt += 1) {
      sockets.at(-1)!.onclose?.();
      const link = links.at(-1)!;
      waits.push(link.kind === "waiting" ? link.retry_at_ms - Date.now() : -1);
      vi.advanceTimersByTime(waits.at(-1)!);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000]);
    sockets.at(-1)!.accept();
    sockets.at(-1)!.hear(hello);
    sockets.at(-1)!.onclose?.();
    expect(links.at(-1)).toEqual({ kind: "waiting", retry_at_ms: Date.now() + 500 });
  });
});

describe("the line", () => {
  it("is dead when a ping stays without answer", () => {
    sockets[0]!.accept();
    vi.advanceTimersByTime(DEAD_MS + PING_MS);
    expect(links.at(-1)?.kind).toBe("connecting");
    expect(sockets[0]!.readyState).toBe(3);
    expect(sockets).toHaveLength(2);
  });

  it("lives as long as pings are answered", () => {
    sockets[0]!.accept();
    for (let second = 0; second < 60; second += 5) {
      sockets[0]!.hear({ type: "pong", sent_ms: Date.now(), server_ms: Date.now() });
      vi.advanceTimersByTime(PING_MS);
    }
    expect(sockets).toHaveLength(1);
    expect(sockets[0]!.sent.filter((message) => message.type === "ping").length).toBeGreaterThan(10);
  });

  it("waits as long as the server asks for", () => {
    sockets[0]!.accept();
    sockets[0]!.hear({ type: "reconnect", after_ms: 3000 });
    vi.advanceTimersByTime(3000);
    expect(sockets).toHaveLength(1);
    vi.advanceTimersByTime(600);
    expect(sockets).toHaveLength(2);
  });

  it("is given up when nobody answers at all", () => {
    vi.advanceTimersByTime(CONNECT_MS);
    expect(links.at(-1)?.kind).toBe("waiting");
    expect(sockets[0]!.readyState).toBe(3);
  });

  it("hears nothing more of a socket that was given up", () => {
    sockets[0]!.accept();
    connection.lost();
    sockets[0]!.onclose?.();
    connection.hurry();
    vi.advanceTimersByTime(CONNECT_MS - 1);
    expect(sockets).toHaveLength(2);
  });
});

it("the server's clock is taken from the quickest answer", () => {
  const clock = new ServerClock();
  clock.heard(1000, 6500, 2000);
  clock.heard(3000, 8010, 3020);
  expect(clock.offset_ms).toBe(5000);
});
