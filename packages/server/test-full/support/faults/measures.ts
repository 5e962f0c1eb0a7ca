/** What was seen of a run, by the clock of the machine that plays all clients. */
export class Measures {
  /** By text: when it was sent, and when the last of its readers had it. */
  readonly #messages = new Map<string, { sentMs: number; lastMs: number }>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  sent(text: string): void {
    this.#messages.set(text, { sentMs: this.#now(), lastMs: 0 });
  }

  seen(text: string): void {
    const message = this.#messages.get(text);
    if (message !== undefined) message.lastMs = this.#now();
  }

  get count(): number {
    return this.#messages.size;
  }

  /** How long the slowest took to its last reader: while something is broken nothing takes longer than to mend. */
  get worstMs(): number {
    return Math.max(0, ...this.#delays());
  }

  percentile(share: number): number {
    return percentile(this.#delays(), share);
  }

  #delays(): number[] {
    return [...this.#messages.values()].map(({ sentMs, lastMs }) => lastMs - sentMs);
  }
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
