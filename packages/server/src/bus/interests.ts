import type { Clock, Scheduled } from "../lib/clock.ts";

/** So long a channel that nobody wants any more is heard: whoever comes back then has missed nothing. */
const lingerMs = 30_000;

/** So many times each channel is wanted on this node. */
export class Interests {
  readonly #clock: Clock;
  readonly #counts = new Map<string, number>();
  /** Since when nobody has wanted these; the one that is due first is first. */
  readonly #idle = new Map<string, number>();
  readonly #changed: (channel: string) => void;
  #timer: Scheduled | null = null;

  constructor(clock: Clock, changed: (channel: string) => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  get size(): number {
    return this.#counts.size + this.#idle.size;
  }

  has(channel: string): boolean {
    return this.#counts.has(channel) || this.#idle.has(channel);
  }

  all(): string[] {
    return [...this.#counts.keys(), ...this.#idle.keys()];
  }

  /** Returns how to let go; once is enough, and more does nothing. */
  take(channel: string): () => void {
    const count = this.#counts.get(channel) ?? 0;
    this.#counts.set(channel, count + 1);
    if (!this.#idle.delete(channel) && count === 0) this.#changed(channel);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#letGo(channel);
    };
  }

  close(): void {
    this.#timer?.cancel();
  }

  #letGo(channel: string): void {
    const count = this.#counts.get(channel) ?? 0;
    if (count > 1) {
      this.#counts.set(channel, count - 1);
      return;
    }
    this.#counts.delete(channel);
    this.#idle.set(channel, this.#clock.monotonic() + lingerMs);
    this.#timer ??= this.#clock.schedule(lingerMs, () => this.#look());
  }

  #look(): void {
    this.#timer = null;
    const now = this.#clock.monotonic();
    for (const [channel, dueMs] of this.#idle) {
      if (dueMs > now) {
        this.#timer = this.#clock.schedule(dueMs - now, () => this.#look());
        return;
      }
      this.#idle.delete(channel);
      this.#changed(channel);
    }
  }
}
