/** How long words take to the screen. */

/** The newest `size` delays and their 95th percentile. */
export class Delays {
  private readonly values: number[] = [];

  constructor(private readonly size = 50) {}

  add(delay_ms: number): void {
    this.values.push(Math.max(0, delay_ms));
    if (this.values.length > this.size) this.values.shift();
  }

  clear(): void {
    this.values.length = 0;
  }

  /** Null before the first one. */
  get p95_ms(): number | null {
    const sorted = [...this.values].sort((a, b) => a - b);
    return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? null;
  }
}
