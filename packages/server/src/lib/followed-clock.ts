import type { Clock, Scheduled } from "./clock.ts";
import type { Log } from "./log.ts";

/** Asked so often, two clocks drift apart by less than a millisecond in between. */
const everyMs = 10_000;
/** What took longer to answer says too little. */
const slowMs = 2_000;
/** A machine whose clock differs by more is worth a word to the operator. */
const strangeMs = 1_000;

/**
 * This machine's clock, set by another that several servers share: they agree on what time it is however wrong their own are.
 * The answer is taken to have been made halfway between question and arrival (Cristian's algorithm, 1989). Where there is
 * none, the difference known last goes on.
 */
export class FollowedClock implements Clock {
  readonly #own: Clock;
  readonly #ask: () => Promise<number>;
  readonly #log: Log;
  #offsetMs = 0;
  #next: Scheduled | null = null;
  #isStopped = false;

  constructor(own: Clock, ask: () => Promise<number>, log: Log) {
    this.#own = own;
    this.#ask = ask;
    this.#log = log;
  }

  now(): number {
    return this.#own.now() + this.#offsetMs;
  }

  monotonic(): number {
    return this.#own.monotonic();
  }

  schedule(delayMs: number, task: () => void): Scheduled {
    return this.#own.schedule(delayMs, task);
  }

  /** Asks now, and from then on again and again. */
  async follow(): Promise<void> {
    try {
      await this.#look();
    } catch (error) {
      this.#log.warn({ error }, "the store did not say what time it is");
    }
    if (!this.#isStopped) this.#next = this.#own.schedule(everyMs, () => void this.follow());
  }

  stop(): void {
    this.#isStopped = true;
    this.#next?.cancel();
  }

  async #look(): Promise<void> {
    const [askedMs, began] = [this.#own.now(), this.#own.monotonic()];
    const answer = await this.#ask();
    const tookMs = this.#own.monotonic() - began;
    if (tookMs > slowMs) return;
    const offsetMs = Math.round(answer - (askedMs + tookMs / 2));
    if (Math.abs(offsetMs - this.#offsetMs) > strangeMs)
      this.#log.warn({ offsetMs }, "this machine's clock is not the store's, which counts");
    this.#offsetMs = offsetMs;
  }
}
