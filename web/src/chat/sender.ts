/** What waits in the outboxes goes out, one under way in a conversation at a time, so that the order stands. */
import type { ChatRefused } from "../contracts";
import type { Chat } from "./chat";
import type { ChatLink } from "./link";

/** A message without answer: is anybody there; and after this it is sent again, which changes nothing if it came. */
const DOUBT_MS = 8000;
const RESEND_MS = 15_000;

interface Flight {
  chat: Chat;
  client_id: string;
  timer: ReturnType<typeof setTimeout>;
}

export class Sender {
  private readonly flights = new Map<string, Flight>();
  private readonly pauses = new Map<string, ReturnType<typeof setTimeout>>();
  private isOpen = false;

  constructor(private readonly line: ChatLink) {}

  /** There is a line. */
  open(): void {
    this.isOpen = true;
  }

  /** There is none any more: what was under way may have arrived or not. */
  close(): void {
    this.isOpen = false;
    for (const id of [...this.flights.keys()]) this.land(id);
    for (const id of [...this.pauses.keys()]) this.resume(id);
  }

  /** Send the next unsent one, if none is under way and nothing has to be waited for. */
  pump(chat: Chat): void {
    if (!this.isOpen || this.flights.has(chat.id) || this.pauses.has(chat.id)) return;
    const next = chat.outbox.first;
    if (!next) return;
    const { client_id, body } = next;
    if (!this.line.send({ type: "send", contact_id: chat.id, client_id, body })) return;
    const doubt = (): void => {
      this.line.doubt();
      const again = (): void => {
        this.land(chat.id);
        this.pump(chat);
      };
      this.flights.set(chat.id, { chat, client_id, timer: setTimeout(again, RESEND_MS - DOUBT_MS) });
    };
    this.flights.set(chat.id, { chat, client_id, timer: setTimeout(doubt, DOUBT_MS) });
  }

  /** Something came of this conversation, perhaps the ack or the entry of what was under way. */
  heard(chat: Chat): void {
    const flight = this.flights.get(chat.id);
    if (flight) {
      const { client_id } = flight;
      const isUnsent = chat.pending.value.some((each) => each.client_id === client_id && each.seq === null);
      if (!isUnsent) this.land(chat.id);
    }
    this.pump(chat);
  }

  /** Refused: for now, to be sent again before all that came after it; or for good. */
  refused(chat: Chat, refusal: ChatRefused): void {
    this.land(chat.id);
    if (refusal.again) this.pause(chat, refusal.wait_ms);
    else chat.outbox.refused(refusal.client_id, refusal);
    this.pump(chat);
  }

  /** What was under way is too long for the server, and would break every line. */
  giveUp(): void {
    for (const [contact_id, { chat, client_id }] of this.flights) {
      chat.outbox.refused(client_id, {
        type: "refused",
        contact_id,
        client_id,
        code: "bad-request",
        ko: "글이 너무 길어 보낼 수 없습니다. 나누어 보내 주십시오.",
        en: "too long to be sent. Send it in parts.",
        again: false,
        wait_ms: 0,
      });
    }
  }

  /** Nobody follows it here any more. */
  leave(id: string): void {
    this.land(id);
    this.resume(id);
  }

  private land(id: string): void {
    clearTimeout(this.flights.get(id)?.timer);
    this.flights.delete(id);
  }

  private pause(chat: Chat, wait_ms: number): void {
    this.resume(chat.id);
    const run = (): void => {
      this.pauses.delete(chat.id);
      this.pump(chat);
    };
    this.pauses.set(chat.id, setTimeout(run, wait_ms * (1 + Math.random() / 2)));
  }

  private resume(id: string): void {
    clearTimeout(this.pauses.get(id));
    this.pauses.delete(id);
  }
}
