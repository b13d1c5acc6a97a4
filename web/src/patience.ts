/**
 * Small acts that must not be lost while the server is away: each is tried until it is done or refused.
 *
 * No clock and no network of its own: both are handed in.
 */

/** Longer than a restart; what is older says nothing about the call of now. */
export const GIVE_UP_MS = 120_000;
export const PAUSES_MS = [500, 1000, 2000, 4000] as const;

export interface PatienceParts {
  now: () => number;
  later: (run: () => void, delay_ms: number) => void;
  /** Whether the same may succeed later. */
  isPassing: (error: unknown) => boolean;
}

interface Act {
  work: () => Promise<void>;
  since_ms: number;
  failures: number;
  isWaiting: boolean;
  settle: (error: unknown) => void;
}

export class Patience {
  private readonly acts = new Map<string, Act>();

  constructor(private readonly parts: PatienceParts) {}

  /**
   * Does the work, again and again until it succeeds. A newer one of the same key takes its place; the older
   * one then counts as done. Rejects when it is refused, or when it was tried for GIVE_UP_MS.
   */
  keep(key: string, work: () => Promise<void>): Promise<void> {
    this.acts.get(key)?.settle(null);
    return new Promise((resolve, reject) => {
      const act: Act = {
        work,
        since_ms: this.parts.now(),
        failures: 0,
        isWaiting: false,
        settle: (error) => {
          if (this.acts.get(key) === act) this.acts.delete(key);
          if (error === null) resolve();
          else reject(error);
        },
      };
      this.acts.set(key, act);
      void this.attempt(key, act);
    });
  }

  /** The server is back: nobody waits for a timer. */
  hurry(): void {
    for (const [key, act] of this.acts) {
      if (act.isWaiting) void this.attempt(key, act);
    }
  }

  private async attempt(key: string, act: Act): Promise<void> {
    if (this.acts.get(key) !== act) return;
    act.isWaiting = false;
    try {
      await act.work();
    } catch (error) {
      const isOver = this.parts.now() - act.since_ms >= GIVE_UP_MS;
      if (this.acts.get(key) !== act) return;
      if (isOver || !this.parts.isPassing(error)) act.settle(error);
      else this.wait(key, act);
      return;
    }
    act.settle(null);
  }

  private wait(key: string, act: Act): void {
    const delay_ms = PAUSES_MS[Math.min(act.failures, PAUSES_MS.length - 1)]!;
    act.failures += 1;
    act.isWaiting = true;
    this.parts.later(() => {
      if (act.isWaiting) void this.attempt(key, act);
    }, delay_ms);
  }
}
