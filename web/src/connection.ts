/**
 * The panel's WebSocket: comes back by itself, knows when the other side is dead, knows the server's clock.
 */
import type { PanelMessage, PanelRequest } from "./contracts";

export type Link =
  | { kind: "open" }
  | { kind: "connecting" }
  /** Tried again at `retry_at_ms` (this machine's clock). */
  | { kind: "waiting"; retry_at_ms: number }
  | { kind: "closed" };

export const PING_MS = 5000;
export const DEAD_MS = 10_000;
/** A server that is there accepts in far less; one whose machine is gone never answers at all. */
export const CONNECT_MS = 8000;
const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/** Exponential with jitter (half fixed, half random), so that a thousand panels do not return at once. */
export function backoffMs(attempt: number, random: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(full / 2 + (full / 2) * random);
}

/** Server time minus ours, from the quickest of the last answers: the least waiting, the least error. */
export class ServerClock {
  private samples: { offset_ms: number; round_trip_ms: number }[] = [];

  heard(sent_ms: number, server_ms: number, now_ms: number): void {
    const round_trip_ms = Math.max(0, now_ms - sent_ms);
    this.samples.push({ offset_ms: server_ms - (sent_ms + round_trip_ms / 2), round_trip_ms });
    if (this.samples.length > 12) this.samples.shift();
  }

  get offset_ms(): number {
    let best: { offset_ms: number; round_trip_ms: number } | undefined;
    for (const sample of this.samples) {
      if (!best || sample.round_trip_ms < best.round_trip_ms) best = sample;
    }
    return best?.offset_ms ?? 0;
  }
}

export interface ConnectionParts {
  open: () => WebSocket;
  onMessage: (message: PanelMessage) => void;
  onLink: (link: Link) => void;
  /** An attempt failed or the line broke: the moment to ask whether we are still signed in. */
  onLost: () => void;
}

export class Connection {
  readonly clock = new ServerClock();
  private socket: WebSocket | null = null;
  private attempt = 0;
  private unanswered_since_ms: number | null = null;
  private ticking: ReturnType<typeof setInterval> | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private patience: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;

  constructor(private readonly parts: ConnectionParts) {}

  start(): void {
    this.stopped = false;
    this.connect();
  }

  stop(): void {
    this.stopped = true;
    this.drop();
    clearTimeout(this.retry);
    this.parts.onLink({ kind: "closed" });
  }

  /** False when there is no line now. */
  send(request: PanelRequest): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(request));
    return true;
  }

  /** The network came back: do not wait for the timer. */
  hurry(): void {
    if (this.stopped || this.socket) return;
    clearTimeout(this.retry);
    this.connect();
  }

  /** The network went away: do not wait for the dead-peer time. */
  lost(): void {
    if (!this.stopped && this.socket) this.comeBack(backoffMs(this.attempt++, Math.random()));
  }

  private connect(): void {
    this.parts.onLink({ kind: "connecting" });
    const socket = this.parts.open();
    this.socket = socket;
    this.patience = setTimeout(() => this.lost(), CONNECT_MS);
    socket.onopen = () => {
      if (socket !== this.socket) return;
      clearTimeout(this.patience);
      this.parts.onLink({ kind: "open" });
      this.unanswered_since_ms = null;
      this.ping();
      this.ticking = setInterval(() => this.tick(), PING_MS);
    };
    socket.onmessage = (message: MessageEvent<unknown>) => {
      if (socket === this.socket) this.receive(message.data);
    };
    socket.onclose = () => {
      if (socket === this.socket) this.lost();
    };
  }

  private receive(data: unknown): void {
    if (typeof data !== "string") return;
    const message = JSON.parse(data) as PanelMessage;
    switch (message.type) {
      case "hello":
        this.attempt = 0;
        break;
      case "pong":
        this.unanswered_since_ms = null;
        this.clock.heard(message.sent_ms, message.server_ms, Date.now());
        break;
      case "reconnect":
        this.comeBack(message.after_ms + backoffMs(0, Math.random()));
        return;
    }
    this.parts.onMessage(message);
  }

  private tick(): void {
    // Only an unanswered ping tells: a sleeping tab sends none, and silence alone is no death.
    if (this.unanswered_since_ms !== null && Date.now() - this.unanswered_since_ms >= DEAD_MS) this.lost();
    else this.ping();
  }

  private ping(): void {
    this.unanswered_since_ms ??= Date.now();
    this.send({ type: "ping", sent_ms: Date.now() });
  }

  private comeBack(wait_ms: number): void {
    this.drop();
    this.parts.onLink({ kind: "waiting", retry_at_ms: Date.now() + wait_ms });
    this.parts.onLost();
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.connect(), wait_ms);
  }

  private drop(): void {
    clearInterval(this.ticking);
    clearTimeout(this.patience);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }
}
