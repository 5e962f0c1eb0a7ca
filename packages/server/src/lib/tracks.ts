import { PointList, type TrackPoint } from "./point-list.ts";

export type { TrackPoint } from "./point-list.ts";

export type PutOutcome = "newest" | "older" | "duplicate";

interface Kept {
  newest: TrackPoint;
  path: PointList | null;
}

/**
 * Memory of where people are: the newest fix of each person and event (`""`: all of them), and while it is asked to
 * keep them, those of the last 30 minutes, thinned to 120. Bounded: whoever has not moved for longest is forgotten.
 */
export class Tracks<U extends string = string, E extends string = string> {
  readonly #people = new Map<U, Map<E, Kept>>();
  /** How many newest fixes are kept at most. */
  readonly max: number;
  #size = 0;
  #isComplete = true;

  constructor(max = 200_000) {
    this.max = max;
  }

  /** Nobody has been forgotten for want of room. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** How many newest fixes are kept. */
  get size(): number {
    return this.#size;
  }

  /** Takes a point in; with `keep` it also becomes part of the path, wherever in it its time belongs. */
  put(user: U, event: E, point: TrackPoint, keep: boolean): PutOutcome {
    const kept = this.#people.get(user)?.get(event);
    if (kept === undefined) {
      this.#insert(user, event, { newest: point, path: keep ? pathOf(point) : null });
      return "newest";
    }
    const outcome = outcomeOf(kept.newest, point);
    if (outcome === "duplicate") return outcome;
    if (keep) this.#addTo(kept, point);
    else kept.path = null;
    if (outcome === "newest") {
      kept.newest = point;
      this.#touch(user);
    }
    return outcome;
  }

  /** What `put` would answer. */
  weigh(user: U, event: E, point: Pick<TrackPoint, "at_ms" | "latitude" | "longitude">): PutOutcome {
    const newest = this.newest(user, event);
    return newest === undefined ? "newest" : outcomeOf(newest, point);
  }

  newest(user: U, event: E): TrackPoint | undefined {
    return this.#people.get(user)?.get(event)?.newest;
  }

  /** Whatever it was made for. */
  newestOf(user: U): TrackPoint | undefined {
    let found: TrackPoint | undefined;
    for (const { newest } of this.#people.get(user)?.values() ?? [])
      if (found === undefined || newest.at_ms > found.at_ms) found = newest;
    return found;
  }

  has(user: U): boolean {
    return this.#people.has(user);
  }

  /** For which something is known of them. */
  eventsOf(user: U): E[] {
    return [...(this.#people.get(user)?.keys() ?? [])];
  }

  /** By time, ascending; where no path is kept, the newest alone. */
  recent(user: U, event: E, fromMs: number): readonly TrackPoint[] {
    const kept = this.#people.get(user)?.get(event);
    if (kept === undefined) return [];
    if (kept.path !== null) return kept.path.since(fromMs);
    return kept.newest.at_ms >= fromMs ? [kept.newest] : [];
  }

  /** Keeps the newest, and nothing of how it came there. */
  trim(user: U, event: E): void {
    const kept = this.#people.get(user)?.get(event);
    if (kept !== undefined) kept.path = null;
  }

  forget(user: U, event: E | null): void {
    const events = this.#people.get(user);
    if (events === undefined) return;
    if (event === null) {
      this.#size -= events.size;
      this.#people.delete(user);
    } else if (events.delete(event)) {
      this.#size--;
      if (events.size === 0) this.#people.delete(user);
    }
  }

  /** Of everybody who is known at this moment: whoever moves meanwhile is put last, and would come again. */
  *entries(): Iterable<{ user: U; event: E; newest: TrackPoint; hasPath: boolean }> {
    for (const user of Array.from(this.#people.keys()))
      for (const [event, { newest, path }] of this.#people.get(user) ?? [])
        yield { user, event, newest, hasPath: path !== null };
  }

  /** What of a path was made before is forgotten. */
  forgetPathBefore(user: U, event: E, ms: number): void {
    const kept = this.#people.get(user)?.get(event);
    if (kept?.path?.forgetBefore(ms) === false) kept.path = null;
  }

  #addTo(kept: Kept, point: TrackPoint): void {
    kept.path ??= pathOf(kept.newest);
    kept.path.add(point);
  }

  #insert(user: U, event: E, kept: Kept): void {
    const events = this.#people.get(user) ?? new Map<E, Kept>();
    events.set(event, kept);
    this.#people.delete(user);
    this.#people.set(user, events);
    this.#size++;
    while (this.#size > this.max && this.#people.size > 1) this.#forgetFirst();
  }

  /** A Map keeps the order of insertion: its first key has not moved for longest. */
  #touch(user: U): void {
    if (this.#size * 2 < this.max) return;
    const events = this.#people.get(user);
    if (events === undefined) return;
    this.#people.delete(user);
    this.#people.set(user, events);
  }

  #forgetFirst(): void {
    const { value, done } = this.#people.keys().next();
    this.#isComplete = false;
    if (!done) this.forget(value, null);
  }
}

function pathOf(point: TrackPoint): PointList {
  const path = new PointList();
  path.add(point);
  return path;
}

/** Of two fixes made at the same time the one that came last counts, unless they are one. */
function outcomeOf(
  newest: TrackPoint,
  point: Pick<TrackPoint, "at_ms" | "latitude" | "longitude">,
): PutOutcome {
  if (point.at_ms !== newest.at_ms) return point.at_ms > newest.at_ms ? "newest" : "older";
  const same = point.latitude === newest.latitude && point.longitude === newest.longitude;
  return same ? "duplicate" : "newest";
}
