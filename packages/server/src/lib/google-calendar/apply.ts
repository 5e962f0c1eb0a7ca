import type { Change, Item } from "./items.ts";
import type { KeptCalendar } from "./kept.ts";
import { roughMs } from "./moments.ts";

/** Of one person, in all of their calendars: an event weighs one, and each 128 characters of its rules as much again. */
export const maxWeight = 10_000;

export function weightOf(items: Iterable<Item>): number {
  let weight = 0;
  for (const item of items) weight += weigh(item);
  return weight;
}

function weigh(item: Item): number {
  const rules = item.is === "busy" ? (item.rules ?? []) : [];
  return 1 + (rules.reduce((length, rule) => length + rule.length, 0) >> 7);
}

/**
 * Takes in the changes that the pages of one sync bring, in their order. What is gone goes first, and a series that is
 * gone takes its exceptions along; one of them that stays, because the person keeps that instance alone, comes again.
 */
export class Changes {
  readonly #base: ReadonlyMap<string, Item>;
  readonly #masters: ReadonlySet<string>;
  readonly #changed = new Map<string, Change[1]>();
  readonly #pastMs: number;
  #weight = 0;
  #dropped: number;

  constructor(base: Pick<KeptCalendar, "items" | "dropped">, pastMs: number) {
    this.#base = base.items;
    this.#masters = new Set([...base.items.values()].flatMap((item) => masterOf(item) ?? []));
    this.#dropped = base.dropped;
    this.#pastMs = pastMs;
  }

  /** Undefined: an event that cannot be told from others. */
  add(change: Change | undefined): void {
    if (change === undefined) this.#dropped++;
    else if (this.#matters(...change)) this.#changed.set(...change);
  }

  #matters(id: string, item: Change[1]): boolean {
    const isKnown = this.#base.has(id) || this.#changed.has(id);
    if (typeof item === "string") return isKnown || this.#masters.has(id);
    if (!isKnown && isPast(item, this.#pastMs)) return false;
    this.#weight += weigh(item);
    if (this.#weight <= maxWeight) return true;
    this.#dropped++;
    return false;
  }

  /** What is kept from now on, of so much weight at most. */
  result(syncToken: string, room: number): KeptCalendar {
    const items = new Map<string, Item>();
    let dropped = this.#dropped;
    let left = room;
    for (const [id, item] of this.#merged()) {
      if (isPast(item, this.#pastMs)) continue;
      left -= weigh(item);
      if (left >= 0) items.set(id, item);
      else dropped++;
    }
    return { syncToken, items, dropped };
  }

  *#merged(): Generator<[string, Item]> {
    const deleted = new Set([...this.#changed].flatMap(([id, item]) => (item === "deleted" ? [id] : [])));
    for (const [id, item] of this.#base) {
      if (!this.#changed.has(id) && !deleted.has(masterOf(item) ?? "")) yield [id, item];
    }
    for (const [id, item] of this.#changed) if (typeof item !== "string") yield [id, item];
  }
}

function masterOf(item: Item): string | undefined {
  return item.is === "skipped" ? undefined : item.master;
}

/** A series never is: whether it ends is for its rule to say. */
function isPast(item: Item, pastMs: number): boolean {
  if (item.is === "skipped") return false;
  if (item.is === "free") return roughMs(item.original) < pastMs;
  if (item.rules !== undefined || roughMs(item.end) >= pastMs) return false;
  return item.original === undefined || roughMs(item.original) < pastMs;
}
