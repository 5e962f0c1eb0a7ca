import type { Arrival, DropCode, Read, TrackerPoint } from "./types.ts";
import type { At } from "./times.ts";

/** A point in our units, before anybody looked whether it can be. */
export interface RawPoint {
  latitude: number | undefined;
  longitude: number | undefined;
  accuracy?: number | undefined;
  altitude?: number | undefined;
  speed?: number | undefined;
  heading?: number | undefined;
  battery?: number | undefined;
  at: At;
}

/** How far a phone's clock may be ahead of ours. */
const aheadMs = 60_000;
/** Of more in one body the newest count. */
export const pointsMax = 1_000;

/** Takes what one request says, point by point. */
export class Points {
  readonly #points: TrackerPoint[] = [];
  readonly #dropped = new Map<DropCode, number>();
  readonly #now: number;

  constructor(nowMs: number) {
    this.#now = nowMs;
  }

  add(raw: RawPoint): void {
    const made = this.#make(raw);
    if (typeof made === "string") this.drop(made);
    else this.#points.push(made);
  }

  /** As `add`, unless one of the same time is there already. */
  addOnce(raw: RawPoint): void {
    if (!this.#points.some(({ at }) => at === raw.at)) this.add(raw);
  }

  drop(code: DropCode, count = 1): void {
    this.#dropped.set(code, (this.#dropped.get(code) ?? 0) + count);
  }

  isFuture(at: number): boolean {
    return at * 1000 > this.#now + aheadMs;
  }

  read(arrival?: Arrival): Read {
    const points = this.#newest();
    const dropped = [...this.#dropped].map(([code, count]) => ({ code, count }));
    return { points, dropped, ...(arrival === undefined ? {} : { arrival }) };
  }

  #newest(): TrackerPoint[] {
    const over = this.#points.length - pointsMax;
    if (over <= 0) return this.#points;
    this.drop("too_many", over);
    const made = ({ at }: TrackerPoint) => at ?? this.#now / 1000;
    return this.#points.toSorted((one, other) => made(one) - made(other)).slice(over);
  }

  #make(raw: RawPoint): TrackerPoint | DropCode {
    const { latitude, longitude, at } = raw;
    if (latitude === undefined || longitude === undefined) return "no_position";
    if (!isBetween(latitude, -90, 90) || !isBetween(longitude, -180, 180)) return "out_of_range";
    if (latitude === 0 && longitude === 0) return "null_island";
    if (at === "unreadable") return "unreadable";
    if (typeof at === "number" && this.isFuture(at)) return "future";
    return {
      latitude: latitude + 0,
      longitude: longitude + 0,
      ...optional(raw),
      ...(typeof at === "number" ? { at } : {}),
    };
  }
}

/** The ranges of the contract's `fixInput`. No receiver is accurate to 0 m: phones write that for "unknown". */
const ranges = {
  accuracy: [Number.MIN_VALUE, 10_000_000],
  altitude: [-20_000, 1_000_000],
  speed: [0, 100_000],
  heading: [0, 360],
  battery: [0, 100],
} as const;
const names = ["accuracy", "altitude", "speed", "heading", "battery"] as const;

function optional(raw: RawPoint): Partial<TrackerPoint> {
  const kept: Partial<TrackerPoint> = {};
  for (const name of names) {
    const value = raw[name];
    const [min, max] = ranges[name];
    // −0 becomes 0, so that a value reads back as it is compared.
    if (value !== undefined && isBetween(value, min, max)) kept[name] = value + 0;
  }
  return kept;
}

function isBetween(value: number, min: number, max: number): boolean {
  return value >= min && value <= max;
}
