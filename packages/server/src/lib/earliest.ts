import type { Clock, Scheduled } from "./clock.ts";

/** One timer for many deadlines: looks when the earliest is due, and is told then when the next is. */
export class Earliest {
  readonly #clock: Clock;
  readonly #look: () => number;
  #timer: Scheduled | null = null;
  #dueMs = Number.POSITIVE_INFINITY;

  /** `look` gives the next deadline, or infinity. It may be called early: a timer does not reach further than 24 days. */
  constructor(clock: Clock, look: () => number) {
    this.#clock = clock;
    this.#look = look;
  }

  expect(deadlineMs: number): void {
    if (deadlineMs >= this.#dueMs) return;
    this.#timer?.cancel();
    this.#dueMs = deadlineMs;
    this.#timer = this.#clock.schedule(deadlineMs - this.#clock.now(), () => {
      this.#dueMs = Number.POSITIVE_INFINITY;
      this.expect(this.#look());
    });
  }

  close(): void {
    this.#timer?.cancel();
  }
}
