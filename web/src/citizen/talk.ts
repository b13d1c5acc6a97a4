/** The conversation of this page: the chat client, and what the page adds to it. */
import { computed, effect, signal, type ReadonlySignal } from "@preact/signals";
import type { Chat } from "../chat/chat";
import { ChatClient } from "../chat/client";
import type { Pending } from "../chat/outbox";
import { isForAttention, type ChatLine } from "../chat/view";
import type { Command } from "../chat/words";
import type { ChatEntry, ChatKey } from "../contracts";
import { alertOfNew } from "./alerts";
import { inWords, nameOf } from "./events";
import { isShown, tellUnread } from "./frame";
import { Failed, Signed } from "./http";
import { said } from "./text";

export type Mark = "" | "pending" | "pendingOffline" | "sent" | "delivered" | "read" | "refused";

/** As the server has it, less what a press takes to arrive. */
const EDIT_MS = 60_000 - 2000;
const TICK_MS = 1000;
const ANNOUNCED_MS = 5000;
const KEY_IS_LOST = new Set([401, 403, 404, 410]);

export class Talk {
  readonly signed: Signed;
  readonly chat: Chat;
  readonly head: Chat["head"];
  readonly lines: Chat["lines"];
  readonly pending: ReadonlySignal<readonly Pending[]>;
  readonly isOnline: ReadonlySignal<boolean>;
  /** The line was open once: what is not open now is broken. */
  readonly wasOnline = signal(false);
  /** The key opens nothing any more. */
  readonly isLost = signal(false);
  /** What is being edited. */
  readonly editing = signal<{ seq: number; text: string } | null>(null);
  /** Numbers of own lines that can be changed still. */
  readonly changeable = signal<ReadonlySet<number>>(new Set());
  /** Read aloud by screen readers: one finished message, never what is being written. */
  readonly announced = signal("");
  readonly isWarned: ReadonlySignal<boolean>;
  field: HTMLElement | null = null;

