/** One conversation as its page knows it: what the gateway told, folded, as signals. */
import { batch, computed, signal } from "@preact/signals";
import type {
  ChatEntry,
  ChatHead,
  ChatRefused,
  ChatSnapshot,
  Got,
  QueuePlace,
  Receipts,
  Replayed,
  ReplyWindow,
  Side,
  Typing,
} from "../contracts";
import { headAfter } from "./head";
import { Outbox, type Store } from "./outbox";
import { Reader, Writer } from "./typing";
import { isForAttention, linesOf } from "./view";

/** What somebody is writing now. */
export interface Typed {
  side: Side;
  name: string;
  /** Null: something, and the words are not shown. */
  text: string | null;
}

/** Lines that a page keeps; earlier ones can be loaded again. */
export const MOST_ENTRIES = 2000;
const MOST_WRITERS = 8;
const NO_RECEIPTS: Receipts = { citizen_delivered: 0, citizen_read: 0, staff_delivered: 0, staff_read: 0 };

export class Chat {
  /** Null until the first snapshot. */
  readonly head = signal<ChatHead | null>(null);
  readonly entries = signal<readonly ChatEntry[]>([]);
  readonly receipts = signal<Receipts>(NO_RECEIPTS);
  readonly typing = signal<readonly Typed[]>([]);
  readonly place = signal<QueuePlace | null>(null);
  readonly window = signal<ReplyWindow | null>(null);
  /** Why the conversation cannot be shown. */
  readonly refusal = signal<ChatRefused | null>(null);
  /** Entries with edits and withdrawals applied. */
  readonly lines = computed(() => linesOf(this.entries.value));
  /** There are earlier ones, to be had by `GET /api/chat/entries?before=`. */
  readonly hasEarlier = computed(() => (this.entries.value[0]?.seq ?? 1) > 1);
  /** Lines of the others that this side has not read. */
  readonly unread = computed(() => {
    const read = Math.max(this.seen.value, this.ownRead());
    return this.lines.value.filter((line) => line.seq > read && isForAttention(line, this.side)).length;
  });
  /** What this page said and the log does not have yet. */
  readonly outbox: Outbox;
  readonly writer: Writer;

  private readonly seen = signal(0);
  private readonly readers = new Map<string, Reader>();
  private toldDelivered = 0;
  private toldRead = 0;

  constructor(
    readonly id: string,
    readonly side: Side,
    store: Store | null,
    draft: string,
  ) {
    this.outbox = new Outbox(id, store);
    this.writer = new Writer(id, draft);
  }

  get pending(): Outbox["pending"] {
    return this.outbox.pending;
  }

  get lastSeq(): number {
    return this.head.value?.last_seq ?? 0;
  }

  // -- what the gateway tells ------------------------------------------------------------------------------

  /** What was known before is replaced. */
  start({ head, entries, receipts, reason }: ChatSnapshot): void {
    batch(() => {
      this.switchTyping(head.live_typing);
      this.head.value = head;
      this.entries.value = entries;
      // Newer ones may have overtaken it, unless the log is another one.
      const isSameLog = reason === "first" || reason === "too_old";
      this.receipts.value = isSameLog ? highest(this.receipts.value, receipts) : receipts;
      this.refusal.value = null;
      for (const entry of entries) this.outbox.drop(entry.client_id);
      this.settle();
    });
  }

  /** Returns the entries that are news, or null when something is missing: ask for a snapshot. */
  replay({ head, entries, receipts }: Replayed): readonly ChatEntry[] | null {
    const known = this.head.value;
    const news = entries.filter((entry) => entry.seq > this.lastSeq);
    const joins = news.length === 0 ? head.last_seq <= this.lastSeq : news[0]!.seq === this.lastSeq + 1;
    if (!known || known.epoch !== head.epoch || !joins) return null;
    batch(() => {
      for (const entry of news) this.add(entry);
      if (head.last_seq === this.lastSeq) this.head.value = head;
      this.receipts.value = highest(this.receipts.value, receipts);
      this.refusal.value = null;
      this.settle();
    });
    return news;
  }

  /** `known`: it was here before. `gap`: something lies between, ask to resume. */
  happened(entry: ChatEntry): "new" | "known" | "gap" {
    if (this.head.value && entry.seq <= this.lastSeq) return "known";
    if (!this.head.value || entry.seq !== this.lastSeq + 1) return "gap";
    batch(() => {
      this.add(entry);
      this.settle();
    });
    return "new";
  }

