import type { Skipped, SkipReason } from "./work.ts";

/** Thrown for an event that cannot be read; it costs that event alone. */
export class Unreadable extends Error {
  readonly reason: SkipReason;

  constructor(reason: SkipReason) {
    super(reason);
    this.name = "Unreadable";
    this.reason = reason;
  }
}

/** What was skipped, by reason. */
export class Problems {
  readonly #counts = new Map<SkipReason, number>();

  add(reason: SkipReason, count = 1): void {
    if (count > 0) this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + count);
  }

  /** Null when reading is given up, which is counted. */
  attempt<T>(read: () => T): T | null {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.add(error.reason);
      return null;
    }
  }

  list(): Skipped[] {
    return [...this.#counts].map(([reason, count]) => ({ reason, count }));
  }
}
