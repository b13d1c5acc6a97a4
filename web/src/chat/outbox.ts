/** What was said and is not in the log yet, kept over a reload. It goes out again under its own `client_id`. */
import { signal, type ReadonlySignal } from "@preact/signals";
import type { Body, ChatRefused } from "../contracts";

export type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export interface Pending {
  client_id: string;
  body: Body;
  written_ms: number;
  /** The number it has in the log; null while that is not known. */
  seq: number | null;
  /** Why it is not taken, for good; null while it is still to be sent. */
  refusal: ChatRefused | null;
}

/** Of one conversation; who has so much unsent has no line, and is told so. */
export const MOST_PENDING = 50;

export class Outbox {
  private readonly list = signal<readonly Pending[]>([]);
  private readonly key: string;

  constructor(
    contact_id: string,
    private readonly store: Store | null,
  ) {
    this.key = `sangdam.chat.unsent.${contact_id}`;
    this.list.value = this.kept();
  }

  /** Oldest first. */
  get pending(): ReadonlySignal<readonly Pending[]> {
    return this.list;
  }

  /** False when there is no room. */
  add(client_id: string, body: Body, now_ms: number): boolean {
    if (this.list.value.length >= MOST_PENDING) return false;
    this.become([...this.list.value, { client_id, body, written_ms: now_ms, seq: null, refusal: null }]);
    return true;
  }

  /** The next one that is to be sent. */
  get first(): Pending | null {
    return this.list.value.find((each) => each.seq === null && each.refusal === null) ?? null;
  }

  /** It is in the log. It stays on the screen until its entry comes. */
  acked(client_id: string, seq: number, last_seq: number): void {
    if (seq <= last_seq) this.drop(client_id);
    else this.change(client_id, { seq });
  }

  /** Its entry is here, or nobody wants it any more. */
  drop(client_id: string): void {
    if (this.has(client_id)) this.become(this.list.value.filter((each) => each.client_id !== client_id));
  }

  /** Everything up to this number is here. */
  reached(last_seq: number): void {
    const left = this.list.value.filter((each) => each.seq === null || each.seq > last_seq);
    if (left.length < this.list.value.length) this.become(left);
  }

  refused(client_id: string, refusal: ChatRefused): void {
    this.change(client_id, { refusal });
  }

  /** Try again what was refused. */
  retry(client_id: string): void {
    this.change(client_id, { refusal: null });
  }

  private has(client_id: string): boolean {
    return this.list.value.some((each) => each.client_id === client_id);
  }

  private change(client_id: string, to: Partial<Pending>): void {
    if (!this.has(client_id)) return;
    this.become(this.list.value.map((each) => (each.client_id === client_id ? { ...each, ...to } : each)));
  }

  private become(next: readonly Pending[]): void {
    this.list.value = next;
    const unsent = next.filter((each) => each.seq === null);
    try {
      if (unsent.length > 0) this.store?.setItem(this.key, JSON.stringify(unsent));
      else this.store?.removeItem(this.key);
    } catch {
      // A browser that keeps nothing: then it does not outlive a reload.
    }
  }

  private kept(): Pending[] {
    try {
      const kept: unknown = JSON.parse(this.store?.getItem(this.key) ?? "[]");
      return Array.isArray(kept) ? kept.filter(isPending).slice(0, MOST_PENDING) : [];
    } catch {
      return [];
    }
  }
}

function isPending(kept: unknown): kept is Pending {
  if (typeof kept !== "object" || kept === null) return false;
  const { client_id, body } = kept as Partial<Pending>;
  return typeof client_id === "string" && typeof body === "object" && body !== null && "kind" in body;
}