  /** Earlier entries that the page loaded. */
  earlier(entries: readonly ChatEntry[]): void {
    const first = this.entries.value[0]?.seq ?? Infinity;
    const older = entries.filter((entry) => entry.seq < first);
    this.entries.value = [...older, ...this.entries.value];
  }

  received(receipts: Receipts): void {
    this.receipts.value = highest(this.receipts.value, receipts);
  }

  heard(typing: Typing, now_ms: number): void {
    if (typing.side === this.side && this.side === "citizen") return;
    const key = `${typing.side}/${typing.name}`;
    let reader = this.readers.get(key);
    if (!reader) {
      if (this.readers.size >= MOST_WRITERS) return;
      reader = new Reader();
      this.readers.set(key, reader);
    }
    reader.hear(typing, now_ms);
    this.showTyping(now_ms);
  }

  /** Forgets what was last heard of long ago. Returns when there is something to forget next. */
  showTyping(now_ms: number): number | null {
    const typed: Typed[] = [];
    let next_ms: number | null = null;
    for (const [key, reader] of this.readers) {
      const shown = reader.shown(now_ms);
      if (!shown) continue;
      const [side, ...name] = key.split("/");
      typed.push({ side: side as Side, name: name.join("/"), text: shown.text });
      next_ms = Math.min(next_ms ?? Infinity, reader.until_ms ?? Infinity);
    }
    if (typed.length > 0 || this.typing.value.length > 0) this.typing.value = typed;
    return next_ms;
  }

  // -- what the page tells ---------------------------------------------------------------------------------

  /** The page showed everything up to this number. */
  read(seq: number): void {
    this.seen.value = Math.max(this.seen.value, Math.min(seq, this.lastSeq));
  }

  /** What is to be told of arrival and reading; null when the gateway knows. */
  got(): Got | null {
    const own = this.receipts.value;
    const delivered = Math.max(this.toldDelivered, this.side === "citizen" ? own.citizen_delivered : own.staff_delivered);
    const read = Math.max(this.toldRead, this.ownRead());
    const arrived = this.entries.value.findLast((entry) => entry.author.side !== this.side)?.seq ?? 0;
    if (arrived <= delivered && this.seen.value <= read) return null;
    this.toldDelivered = Math.max(delivered, arrived);
    this.toldRead = Math.max(read, this.seen.value);
    return { type: "got", contact_id: this.id, delivered: this.toldDelivered, read: this.toldRead };
  }

  /** Another connection: what was told may not have arrived. */
  forgetTold(): void {
    this.toldDelivered = 0;
    this.toldRead = 0;
    this.writer.again();
  }

  // ----------------------------------------------------------------------------------------------------------

  private add(entry: ChatEntry): void {
    this.head.value = headAfter(this.head.value!, entry);
    this.entries.value = [...this.entries.value, entry].slice(-MOST_ENTRIES);
    this.outbox.drop(entry.client_id);
    if (entry.body.kind === "live_typing") this.switchTyping(entry.body.on);
    if (entry.body.kind === "said") {
      for (const [key, reader] of this.readers) {
        if (key.startsWith(`${entry.author.side}/`)) reader.sent(entry.client_id);
      }
    }
  }

  private switchTyping(on: boolean): void {
    if (this.side === "citizen") this.writer.switch(on);
    if (on) return;
    for (const reader of this.readers.values()) reader.hide();
  }

  private settle(): void {
    this.outbox.reached(this.lastSeq);
    if (this.head.value?.state !== "waiting") this.place.value = null;
    this.showTyping(Date.now());
  }

  private ownRead(): number {
    const own = this.receipts.value;
    return this.side === "citizen" ? own.citizen_read : own.staff_read;
  }
}

function highest(one: Receipts, other: Receipts): Receipts {
  return {
    citizen_delivered: Math.max(one.citizen_delivered, other.citizen_delivered),
    citizen_read: Math.max(one.citizen_read, other.citizen_read),
    staff_delivered: Math.max(one.staff_delivered, other.staff_delivered),
    staff_read: Math.max(one.staff_read, other.staff_read),
  };
}
