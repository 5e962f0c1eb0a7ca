import type { Context } from "../context.ts";
import { storeLastSeen } from "../friends/online.ts";
import type { Scheduled } from "../lib/clock.ts";

const flushEveryMs = 60_000;

/** Stores when people were last seen, all together and no person more often than once a minute. */
export class SeenLog {
  readonly #ctx: Context;
  #timer: Scheduled | null = null;

  constructor(ctx: Context) {
    this.#ctx = ctx;
  }

  /** Something is there to be stored. */
  wake(): void {
    this.#timer ??= this.#ctx.clock.schedule(flushEveryMs, () => void this.flush());
  }

  /** What could not be stored is kept for the next minute. */
  async flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    const { online, log } = this.#ctx;
    const seen = online.unstored();
    try {
      await storeLastSeen(this.#ctx, seen);
      online.stored(seen);
    } catch (error) {
      log.error({ error, people: seen.length }, "when people were last seen was not stored");
      this.wake();
    }
  }
}
