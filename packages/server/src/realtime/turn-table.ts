import type { Clock } from "../lib/clock.ts";

/**
 * When whose turn is: at once, together with all that is planned in the same breath, or later. Those whose turn comes in
 * the same millisecond share a timer, of which there would be tens of thousands a second otherwise.
 */
export class TurnTable<T> {
  readonly #clock: Clock;
  readonly #run: (due: readonly T[]) => Promise<void>;
  readonly #planned = new Set<T>();
  readonly #slots = new Map<number, T[]>();
  #now: T[] = [];

  constructor(clock: Clock, run: (due: readonly T[]) => Promise<void>) {
    this.#clock = clock;
    this.#run = run;
  }

  has(value: T): boolean {
    return this.#planned.has(value);
  }

  plan(value: T, atMs: number): void {
    if (this.#planned.has(value)) return;
    this.#planned.add(value);
    const nowMs = this.#clock.monotonic();
    if (atMs <= nowMs) return this.#atOnce(value);
    const slot = Math.ceil(atMs);
    const others = this.#slots.get(slot);
    if (others !== undefined) {
      others.push(value);
      return;
    }
    this.#slots.set(slot, [value]);
    this.#clock.schedule(slot - nowMs, () => {
      const due = this.#slots.get(slot) ?? [];
      this.#slots.delete(slot);
      this.#begin(due);
    });
  }

  delete(value: T): void {
    this.#planned.delete(value);
  }

  #atOnce(value: T): void {
    if (this.#now.push(value) > 1) return;
    queueMicrotask(() => {
      const due = this.#now;
      this.#now = [];
      this.#begin(due);
    });
  }

  #begin(due: readonly T[]): void {
    // Whose turn was taken back is not planned any more.
    void this.#run(due.filter((value) => this.#planned.delete(value)));
  }
}
