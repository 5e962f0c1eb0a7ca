import type { Clock } from "../lib/clock.ts";

/** Runs a task for a key at once, then at most once in each interval; what came meanwhile is done at its end, once. */
export class Coalescer<T> {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #task: (value: T) => void;
  /** Keys that had their turn within the interval, and what has come since. */
  readonly #recent = new Map<string, T | undefined>();

  constructor(clock: Clock, intervalMs: number, task: (value: T) => void) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#task = task;
  }

  touch(key: string, value: T): void {
    if (this.#recent.has(key)) {
      this.#recent.set(key, value);
      return;
    }
    this.#recent.set(key, undefined);
    this.#clock.schedule(this.#intervalMs, () => this.#again(key));
    this.#task(value);
  }

  #again(key: string): void {
    const value = this.#recent.get(key);
    this.#recent.delete(key);
    if (value !== undefined) this.touch(key, value);
  }
}