  private readonly client: ChatClient;
  private readonly waitsOn = signal(0);
  private readonly follow: (() => void)[];
  private silence: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly known: ChatKey) {
    this.signed = new Signed(known);
    this.client = new ChatClient({
      openSocket: () => new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/chat`),
      ticket: () => this.ticket(),
      storage: storage(),
      onEntry: (entry) => this.heard(entry),
    });
    this.chat = this.client.attend(known.contact_id);
    this.head = this.chat.head;
    this.lines = this.chat.lines;
    this.pending = this.chat.pending;
    this.isOnline = computed(() => this.client.link.value.kind === "open");
    this.isWarned = computed(() => {
      const head = this.head.value;
      return head?.state === "serving" && head.warned_at_ms !== null;
    });
    const tick = setInterval(() => this.age(), TICK_MS);
    this.follow = [
      () => clearInterval(tick),
      effect(() => {
        if (this.isOnline.value) this.wasOnline.value = true;
      }),
      effect(() => {
        void this.lines.value;
        this.age();
      }),
      effect(() => tellUnread(this.chat.unread.value)),
      this.greet(),
    ];
    this.client.start();
  }

  close(): void {
    for (const stop of this.follow) stop();
    clearTimeout(this.silence);
    this.client.stop();
  }

  // -- what the citizen does -------------------------------------------------------------------------------

  submit(command: Command): boolean {
    return this.client.submit(this.known.contact_id, command) !== null;
  }

  /** False when too much is unsent: it stays in the field. */
  say(text: string): boolean {
    return this.submit({ kind: "said", text });
  }

  type(text: string): void {
    this.client.type(this.known.contact_id, text);
  }

  live(on: boolean): void {
    this.submit({ kind: "live_typing", on });
  }

  stay(): void {
    this.submit({ kind: "stayed" });
  }

  solved(article_id: string): void {
    this.submit({ kind: "solved", article_id });
  }

  async sendPhoto(photo: Blob, description: string): Promise<void> {
    const { photo_id } = await this.signed.keepPhoto(photo);
    this.submit({ kind: "photo", photo_id, description });
  }

  again(one: Pending): void {
    this.client.retry(this.known.contact_id, one.client_id);
  }

  drop(one: Pending): void {
    this.client.discard(this.known.contact_id, one.client_id);
    this.field?.focus();
  }

  // -- mending ---------------------------------------------------------------------------------------------

  edit(line: ChatLine): void {
    if (line.body.kind === "said") this.editing.value = { seq: line.seq, text: line.body.text };
  }

  saveEdit(text: string): void {
    const { seq, text: before } = this.editing.value!;
    this.editing.value = null;
    if (text !== before) this.submit({ kind: "edited", of_seq: seq, text });
  }

  stopEditing(): void {
    this.editing.value = null;
    this.field?.focus();
  }

  withdraw(line: ChatLine): void {
    this.submit({ kind: "withdrawn", of_seq: line.seq });
    this.field?.focus();
  }

  /** What may be changed still; who stands on a button that goes away stands in the field then. */
  private age(): void {
    const now_ms = Date.now() + this.client.clockOffset_ms.value;
    const open = this.head.value?.state !== "ended";
    const own = this.lines.value.filter(
      (line) => open && line.author.side === "citizen" && !line.is_withdrawn && now_ms - line.at_ms < EDIT_MS,
    );
    const next = new Set(own.filter((line) => MENDED.has(line.body.kind)).map((line) => line.seq));
    const known = this.changeable.peek();
    if (next.size === known.size && [...next].every((seq) => known.has(seq))) return;
    const stands = document.activeElement?.closest(".changes") !== null && document.activeElement !== null;
    this.changeable.value = next;
    if (stands) setTimeout(() => document.activeElement === document.body && this.field?.focus(), 0);
  }

  // -- what is shown ---------------------------------------------------------------------------------------

  /** How far an own line got. */
  markOf(seq: number): Mark {
    const { staff_delivered, staff_read } = this.chat.receipts.value;
    if (staff_read >= seq) return "read";
    return staff_delivered >= seq ? "delivered" : "sent";
  }

  /** A guide of this line may still end the wait. */
  canSolve(seq: number): boolean {
    const head = this.head.value;
    if (!head || this.waitsOn.value >= seq) return false;
    const waits = head.state === "waiting" || head.state === "resting";
    return waits || (head.state === "serving" && head.staff_wrote_ms === null);
  }

  /** The guides are looked at; a person is waited for. Nothing changes in the queue. */
  waitOn(): void {
    this.waitsOn.value = this.head.value?.last_seq ?? 0;
    this.field?.focus();
  }

  /** Answers of the last line, as buttons. */
  readonly replies: ReadonlySignal<readonly string[]> = computed(() => {
    const last = this.lines.value.findLast((line) => isForAttention(line, "citizen") || line.author.side === "citizen");
    if (!last || last.author.side === "citizen" || this.head.value?.state === "ended") return [];
    const { body } = last;
    if (body.kind === "notice" && (body.key === "idle_warning" || body.key === "resting")) return [];
    return body.kind === "said" || body.kind === "notice" ? body.replies : [];
  });

  /** Everything is on the screen, and somebody looks at it. */
  seen(): void {
    if (document.visibilityState !== "visible" || !isShown.peek()) return;
    const last = this.lines.peek().at(-1);
    if (last) this.client.read(this.known.contact_id, last.seq);
  }

  async earlier(): Promise<void> {
    const first = this.chat.entries.peek()[0]?.seq;
    if (first === undefined || first <= 1) return;
    this.chat.earlier((await this.signed.before(first)).entries);
  }

  /** The whole conversation. */
  async all(): Promise<readonly ChatLine[]> {
    while (this.chat.hasEarlier.peek()) {
      const before = this.chat.entries.peek().length;
      await this.earlier();
      if (this.chat.entries.peek().length === before) break;
    }
    return this.lines.peek();
  }

  private heard(entry: ChatEntry): void {
    const { body, author } = entry;
    const isNew = isForAttention({ ...entry, edited_ms: null, is_withdrawn: false }, "citizen");
    const told = isNew || author.side !== "citizen" ? inWords(body, author) : null;
    if (told) this.announce(`${nameOf(author)}: ${told}`);
    if (isNew) alertOfNew();
  }

  /** Said once; whoever reads through the page later does not find it twice. */
  private announce(words: string): void {
    this.announced.value = words;
    clearTimeout(this.silence);
    this.silence = setTimeout(() => (this.announced.value = ""), ANNOUNCED_MS);
  }

  /** The page opens in the field: what was said last is read aloud once, so that nobody begins in the dark. */
  private greet(): () => void {
    const stop = effect(() => {
      const last = this.lines.value.findLast((line) => isForAttention(line, "citizen"));
      if (!last || this.announced.peek()) return;
      const told = inWords(last.body, last.author);
      if (told) this.announce(`${nameOf(last.author)}: ${told}`);
      queueMicrotask(() => stop());
    });
    return stop;
  }

  private async ticket(): Promise<string> {
    try {
      return await this.signed.fresh();
    } catch (error) {
      if (error instanceof Failed && KEY_IS_LOST.has(error.status)) {
        this.isLost.value = true;
        this.client.stop();
      }
      throw error;
    }
  }
}

const MENDED = new Set(["said", "photo", "place"]);

/** Why something was not taken. */
export function reasonOf(one: Pending): string {
  return one.refusal ? said(one.refusal) : "";
}

function storage(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
