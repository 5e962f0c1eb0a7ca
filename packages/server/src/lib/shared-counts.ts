import { BoundedMap } from "./bounded-map.ts";
import { type Clock, systemClock } from "./clock.ts";
import { sha256 } from "./ids.ts";

/** Numbers that several servers count together; throws where they cannot be reached. */
export interface Counts {
  /** Adds so much to a number that begins at 0 and is forgotten `windowMs` later: what it is now, and for how long yet. */
  add(key: string, amount: number, windowMs: number): Promise<{ total: number; leftMs: number }>;
}

export interface Verdict {
  readonly isAllowed: boolean;
  /** Until it begins anew. */
  readonly leftMs: number;
}

interface Rate {
  readonly name: string;
  readonly points: number;
  readonly seconds: number;
}

interface Asker {
  readonly points: number;
  readonly resolve: (verdict: Verdict | null) => void;
}

/** What this server knows of one key. */
interface Known {
  /** As last heard: what all servers have used. */
  total: number;
  /** Used here since, and not told yet. */
  untold: number;
  /** When the number begins anew, on the monotonic clock. */
  endsMs: number;
  waiting: Asker[];
  isAsking: boolean;
}

/** No answer is held up for longer; after one that was, nobody asks for a while. */
const waitMs = 50;
const restMs = 1_000;
/** So much may be used without telling the others, so that not every use asks; of small rates nothing. */
const untoldShare = 0.05;
const keysAtMost = 100_000;

/**
 * Rates that several servers count together: fixed windows in the common store. What is known to be used up is not asked
 * for again, and where a rate is large, a few uses are told together: of two servers both let pass so many more at most.
 */
export class SharedCounts {
  readonly #counts: Counts;
  readonly #clock: Clock;
  readonly #known = new BoundedMap<string, Known>(keysAtMost);
  #restsUntilMs = Number.NEGATIVE_INFINITY;

  /** The network's time, whatever the clock says that the rest of the server goes by. */
  constructor(counts: Counts, clock: Clock = systemClock) {
    this.#counts = counts;
    this.#clock = clock;
  }

  /** Null: nobody knows, so that this server has to decide by what it has counted itself. */
  take(rate: Rate, subject: string, points: number): Promise<Verdict | null> | Verdict {
    const known = this.#of(rate, subject);
    const leftMs = known.endsMs - this.#clock.monotonic();
    const used = known.total + known.untold;
    if (used >= rate.points) return { isAllowed: false, leftMs };
    if (known.untold + points <= Math.floor(rate.points * untoldShare) && used + points <= rate.points) {
      known.untold += points;
      return { isAllowed: true, leftMs };
    }
    return new Promise((resolve) => {
      known.waiting.push({ points, resolve });
      if (!known.isAsking) void this.#serve(rate, subject, known);
    });
  }

  /** Whether something is left. */
  async check(rate: Rate, subject: string): Promise<Verdict | null> {
    const { untold } = this.#of(rate, subject);
    const found = await this.#inTime(this.#ask(rate, subject, 0));
    return found && { isAllowed: found.total + untold < rate.points, leftMs: found.leftMs };
  }

  #of({ name, seconds }: Rate, subject: string): Known {
    const key = `${name}:${subject}`;
    const now = this.#clock.monotonic();
    const known = this.#known.get(key) ?? { total: 0, untold: 0, endsMs: now, waiting: [], isAsking: false };
    if (known.endsMs <= now) Object.assign(known, { total: 0, untold: 0, endsMs: now + seconds * 1_000 });
    this.#known.set(key, known);
    return known;
  }

  /** All who ask meanwhile are asked for together. */
  async #serve(rate: Rate, subject: string, known: Known): Promise<void> {
    known.isAsking = true;
    while (known.waiting.length > 0) {
      const askers = known.waiting.splice(0);
      const wanted = askers.reduce((sum, { points }) => sum + points, 0);
      const { untold } = known;
      known.untold = 0;
      const found = await this.#inTime(this.#ask(rate, subject, wanted + untold));
      if (found === null) {
        known.untold += untold;
        for (const { resolve } of askers) resolve(null);
        continue;
      }
      Object.assign(known, {
        total: found.total - wanted,
        endsMs: this.#clock.monotonic() + found.leftMs,
      });
      const refused = this.#decide(rate, known, askers, found.leftMs);
      // What was refused has not been done: several at once must not eat up what is left for fewer.
      if (refused > 0) void this.#inTime(this.#ask(rate, subject, -refused));
    }
    known.isAsking = false;
  }

  /** Gives how much was refused to those who wanted several. */
  #decide({ points: most }: Rate, known: Known, askers: readonly Asker[], leftMs: number): number {
    let refused = 0;
    for (const { points, resolve } of askers) {
      const isAllowed = known.total + points <= most;
      if (isAllowed) known.total += points;
      else if (points > 1) refused += points;
      resolve({ isAllowed, leftMs });
    }
    return refused;
  }

  /** Who is counted is told to nobody: an address is somebody's. */
  async #ask({ name, seconds }: Rate, subject: string, amount: number) {
    if (this.#clock.monotonic() < this.#restsUntilMs) throw new Error("it did not answer a moment ago");
    const key = `rate:${name}:${sha256(subject).toBase64({ alphabet: "base64url" }).slice(0, 22)}`;
    return this.#counts.add(key, amount, seconds * 1_000);
  }

  #inTime<T>(answer: Promise<T>): Promise<T | null> {
    return new Promise((resolve) => {
      const late = this.#clock.schedule(waitMs, () => {
        this.#restsUntilMs = this.#clock.monotonic() + restMs;
        resolve(null);
      });
      answer
        .then(resolve, () => resolve(null)) // the bus says itself that it is down
        .finally(() => late.cancel());
    });
  }
}
