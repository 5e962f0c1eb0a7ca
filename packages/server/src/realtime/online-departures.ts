import type { Clock, Scheduled } from "../lib/clock.ts";

/** Tells of each person so long after they left, unless they came back; one timer for all. */
export class Departures<T> {
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #gone: (person: T) => void;
  /** In the order in which they left, so that the first is due first. */
  readonly #dueMs = new Map<T, number>();
  #timer: Scheduled | null = null;

  constructor(clock: Clock, delayMs: number, gone: (person: T) => void) {
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.#gone = gone;
  }

  left(person: T): void {
    this.#dueMs.delete(person);
    this.#dueMs.set(person, this.#clock.monotonic() + this.#delayMs);
    this.#timer ??= this.#clock.schedule(this.#delayMs, () => this.#look());
  }

  back(person: T): void {
    this.#dueMs.delete(person);
  }

  close(): void {
    this.#timer?.cancel();
    this.#dueMs.clear();
  }

  #look(): void {
    this.#timer = null;
    const now = this.#clock.monotonic();
    for (const [person, dueMs] of this.#dueMs) {
      if (dueMs > now) {
        this.#timer = this.#clock.schedule(dueMs - now, () => this.#look());
        return;
      }
      this.#dueMs.delete(person);
      this.#gone(person);
    }
  }
}
