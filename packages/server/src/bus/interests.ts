/** So many times each channel is wanted on this node. */
export class Interests {
  readonly #counts = new Map<string, number>();
  readonly #changed: (channel: string, isWanted: boolean) => void;

  constructor(changed: (channel: string, isWanted: boolean) => void) {
    this.#changed = changed;
  }

  get size(): number {
    return this.#counts.size;
  }

  has(channel: string): boolean {
    return this.#counts.has(channel);
  }

  all(): string[] {
    return [...this.#counts.keys()];
  }

  /** Returns how to let go; once is enough, and more does nothing. */
  take(channel: string): () => void {
    const count = this.#counts.get(channel) ?? 0;
    this.#counts.set(channel, count + 1);
    if (count === 0) this.#changed(channel, true);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#letGo(channel);
    };
  }

  #letGo(channel: string): void {
    const count = this.#counts.get(channel) ?? 0;
    if (count > 1) {
      this.#counts.set(channel, count - 1);
      return;
    }
    this.#counts.delete(channel);
    this.#changed(channel, false);
  }
}
