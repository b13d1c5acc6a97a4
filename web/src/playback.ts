/**
 * One sound at a time: begun by a press, stopped by the next one on the same place, never by itself.
 *
 * No audio of its own: what plays is handed in, so that this is plain code.
 */

export type Playing =
  | { kind: "idle" }
  | { kind: "loading"; id: string }
  | { kind: "playing"; id: string; at_s: number; length_s: number }
  | { kind: "failed"; id: string; message: string };

export interface PlaybackParts {
  /** Loads and plays this address in place of what played before; rejects when it cannot. */
  start: (address: string) => Promise<void>;
  stop: () => void;
  /** A sentence for people about an address that cannot be played. */
  explain: (address: string) => Promise<string>;
  onChange: (playing: Playing) => void;
}

export class Playback {
  private now: Playing = { kind: "idle" };
  private address = "";
  /** Tells a late answer about an earlier sound from one about this. */
  private turn = 0;

  constructor(private readonly parts: PlaybackParts) {}

  get playing(): Playing {
    return this.now;
  }

  isAt(id: string): boolean {
    return (this.now.kind === "loading" || this.now.kind === "playing") && this.now.id === id;
  }

  /** Plays it; what plays already is stopped. */
  async toggle(id: string, address: string): Promise<void> {
    if (this.isAt(id)) this.stop();
    else await this.play(id, address);
  }

  async play(id: string, address: string): Promise<void> {
    const turn = this.next({ kind: "loading", id });
    this.address = address;
    try {
      await this.parts.start(address);
      if (turn === this.turn && this.now.kind === "loading") this.set({ kind: "playing", id, at_s: 0, length_s: 0 });
    } catch {
      await this.fail(turn, id);
    }
  }

  stop(): void {
    if (this.now.kind === "loading" || this.now.kind === "playing") this.parts.stop();
    this.next({ kind: "idle" });
  }

  /** The sound went on. */
  moved(at_s: number, length_s: number): void {
    if (this.now.kind === "playing") this.set({ ...this.now, at_s, length_s: Number.isFinite(length_s) ? length_s : 0 });
  }

  ended(): void {
    if (this.now.kind === "playing") this.next({ kind: "idle" });
  }

  /** It broke off. */
  async broke(): Promise<void> {
    if (this.now.kind === "playing") await this.fail(this.turn, this.now.id);
  }

  private async fail(turn: number, id: string): Promise<void> {
    if (turn !== this.turn) return;
    const message = await this.parts.explain(this.address);
    if (turn === this.turn) this.next({ kind: "failed", id, message });
  }

  private next(playing: Playing): number {
    this.turn += 1;
    this.set(playing);
    return this.turn;
  }

  private set(playing: Playing): void {
    this.now = playing;
    this.parts.onChange(playing);
  }
}
