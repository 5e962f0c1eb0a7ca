import { type Clock, repeat, type Scheduled } from "../lib/clock.ts";

/** A connection whose peer may have vanished without a word. */
export interface Pulse {
  /** Something has come from the peer since this was last set to false. */
  isHeard: boolean;
  ping(): void;
  /** Ends it without a word: nobody is there to hear one. */
  abandon(): void;
}

/** Each is pinged this often, well within what routers on the way remember of a silent connection. */
export const pingEveryMs = 18_000;
/** Not all at once: a part at a time. */
const parts = 6;
/** So many pings in a row may go unanswered: a slow line may have much before them. */
const maxMissed = 2;

/**
 * Finds the peers that have gone silently. Bun's own pings do not: whatever is sent puts them off, so that a dead peer
 * in a busy chat would never be asked.
 */
export class Heartbeat {
  readonly #parts: Map<Pulse, number>[] = Array.from({ length: parts }, () => new Map<Pulse, number>());
  readonly #beats: Scheduled;
  #next = 0;
  #current = 0;

  constructor(clock: Clock) {
    this.#beats = repeat(clock, pingEveryMs / parts, async () => this.#beat());
  }

  add(pulse: Pulse): void {
    this.#parts[this.#next++ % parts]?.set(pulse, 0);
  }

  delete(pulse: Pulse): void {
    for (const part of this.#parts) part.delete(pulse);
  }

  stop(): void {
    this.#beats.cancel();
  }

  #beat(): void {
    const part = this.#parts[this.#current++ % parts];
    if (part === undefined) return;
    for (const [pulse, before] of part) {
      const missed = pulse.isHeard ? 0 : before + 1;
      if (missed >= maxMissed) {
        part.delete(pulse);
        pulse.abandon();
        continue;
      }
      part.set(pulse, missed);
      pulse.isHeard = false;
      pulse.ping();
    }
  }
}
