/**
 * The line of a chat: comes back by itself, notices when the other side is gone, wakes up with the page.
 *
 * As the panel's `Connection`, for thousands of phones: pings are rare, and a page that comes out of a pocket asks at
 * once whether its line still lives.
 */
import { ServerClock, backoffMs, type Link } from "../connection";
import { CLOSE_NOT_ALLOWED } from "./words";
import type { ChatMessage, ChatRequest } from "../contracts";

export const PING_MS = 20_000;
/** A ping without answer. */
export const DEAD_MS = 10_000;
/** The same when the page wakes up: most often the line is dead then. */
export const WAKING_MS = 3000;
/** For the ticket, the connection and the greeting. */
export const CONNECT_MS = 10_000;

/** Attempts that a line that is not allowed is behind at once: a new ticket every few seconds, not every moment. */
const DENIED_ATTEMPTS = 3;

export interface LinkParts {
  openSocket: () => WebSocket;
  /** Of citizens; null for staff. Asked for before each connection. */
  ticket: (() => Promise<string>) | null;
  /** The socket is open, and takes messages. */
  onOpen: (ticket: string) => void;
  onMessage: (message: ChatMessage) => void;
  onLink: (link: Link) => void;
  /** The line broke or could not be opened; the code of the WebSocket's close, if there is one. */
  onLost: (code: number | null) => void;
}

export class ChatLink {
  readonly clock = new ServerClock();
  private socket: WebSocket | null = null;
  /** Of the connection that is being opened: an older one's ticket comes too late. */
  private turn = 0;
  private attempt = 0;
  private pinged_ms: number | null = null;
  private ticking: ReturnType<typeof setInterval> | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private patience: ReturnType<typeof setTimeout> | undefined;
  private isStopped = true;
  private isConnecting = false;

  constructor(private readonly parts: LinkParts) {}

  start(): void {
    if (!this.isStopped) return;
    this.isStopped = false;
    if (typeof addEventListener === "function") {
      addEventListener("online", this.hurry);
      addEventListener("offline", this.cut);
      addEventListener("pageshow", this.wake);
    }
    if (typeof document !== "undefined") document.addEventListener("visibilitychange", this.seen);
    void this.connect();
  }

  stop(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    if (typeof removeEventListener === "function") {
      removeEventListener("online", this.hurry);
      removeEventListener("offline", this.cut);
      removeEventListener("pageshow", this.wake);
    }
    if (typeof document !== "undefined") document.removeEventListener("visibilitychange", this.seen);
    this.drop();
    clearTimeout(this.retry);
    this.parts.onLink({ kind: "closed" });
  }

  /** False when there is no line now. */
  send(request: ChatRequest): boolean {
    if (this.socket?.readyState !== 1) return false;
    this.socket.send(JSON.stringify(request));
    return true;
  }

  /** Something was to be answered long ago: is anybody there? */
  doubt(): void {
    this.ping(DEAD_MS);
  }

  private readonly hurry = (): void => {
    if (this.isStopped || this.isConnecting || this.socket) return;
    clearTimeout(this.retry);
    void this.connect();
  };

  private readonly cut = (): void => this.lost(null);

  /** After a sleep: do not wait for a timer. */
  private readonly wake = (): void => {
    if (this.socket?.readyState === 1) this.ping(WAKING_MS);
    else this.hurry();
  };

  private readonly seen = (): void => {
    if (document.visibilityState === "visible") this.wake();
  };

  private async connect(): Promise<void> {
    this.turn += 1;
    const turn = this.turn;
    this.isConnecting = true;
    this.parts.onLink({ kind: "connecting" });
    this.patience = setTimeout(() => this.lost(null), CONNECT_MS);
    let ticket = "";
    if (this.parts.ticket) {
      try {
        ticket = await this.parts.ticket();
      } catch {
        if (turn === this.turn && !this.isStopped) this.lost(null);
        return;
      }
      if (turn !== this.turn || this.isStopped) return;
    }
    this.open(ticket);
  }

  private open(ticket: string): void {
    const socket = this.parts.openSocket();
    this.socket = socket;
    socket.onopen = () => {
      if (socket !== this.socket) return;
      this.parts.onOpen(ticket);
    };
    socket.onmessage = (message: MessageEvent<unknown>) => {
      if (socket === this.socket) this.receive(message.data);
    };
    socket.onclose = (event: CloseEvent) => {
      if (socket === this.socket) this.lost((event as CloseEvent | undefined)?.code ?? null);
    };
  }

  private receive(data: unknown): void {
    const message = read(data);
    if (!message) return;
    switch (message.type) {
      case "welcome":
        this.welcomed();
        break;
      case "pong":
        this.pinged_ms = null;
        clearTimeout(this.patience);
        this.clock.heard(message.sent_ms, message.server_ms, Date.now());
        break;
      case "reconnect":
        this.comeBack(message.after_ms + backoffMs(0, Math.random()), null);
        return;
    }
    this.parts.onMessage(message);
  }

  private welcomed(): void {
    clearTimeout(this.patience);
    this.attempt = 0;
    this.isConnecting = false;
    this.pinged_ms = null;
    this.parts.onLink({ kind: "open" });
    this.ping(DEAD_MS);
    clearInterval(this.ticking);
    this.ticking = setInterval(() => this.ping(DEAD_MS), PING_MS);
  }

  private ping(limit_ms: number): void {
    if (this.isConnecting) return;
    const now_ms = Date.now();
    if (!this.send({ type: "ping", sent_ms: now_ms })) return;
    const since_ms = this.pinged_ms ?? now_ms;
    this.pinged_ms = since_ms;
    clearTimeout(this.patience);
    // From the first ping without answer: asking again does not make the line live longer.
    this.patience = setTimeout(() => this.lost(null), Math.max(WAKING_MS, since_ms + limit_ms - now_ms));
  }

  private lost(code: number | null): void {
    if (this.isStopped || (!this.socket && !this.isConnecting)) return;
    if (code === CLOSE_NOT_ALLOWED) this.attempt = Math.max(this.attempt, DENIED_ATTEMPTS);
    this.comeBack(backoffMs(this.attempt, Math.random()), code);
    this.attempt += 1;
  }

  private comeBack(wait_ms: number, code: number | null): void {
    this.drop();
    this.parts.onLink({ kind: "waiting", retry_at_ms: Date.now() + wait_ms });
    clearTimeout(this.retry);
    this.retry = setTimeout(() => void this.connect(), wait_ms);
    this.parts.onLost(code);
  }

  private drop(): void {
    clearInterval(this.ticking);
    clearTimeout(this.patience);
    this.turn += 1;
    this.isConnecting = false;
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }
}

/** Null for what is no message of ours: a newer server may say more. */
function read(data: unknown): ChatMessage | null {
  if (typeof data !== "string") return null;
  try {
    const message: unknown = JSON.parse(data);
    return typeof message === "object" && message !== null && "type" in message ? (message as ChatMessage) : null;
  } catch {
    return null;
  }
}
