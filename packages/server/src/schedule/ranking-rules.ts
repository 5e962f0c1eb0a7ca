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
export const worth = { available: 40, ifNeeded: 20, unknown: 10 } as const;
/** A preferred day is worth a tenth of everybody. */
const preferredWorth = 4;

export function pointsOf(slot: Omit<Slot, "score">, people: number): number {
  const unknown = people - slot.available - slot.ifNeeded - slot.busy;
  const suits = worth.available * slot.available + worth.ifNeeded * slot.ifNeeded + worth.unknown * unknown;
  return suits + (slot.preferred ? preferredWorth * people : 0);
}

/**
 * The best starts, best first: fewest required people who cannot, most points, the rounder time, the earlier. Of those
 * that overlap and would bring the same people together the first alone; none to which nobody is known to come.
 */
export function rank(search: Search, tally: Tally, wishes: Wishes, people: number, limit: number): Slot[] {
  const order = new Ordering(search, people);
  const keys = new Float64Array(search.count);
  let candidates = 0;
  for (let start = 0; start < search.count; start++) {
    const slot = slotAt(search, tally, wishes, start);
    if (slot.available + slot.ifNeeded > 0)
      keys[candidates++] = order.keyOf(slot, wishes.roundness[start] ?? 0);
  }
  const chosen: number[] = [];
  for (const key of keys.subarray(0, candidates).sort()) {
    if (chosen.length === limit) break;
    const start = order.startOf(key);
    if (!chosen.some((other) => isSame(search, tally, start, other))) chosen.push(start);
  }
  return chosen.map((start) => {
    const slot = slotAt(search, tally, wishes, start);
    return Object.assign(slot, { score: scoreOf(pointsOf(slot, people), people) });
  });
}

/** 100 where everybody is available; 10 more on a preferred day. To a tenth. */
function scoreOf(points: number, people: number): number {
  return Math.round((1_000 * points) / (worth.available * people)) / 10;
}

function slotAt({ count }: Search, tally: Tally, wishes: Wishes, start: number): Omit<Slot, "score"> {
  const at = (which: number) => tally.people[which * count + start] ?? 0;
  const votes = { yes: at(standing.yes), if_needed: at(standing.if_needed), no: at(standing.no) };
  const outside = at(standing.outside);
  return {
    start,
    available: at(standing.free) + votes.yes,
    ifNeeded: votes.if_needed,
    busy: outside + at(standing.busy) + votes.no,
    outside,
    requiredBusy: tally.requiredBusy[start] ?? 0,
    votes,
    preferred: wishes.preferred?.[start] === 1,
  };
}

/** The whole order in one number, so that sorting compares nothing else: 10 + 16 + 2 + 16 of its 53 bits. */
class Ordering {
  readonly #count: number;
  readonly #people: number;
  readonly #levels: number;

  constructor({ count }: Search, people: number) {
    this.#count = count;
    this.#people = people;
    this.#levels = (worth.available + preferredWorth) * people + 1;
  }

  keyOf(slot: Omit<Slot, "score">, roundness: number): number {
    const missing = this.#levels - 1 - pointsOf(slot, this.#people);
    return ((slot.requiredBusy * this.#levels + missing) * 3 + roundness) * this.#count + slot.start;
  }

  startOf(key: number): number {
    return key % this.#count;
  }
}

/** The same people at overlapping times, by fingerprints of 64 bits. */
function isSame({ length }: Search, { who: [first, second] }: Tally, a: number, b: number): boolean {
  return Math.abs(a - b) < length && first[a] === first[b] && second[a] === second[b];
}
