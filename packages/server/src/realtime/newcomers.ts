import { closeCodes } from "@jarvis/contract";
import type { Clock } from "../lib/clock.ts";

interface Closable {
  close(code: number): void;
}

/** So many may take their time … */
const limit = 500;
/** … and so many be here at all: after an outage everybody is new at once. */
const limitOfWave = 2_000;
/** Within this time nobody has kept us waiting. */
const patienceMs = 1_000;

/**
 * Connections that have not said who they are. There may be many in a wave of reconnects, but an honest one is here
 * for a moment: when there are too many, whoever has been here longest goes, so that nobody can fill the room.
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

  add(newcomer: T): void {
    const nowMs = this.#clock.monotonic();
    if (this.#sinceMs.size >= limit) this.#makeRoom(nowMs);
    this.#sinceMs.set(newcomer, nowMs);
  }

  delete(newcomer: T): void {
    this.#sinceMs.delete(newcomer);
  }

  #makeRoom(nowMs: number): void {
    const [longest] = this.#sinceMs;
    if (longest === undefined) return;
    const [newcomer, sinceMs] = longest;
    const isLate = nowMs - sinceMs >= patienceMs;
    if (!isLate && this.#sinceMs.size < limitOfWave) return;
    this.#sinceMs.delete(newcomer);
    // Whoever has not been late is not at fault.
    newcomer.close(isLate ? closeCodes.noHello : closeCodes.restart);
  }
}
