import { closeCodes } from "@jarvis/contract";
import type { Clock } from "../lib/clock.ts";

interface Closable {
  close(code: number): void;
}

/** So many may take their time … */
const limit = 500;
/** … and so many be here at all: after an outage everybody is new at once. */
const limitOfWave = 4_096;
/** Within this time nobody has kept us waiting. */
const patienceMs = 1_000;

/**
 * Connections that have not said who they are. There may be many in a wave of reconnects, but an honest one is here
 * for a moment: when there are too many, whoever has been here longest goes, so that nobody can fill the room. Only when
 * even those are new, no more come in.
 */
export class Newcomers<T extends Closable> {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #sinceMs = new Map<T, number>();

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#sinceMs.size;
  }

  /** So many have just come that another would be one too many. */
  get isCrowded(): boolean {
    return this.#sinceMs.size >= limitOfWave && !this.#isLate(this.#longest());
  }

  add(newcomer: T): void {
    const longest = this.#longest();
    if (longest !== null && this.#sinceMs.size >= limit && this.#isLate(longest)) {
      this.#sinceMs.delete(longest);
      longest.close(closeCodes.noHello);
    }
    this.#sinceMs.set(newcomer, this.#clock.monotonic());
  }

  delete(newcomer: T): void {
    this.#sinceMs.delete(newcomer);
  }

  #longest(): T | null {
    for (const newcomer of this.#sinceMs.keys()) return newcomer;
    return null;
  }

  #isLate(newcomer: T | null): boolean {
    const sinceMs = newcomer === null ? undefined : this.#sinceMs.get(newcomer);
    return sinceMs !== undefined && this.#clock.monotonic() - sinceMs >= patienceMs;
  }
}
