import type { Journey } from "./journey.ts";
import { metresBetween } from "./plane.ts";
import type { SentFix } from "./reporting.ts";
import { insideM, type Stay } from "./truth.ts";

/** What an estimator says at an instant. */
export interface Said {
  arrived: boolean;
  eta_s: number | null;
  eta_margin_s: number | null;
}

export interface Heard extends Said {
  nowMs: number;
  /** The newest fix so far, by when it was made. */
  newest: SentFix;
  /** Whether a fix has just come (else time alone went on). */
  fresh: boolean;
}

const nearM = 150;
const accuracyCapM = 100;
const patienceMs = 180_000;

/** The moments at which "arrived" begins to be said. */
export function claimsOf(heard: readonly Heard[]): Heard[] {
  return heard.filter((now, index) => now.arrived && heard[index - 1]?.arrived !== true);
}

/**
 * Whether it is true: the person is within 150 m and the accuracy of the newest fix (up to 100 m), at that instant or
 * when that fix was made, and on a stay there, not passing by.
 */
export function isTrue(journey: Journey, { nowMs, newest }: Heard): boolean {
  const radiusM = nearM + Math.min(newest.accuracy ?? 0, accuracyCapM);
  return [nowMs, newest.at_ms].some((ms) => isOnStay(journey, ms, radiusM));
}

function isOnStay({ truth }: Journey, ms: number, radiusM: number): boolean {
  if (truth.at(ms).distanceM > radiusM) return false;
  return truth.stays.some((stay) => {
    const [first, last] = [Math.min(ms, stay.arrivedMs), Math.max(ms, stay.arrivedMs)];
    if (ms >= stay.arrivedMs && ms <= (stay.leftMs ?? Number.POSITIVE_INFINITY)) return true;
    // a little before the 100 m, or after them, without having been away in between
    for (let at = first; at <= last; at += 1_000) if (truth.at(at).distanceM > radiusM) return false;
    return true;
  });
}

/** What became of a stay: `unknowable` is what no system could have told (see `knowableBy`). */
export type Outcome = "seen" | "missed" | "unknowable";

export function outcomeOf(journey: Journey, heard: readonly Heard[], stay: Stay): Outcome {
  const knownMs = knowableBy(journey, stay);
  if (knownMs === null) return "unknowable";
  const deadline = knownMs + patienceMs;
  const inTime = heard.some(
    (now) => now.arrived && now.nowMs <= deadline && isTrue(journey, now) && belongsTo(now, stay),
  );
  return inTime ? "seen" : "missed";
}

function belongsTo({ nowMs, newest }: Heard, { arrivedMs, leftMs }: Stay): boolean {
  const aroundMs = 120_000; // said on the last metres, or by the last fix inside
  return nowMs >= arrivedMs - aroundMs && newest.at_ms <= (leftMs ?? Number.POSITIVE_INFINITY) + aroundMs;
}

/**
 * From when on it can be known that somebody is there: two fixes have come that were made during the stay and lie within
 * 100 m of the place. Null where there are none, or where they came only after the person had left again.
 */
export function knowableBy({ points, place }: Journey, { arrivedMs, leftMs }: Stay): number | null {
  const left = leftMs ?? Number.POSITIVE_INFINITY;
  const inside = points.filter(
    (fix) => fix.at_ms >= arrivedMs && fix.at_ms <= left && metresBetween(fix, place) <= insideM,
  );
  const second = inside[1]?.received_ms ?? null;
  return second === null || second > left ? null : second;
}
