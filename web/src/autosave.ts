/**
 * Every keystroke of the summary reaches the server: at most one request is under way, the newest text waits.
 *
 * No clock, no network of its own: both are handed in.
 */
import type { SummaryEdit, SummaryText } from "./contracts";

export type SaveState =
  | { kind: "idle" }
  | { kind: "saving" }
  | { kind: "saved"; at_ms: number }
  | { kind: "failed" }
  | { kind: "refused"; message: string };

/** `refused` is final for this text (not allowed, no such contact); `behind`: the server has this revision. */
export type PutResult =
  | { kind: "ok" }
  | { kind: "behind"; revision: number }
  | { kind: "refused"; message: string };

export interface AutosaveParts {
  /** Rejects when the network or server fails; such a text is tried again. */
  put: (edit: SummaryEdit) => Promise<PutResult>;
  /** Sends without waiting, while the page closes. */
  putLast: (edit: SummaryEdit) => void;
  now: () => number;
  later: (run: () => void, delay_ms: number) => void;
  onState: (state: SaveState) => void;
}

export const RETRY_MS = [1000, 2000, 4000, 8000] as const;

export class Autosave {
  private waiting: SummaryEdit | null = null;
  private underWay: SummaryEdit | null = null;
  private failures = 0;
  private retryIsSet = false;

  constructor(
    private readonly parts: AutosaveParts,
    private revision: number,
  ) {}

  /** The highest revision given or told of. */
  get lastRevision(): number {
    return this.revision;
  }

  /** True while a text is not known to be stored. */
  get isDirty(): boolean {
    return this.waiting !== null || this.underWay !== null;
  }

  /** A revision that the server told of; ours stay above it. */
  seen(revision: number): void {
    this.revision = Math.max(this.revision, revision);
  }

  change(text: SummaryText, saved: boolean, drafted: number | null = null): void {
    this.revision += 1;
    this.waiting = { revision: this.revision, text, saved, drafted };
    if (!this.retryIsSet) void this.send();
  }

  /** The server is back: what waits for a timer goes now. */
  hurry(): void {
    if (!this.retryIsSet) return;
    this.retryIsSet = false;
    void this.send();
  }

  /** The page goes away: the newest text leaves with it. */
  flush(): void {
    const last = this.waiting ?? this.underWay;
    if (last) this.parts.putLast(last);
  }

  private async send(): Promise<void> {
    if (this.underWay || !this.waiting) return;
    const edit = this.waiting;
    this.underWay = edit;
    this.waiting = null;
    this.parts.onState({ kind: "saving" });
    try {
      this.settle(edit, await this.parts.put(edit));
    } catch {
      this.tryAgain(edit);
    }
  }

  private settle(edit: SummaryEdit, result: PutResult): void {
    this.underWay = null;
    this.failures = 0;
    if (result.kind === "refused") {
      this.waiting = null;
      this.parts.onState(result);
      return;
    }
    if (result.kind === "behind") {
      // What was typed last wins: it goes again, above the revision that the server has.
      this.seen(result.revision);
      this.revision += 1;
      this.waiting = { ...(this.waiting ?? edit), revision: this.revision };
    }
    if (this.waiting) void this.send();
    else this.parts.onState({ kind: "saved", at_ms: this.parts.now() });
  }

  private tryAgain(edit: SummaryEdit): void {
    this.underWay = null;
    if (!this.waiting) {
      this.revision += 1;
      this.waiting = { ...edit, revision: this.revision };
    }
    const delay = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)]!;
    this.failures += 1;
    this.retryIsSet = true;
    this.parts.onState({ kind: "failed" });
    this.parts.later(() => {
      if (!this.retryIsSet) return;
      this.retryIsSet = false;
      void this.send();
    }, delay);
  }
}
