import type { Clock } from "./clock.ts";

/**
 * Turns of the event loop for work that takes many of them. One of all who wait goes on in each: twenty searches that
 * took a few milliseconds each of the same turn would hold everybody else up for all of them together.
 */
export class SharedTurns {
  readonly #waiting: (() => void)[] = [];
  #scheduled = false;

  /** In the order asked for. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#waiting.shift()?.();
      if (this.#waiting.length > 0) this.#schedule();
    });
  }
}

/** What expensive work takes of one turn of the event loop. */
const paceMs = 3;

/** For work of many parts, after each of them: lets others have their turn when this has been long enough. */
export function pacer({
  clock,
  turns,
}: {
  readonly clock: Pick<Clock, "monotonic">;
  readonly turns: SharedTurns;
}): () => Promise<void> {
  let beganMs = clock.monotonic();
  return async () => {
    if (clock.monotonic() - beganMs < paceMs) return;
    await turns.next();
    beganMs = clock.monotonic();
  };
}
