import { AppError } from "./app-error.ts";

interface Bounds {
  /** How much runs at once. */
  readonly atOnce: number;
  /** How much of one person waits, at most; what comes then is refused. */
  readonly waitingOfOne: number;
  readonly waiting: number;
}

/**
 * Work of many people that is done a little at a time: one piece of a person at once, and people take turns, so that
 * whoever brings much or expensive work keeps nobody else waiting for all of it.
 */
export class FairQueue {
  readonly #bounds: Bounds;
  /** What waits, by person; whose turn is next comes first. */
  readonly #waiting = new Map<string, (() => void)[]>();
  readonly #running = new Set<string>();
  #waits = 0;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  /** Throws `unavailable` where too much waits already. */
  async run<T>(person: string, work: () => Promise<T>): Promise<T> {
    await this.#turn(person);
    try {
      return await work();
    } finally {
      this.#running.delete(person);
      this.#next();
    }
  }

  /** How much of this person waits. */
  waitingOf(person: string): number {
    return this.#waiting.get(person)?.length ?? 0;
  }

  #turn(person: string): Promise<void> {
    const own = this.#waiting.get(person) ?? [];
    if (own.length >= this.#bounds.waitingOfOne || this.#waits >= this.#bounds.waiting)
      return Promise.reject(new AppError("unavailable", { retryAfterS: 5 }));
    const { promise, resolve } = Promise.withResolvers<void>();
    own.push(resolve);
    this.#waits++;
    this.#waiting.set(person, own);
    this.#next();
    return promise;
  }

  #next(): void {
    for (const [person, tasks] of this.#waiting) {
      if (this.#running.size >= this.#bounds.atOnce) return;
      if (this.#running.has(person)) continue;
      this.#waiting.delete(person);
      const [begin, ...rest] = tasks;
      // Whoever has more comes after everybody who waits now.
      if (rest.length > 0) this.#waiting.set(person, rest);
      if (begin === undefined) continue;
      this.#running.add(person);
      this.#waits--;
      begin();
    }
  }
}
