/**
 * The chats of a page over one line: a citizen's one conversation, an agent's many. Specification:
 * `docs/chat-protocol.md`.
 *
 * What is submitted is kept until it is in the log; `sender.ts` sends it, and sends it again.
 */
import { batch, signal } from "@preact/signals";
import type { Link } from "../connection";
import type { Available, ChatEntry, ChatMessage, ChatRefused, Party, Waiting } from "../contracts";
import { Chat } from "./chat";
import { ChatLink } from "./link";
import type { Store } from "./outbox";
import { Sender } from "./sender";
import { MAX_TEXT } from "./typing";
import { CLOSE_TOO_LONG, type Command, MAX_FRAME_BYTES, PROTOCOL_VERSION, newId, whole } from "./words";

export interface ClientOptions {
  openSocket: () => WebSocket;
  /** Of citizens, asked for before each connection; null for staff, who have their cookie. */
  ticket: (() => Promise<string>) | null;
  /** Keeps what is unsent over a reload. */
  storage: Store | null;
  /** After each message of the gateway. */
  onChange?: () => void;
  /** An entry that was not here before, each once; not those of a snapshot. */
  onEntry?: (entry: ChatEntry, chat: Chat) => void;
  /** The line broke: the moment to ask whether we are still signed in. */
  onLost?: (code: number | null) => void;
}

/** Channels on which a reply is taken at any time. */
const OWN_PAGES: ReadonlySet<string> = new Set(["web", "widget", "ars"]);
/** Receipts wait so long for others. */
const GOT_MS = 150;
/** An `attend` that is to be repeated. */
const ATTEND_MS = 1000;

export class ChatClient {
  readonly link = signal<Link>({ kind: "connecting" });
  readonly chats = signal<ReadonlyMap<string, Chat>>(new Map());
  /** As the gateway knows us. */
  readonly you = signal<Party | null>(null);
  /** Of staff: the queue now. */
  readonly waiting = signal<Waiting | null>(null);
  /** Of staff: whether we take part in it. */
  readonly availability = signal<Available | null>(null);
  /** The last refusal of something that is no message of a conversation. */
  readonly problem = signal<ChatRefused | null>(null);
  /** The server's clock minus ours. */
  readonly clockOffset_ms = signal(0);

