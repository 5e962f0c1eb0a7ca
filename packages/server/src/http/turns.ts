import { Fifo } from "../db/fifo.ts";
import type { Clock } from "../lib/clock.ts";

/** What requests may take of one turn of the event loop, before sockets and timers have theirs. */
const budgetMs = 10;

/**
 * Requests that arrive together are handled one after another before anything else is: twenty expensive ones would
 * hold everybody up for as long as all of them take. What comes after the turn's time is used up waits for the next.
 */
export class Turns {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #waiting = new Fifo<() => void>();
  #beganMs: number | null = null;

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /** Null when a request may begin at once, as most may. */
  begin(): Promise<void> | null {
    if (this.#beganMs === null) this.#open();
    else if (this.#waiting.length > 0 || this.#isUsedUp(this.#beganMs))
      return new Promise((resolve) => this.#waiting.push(resolve));
    return null;
  }

  #open(): void {
    this.#beganMs = this.#clock.monotonic();
    setImmediate(() => this.#next());
  }

  #isUsedUp(beganMs: number): boolean {
    return this.#clock.monotonic() - beganMs > budgetMs;
  }

  /** One that waited goes first; what it costs is not known before it is done. */
  #next(): void {
    this.#beganMs = null;
    const enter = this.#waiting.shift();
    if (enter === undefined) return;
    this.#open();
    enter();
  }
}
