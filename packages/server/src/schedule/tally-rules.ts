import { type Candidate, paint, type Search, standing, standings } from "./free-time-rules.ts";

/** How many stand how to every start, and a fingerprint of who would come. */
export interface Tally {
  /** One after another for each standing, `count` numbers each. */
  readonly people: Int32Array;
  /** Of the required people, how many cannot. */
  readonly requiredBusy: Int32Array;
  /** Two sums of 32 bits over the keys of whoever is available and of whoever could if needed. */
  readonly who: readonly [Int32Array, Int32Array];
}

/**
 * Adds people up one by one. Each is painted into the same scratch and only where their standing changes anything is
 * written, as a difference to the start before: linear in people and in starts, with memory for one person.
 */
export class Tallying {
  readonly #search: Search;
  readonly #scratch: Uint8Array;
  /** The scratch, four starts at a time. */
  readonly #words: Uint32Array;
  readonly #people: Int32Array;
  readonly #requiredBusy: Int32Array;
  readonly #who: readonly [Int32Array, Int32Array];
  #added = 0;

  constructor(search: Search) {
    this.#search = search;
    this.#words = new Uint32Array(Math.ceil(search.count / 4));
    this.#scratch = new Uint8Array(this.#words.buffer);
    this.#people = new Int32Array(standings * search.count);
    this.#requiredBusy = new Int32Array(search.count);
    this.#who = [new Int32Array(search.count), new Int32Array(search.count)];
  }

  add(candidate: Candidate): void {
    const number = this.#added++;
    if (this.#search.count === 0) return;
    paint(this.#search, candidate, this.#scratch);
    const keys = [keysOf(number, 1), keysOf(number, 2)] as const;
    let before = -1;
    for (let word = 0; word < this.#words.length; word++) {
      if (this.#words[word] === before * 0x01010101) continue;
      const end = Math.min(4 * word + 4, this.#search.count);
      for (let start = 4 * word; start < end; start++) {
        const now = this.#scratch[start] ?? 0;
        if (now === before) continue;
        this.#change(start, before, now, keys, candidate.required);
        before = now;
      }
    }
  }

  #change(start: number, before: number, now: number, keys: Keys, isRequired: boolean): void {
    const { count } = this.#search;
    shift(this.#people, now * count + start, 1);
    if (before >= 0) shift(this.#people, before * count + start, -1);
    const [first, second] = this.#who;
    shift(first, start, keyOf(now, keys[0]) - keyOf(before, keys[0]));
    shift(second, start, keyOf(now, keys[1]) - keyOf(before, keys[1]));
    if (isRequired) shift(this.#requiredBusy, start, Number(cannot(now)) - Number(cannot(before)));
  }

  /** Ends the adding up. */
  sum(): Tally {
    const { count } = this.#search;
    for (let at = 0; at < standings; at++) accumulate(this.#people.subarray(at * count, (at + 1) * count));
    accumulate(this.#requiredBusy);
    for (const sums of this.#who) accumulate(sums);
    return { people: this.#people, requiredBusy: this.#requiredBusy, who: this.#who };
  }
}

/** A person's keys: as somebody available, and as somebody who could if needed. */
type Key = readonly [available: number, ifNeeded: number];
type Keys = readonly [Key, Key];

function keysOf(number: number, seed: number): Key {
  return [scatter(2 * number, seed), scatter(2 * number + 1, seed)];
}

function keyOf(now: number, [available, ifNeeded]: Key): number {
  if (now === standing.free || now === standing.yes) return available;
  return now === standing.if_needed ? ifNeeded : 0;
}

export function cannot(now: number): boolean {
  return now === standing.outside || now === standing.busy || now === standing.no;
}

/** Spreads small numbers over 32 bits (the finaliser of MurmurHash3), the same in every run. */
function scatter(value: number, seed: number): number {
  let hash = Math.imul(value + 1, 0x9e3779b1) ^ Math.imul(seed, 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** Sums wrap at 32 bits, as the arrays hold them. */
function shift(sums: Int32Array, at: number, by: number): void {
  sums[at] = (sums[at] ?? 0) + by;
}

function accumulate(sums: Int32Array): void {
  for (let at = 1; at < sums.length; at++) shift(sums, at, sums[at - 1] ?? 0);
}