  private readonly line: ChatLink;
  private readonly side: "citizen" | "staff";
  private readonly sender: Sender;
  private readonly attends = new Map<string, ReturnType<typeof setTimeout>>();
  private wish: Available | null = null;
  private isOpen = false;
  private telling: ReturnType<typeof setTimeout> | undefined;
  private flushing: ReturnType<typeof setTimeout> | undefined;
  private forgetting: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: ClientOptions) {
    this.side = options.ticket ? "citizen" : "staff";
    this.line = new ChatLink({
      openSocket: options.openSocket,
      ticket: options.ticket,
      onOpen: (ticket) => this.opened(ticket),
      onMessage: (message) => this.receive(message),
      onLink: (link) => {
        this.link.value = link;
      },
      onLost: (code) => this.lost(code),
    });
    this.sender = new Sender(this.line);
  }

  start(): void {
    this.line.start();
  }

  stop(): void {
    this.line.stop();
    this.settle();
    for (const timer of [this.telling, this.flushing, this.forgetting]) clearTimeout(timer);
    this.telling = this.flushing = this.forgetting = undefined;
  }

  // -- what the page does ----------------------------------------------------------------------------------

  /** Follow a conversation; it is in `chats` at once, and filled when its snapshot comes. */
  attend(id: string): Chat {
    const known = this.chats.value.get(id);
    if (known) return known;
    const chat = new Chat(id, this.side, this.options.storage, newId());
    this.chats.value = new Map(this.chats.value).set(id, chat);
    if (this.isOpen) this.follow(chat);
    return chat;
  }

  /** Follow it no more. What is unsent is kept for the next time. */
  leave(id: string): void {
    if (!this.chats.value.has(id)) return;
    const next = new Map(this.chats.value);
    next.delete(id);
    this.chats.value = next;
    this.sender.leave(id);
    if (this.isOpen) this.line.send({ type: "leave", contact_id: id });
  }

  /**
   * Put something into the log, now or when there is a line again.
   *
   * Returns its `client_id`; null when it is too long, or too much is unsent.
   */
  submit(id: string, command: Command): string | null {
    const chat = this.attend(id);
    const body = whole(command);
    if ("text" in body && Array.from(body.text).length > MAX_TEXT) return null;
    if (new TextEncoder().encode(JSON.stringify(body)).length > MAX_FRAME_BYTES - 256) return null;
    const client_id = body.kind === "said" ? chat.writer.draft_id : newId();
    if (!chat.outbox.add(client_id, body, Date.now())) return null;
    if (body.kind === "said") chat.writer.sent(newId());
    this.sender.pump(chat);
    return client_id;
  }

  /** Send again what was refused. */
  retry(id: string, client_id: string): void {
    const chat = this.chats.value.get(id);
    chat?.outbox.retry(client_id);
    if (chat) this.sender.pump(chat);
  }

  /** Give up what was refused. */
  discard(id: string, client_id: string): void {
    this.chats.value.get(id)?.outbox.drop(client_id);
  }

  /** The field has this value now; call it on every `input` event, also while an input method composes. */
  type(id: string, text: string): void {
    const chat = this.chats.value.get(id);
    if (!chat || chat.head.value?.state === "ended") return;
    chat.writer.wrote(text, Date.now());
    this.flush();
  }

  /** Everything up to this number was on the screen. */
  read(id: string, seq: number): void {
    this.chats.value.get(id)?.read(seq);
    this.tellSoon();
  }

  /** Staff take part in the queue, or no more. */
  available(on: boolean, capacity: number | null = null): void {
    this.wish = { type: "available", on, capacity };
    this.availability.value = this.wish;
    if (this.isOpen && this.line.send(this.wish)) this.wish = null;
  }

  // -- the line --------------------------------------------------------------------------------------------

  private opened(ticket: string): void {
    this.isOpen = true;
    this.sender.open();
    this.line.send({ type: "open", version: PROTOCOL_VERSION, ticket });
    for (const chat of this.chats.value.values()) {
      chat.forgetTold();
      this.follow(chat);
      this.sender.pump(chat);
    }
  }

  private settle(): void {
    this.isOpen = false;
    this.sender.close();
    for (const timer of this.attends.values()) clearTimeout(timer);
    this.attends.clear();
  }

  private lost(code: number | null): void {
    if (code === CLOSE_TOO_LONG) this.sender.giveUp();
    this.settle();
    this.options.onLost?.(code);
  }

  private receive(message: ChatMessage): void {
    batch(() => this.hear(message));
    this.options.onChange?.();
  }

  private hear(message: ChatMessage): void {
    switch (message.type) {
      case "welcome":
        this.welcomed(message.you, message.available);
        break;
      case "pong":
        this.clockOffset_ms.value = this.line.clock.offset_ms;
        break;
      case "waiting":
        this.waiting.value = message;
        break;
      case "refused":
        this.refused(message);
        break;
      case "snapshot":
      case "replayed":
        this.told(message.head.contact_id, message);
        break;
      case "entry":
        this.told(message.entry.contact_id, message);
        break;
      case "ack":
      case "receipts":
      case "typing":
      case "queue":
      case "window":
        this.told(message.contact_id, message);
        break;
      case "reconnect":
        break;
    }
  }

  private told(id: string, message: ChatMessage): void {
    const chat = this.chats.value.get(id);
    if (!chat) return;
    switch (message.type) {
      case "snapshot":
        chat.start(message);
        this.tellSoon();
        // What was written while the page waited for it.
        this.flush();
        break;
      case "replayed":
        this.news(chat, chat.replay(message));
        break;
      case "entry": {
        const came = chat.happened(message.entry);
        if (came === "new") this.news(chat, [message.entry]);
        else if (came === "gap") this.followLater(chat);
        break;
      }
      case "ack":
        chat.outbox.acked(message.client_id, message.seq, chat.lastSeq);
        break;
      case "receipts":
        chat.received(message.receipts);
        break;
      case "typing":
        chat.heard(message, Date.now());
        this.forget();
        break;
      case "queue":
        chat.place.value = message;
        break;
      case "window":
        chat.window.value = OWN_PAGES.has(message.channel) ? null : message;
        break;
    }
    this.sender.heard(chat);
  }

  private news(chat: Chat, entries: readonly ChatEntry[] | null): void {
    if (entries === null) {
      this.followLater(chat, 0, true);
      return;
    }
    for (const entry of entries) this.options.onEntry?.(entry, chat);
    if (entries.length > 0) this.tellSoon();
    // The words of a field may be shown now that were not before.
    this.flush();
  }

  private welcomed(you: Party, available: Available | null): void {
    this.you.value = you;
    if (this.wish && this.line.send(this.wish)) this.wish = null;
    else this.availability.value = available ?? this.availability.value;
    this.flush();
  }

  private refused(refusal: ChatRefused): void {
    const chat = this.chats.value.get(refusal.contact_id);
    if (!chat || (refusal.client_id === "" && refusal.code === "bad-request")) {
      this.problem.value = refusal;
    } else if (refusal.client_id === "") {
      if (refusal.again) this.followLater(chat, refusal.wait_ms);
      else chat.refusal.value = refusal;
    } else {
      this.sender.refused(chat, refusal);
    }
  }

  // -- following -------------------------------------------------------------------------------------------

  private follow(chat: Chat, anew = false): void {
    const head = anew ? null : chat.head.value;
    this.line.send({ type: "attend", contact_id: chat.id, epoch: head?.epoch ?? "", last_seq: head?.last_seq ?? 0 });
  }

  private followLater(chat: Chat, wait_ms = 0, anew = false): void {
    if (this.attends.has(chat.id)) return;
    const run = (): void => {
      this.attends.delete(chat.id);
      if (this.isOpen && this.chats.value.get(chat.id) === chat) this.follow(chat, anew);
    };
    this.attends.set(chat.id, setTimeout(run, ATTEND_MS * Math.random() + wait_ms));
  }

  // -- receipts and typing -----------------------------------------------------------------------------------

  private tellSoon(): void {
    this.telling ??= setTimeout(() => {
      this.telling = undefined;
      if (!this.isOpen) return;
      for (const chat of this.chats.value.values()) {
        const got = this.isOurs(chat) ? chat.got() : null;
        if (got) this.line.send(got);
      }
    }, GOT_MS);
  }

  /** That a supervisor looked on is no receipt: the citizen is told what the agent got and read. */
  private isOurs(chat: Chat): boolean {
    return this.side === "citizen" || chat.head.value?.agent?.staff_id === this.you.value?.staff_id;
  }

  /** Send what is due of the fields, and come back for what will be. */
  private flush(): void {
    clearTimeout(this.flushing);
    this.flushing = undefined;
    if (this.link.value.kind !== "open") return;
    const now_ms = Date.now();
    let next_ms = Infinity;
    for (const chat of this.chats.value.values()) {
      if (chat.head.value === null || chat.head.value.state === "ended") continue;
      const typing = chat.writer.flush(now_ms);
      if (typing) this.line.send({ ...typing, side: this.side });
      next_ms = Math.min(next_ms, chat.writer.due_ms ?? Infinity);
    }
    if (next_ms !== Infinity) this.flushing = setTimeout(() => this.flush(), Math.max(10, next_ms - now_ms));
  }

  private forget(): void {
    clearTimeout(this.forgetting);
    const now_ms = Date.now();
    let next_ms = Infinity;
    for (const chat of this.chats.value.values()) next_ms = Math.min(next_ms, chat.showTyping(now_ms) ?? Infinity);
    if (next_ms !== Infinity) this.forgetting = setTimeout(() => this.forget(), Math.max(10, next_ms - now_ms));
  }
}
