import { type Search, standing } from "./free-time-rules.ts";
import type { Tally } from "./tally-rules.ts";

/** What of a start has nothing to do with people. */
export interface Wishes {
  /** 1 where it is on a preferred day; null: no day is. */
  readonly preferred: Uint8Array | null;
  /** 0 on the full hour, 1 on the half, 2 otherwise. */
  readonly roundness: Uint8Array;
}

/** How a start suits, in numbers of people. */
export interface Slot {
  readonly start: number;
  readonly score: number;
  readonly available: number;
  readonly ifNeeded: number;
  /** With those outside their hours, and those who voted no. */
  readonly busy: number;
  readonly outside: number;
  readonly requiredBusy: number;
  readonly votes: { readonly yes: number; readonly if_needed: number; readonly no: number };
  readonly preferred: boolean;
}

/** Of 40: for a person who is available, who could if needed, and of whom nothing is known. Who is busy counts nothing. */
const worth = { available: 40, ifNeeded: 20, unknown: 10 } as const;
/** A preferred day is worth a tenth of everybody. */
const preferredWorth = 4;

interface Counts {
  available: number;
  ifNeeded: number;
  busy: number;
}

function pointsOf({ available, ifNeeded, busy }: Counts, isPreferred: boolean, people: number): number {
  const unknown = people - available - ifNeeded - busy;
  const suits = worth.available * available + worth.ifNeeded * ifNeeded + worth.unknown * unknown;
  return suits + (isPreferred ? preferredWorth * people : 0);
}

/**
 * The best starts, best first: fewest required people who cannot, most points, the rounder time, the earlier. Of those
 * that overlap and would bring the same people together the first alone; none to which nobody is known to come.
 */
export function rank(search: Search, tally: Tally, wishes: Wishes, people: number, limit: number): Slot[] {
  const counting = countsOf(search, tally);
  const order = new Ordering(search, people);
  const keys = new Float64Array(search.count);
  let candidates = 0;
  for (let start = 0; start < search.count; start++) {
    const counts = counting(start);
    if (counts.available + counts.ifNeeded === 0) continue;
    const points = pointsOf(counts, wishes.preferred?.[start] === 1, people);
    keys[candidates++] = order.keyOf(
      start,
      tally.requiredBusy[start] ?? 0,
      points,
      wishes.roundness[start] ?? 0,
    );
  }
  const chosen: number[] = [];
  for (const key of keys.subarray(0, candidates).sort()) {
    if (chosen.length === limit) break;
    const start = order.startOf(key);
    if (!chosen.some((other) => isSame(search, tally, start, other))) chosen.push(start);
  }
  return chosen.map((start) => slotAt(search, tally, wishes, people, start));
}

/** Of one start after another, in one object: there are tens of thousands. */
function countsOf({ count }: Search, tally: Tally): (start: number) => Counts {
  const of = (which: number) => tally.people.subarray(which * count, (which + 1) * count);
  const [free, yes, maybe] = [of(standing.free), of(standing.yes), of(standing.if_needed)];
  const [outside, taken, no] = [of(standing.outside), of(standing.busy), of(standing.no)];
  const counts = { available: 0, ifNeeded: 0, busy: 0 };
  return (start) => {
    counts.available = (free[start] ?? 0) + (yes[start] ?? 0);
    counts.ifNeeded = maybe[start] ?? 0;
    counts.busy = (outside[start] ?? 0) + (taken[start] ?? 0) + (no[start] ?? 0);
    return counts;
  };
}

/** 100 where everybody is available; 10 more on a preferred day. To a tenth. */
function scoreOf(points: number, people: number): number {
  return Math.round((1_000 * points) / (worth.available * people)) / 10;
}

function slotAt(search: Search, tally: Tally, wishes: Wishes, people: number, start: number): Slot {
  const at = (which: number) => tally.people[which * search.count + start] ?? 0;
  const counts = countsOf(search, tally)(start);
  const preferred = wishes.preferred?.[start] === 1;
  return {
    start,
    score: scoreOf(pointsOf(counts, preferred, people), people),
    ...counts,
    outside: at(standing.outside),
    requiredBusy: tally.requiredBusy[start] ?? 0,
    votes: { yes: at(standing.yes), if_needed: at(standing.if_needed), no: at(standing.no) },
    preferred,
  };
}

/** The whole order in one number, so that sorting compares nothing else: 10 + 16 + 2 + 16 of its 53 bits. */
class Ordering {
  readonly #count: number;
  readonly #levels: number;

  constructor({ count }: Search, people: number) {
    this.#count = count;
    this.#levels = (worth.available + preferredWorth) * people + 1;
  }

  keyOf(start: number, requiredBusy: number, points: number, roundness: number): number {
    const missing = this.#levels - 1 - points;
    return ((requiredBusy * this.#levels + missing) * 3 + roundness) * this.#count + start;
  }

  startOf(key: number): number {
    return key % this.#count;
  }
}

/** The same people at overlapping times, by fingerprints of 64 bits. */
function isSame({ length }: Search, { who: [first, second] }: Tally, a: number, b: number): boolean {
  return Math.abs(a - b) < length && first[a] === first[b] && second[a] === second[b];
}
