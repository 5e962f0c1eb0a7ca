import type { TravelMode } from "@jarvis/contract";
import { distanceM, type Point } from "../location/geometry.ts";
import { type Geofence, geofenceAt, insideFence, outside } from "./arrival-rules.ts";
import { fold, type Fixed, firstOf, type Motion, toldSpeed } from "./motion-rules.ts";
import { type Pace, paceAfter, paceOf, restingPace } from "./pace-rules.ts";
import { type Trend, trendAfter } from "./trend-rules.ts";
import { type Factors, type Route, type Way, wayLeft } from "./way-rules.ts";

export { type Factors, type Route, usualFactors } from "./way-rules.ts";

/** What is kept of somebody on their way to one place, so that only new points cost anything. */
export interface JourneyState {
  place: Point | null;
  startMs: number | null;
  /** When the newest point came that is in it. */
  receivedMs: number;
  motion: Motion | null;
  pace: Pace;
  /** Null while there is no place to come nearer to. */
  trend: Trend | null;
  fence: Geofence;
}

export interface Journey {
  points: readonly Fixed[];
  place: Point | null;
  startMs: number | null;
  now: number;
  factors: Factors;
  was: JourneyState;
  route: Route | null;
}

export interface Estimate {
  state: JourneyState;
  distance_m: number | null;
  speed: number | null;
  mode: TravelMode | null;
  eta_s: number | null;
  eta_margin_s: number | null;
  arrived: boolean;
}

export const freshState: JourneyState = {
  place: null,
  startMs: null,
  receivedMs: 0,
  motion: null,
  pace: restingPace,
  trend: null,
  fence: outside,
};

/** A speed is worth telling for as long as this; after the second nobody can say when somebody arrives. */
const speedKeptMs = 120_000;
const forgottenMs = 10 * 60_000;
/** Where somebody stands on their way, from their points of the present interval, oldest first. */
export function estimate(journey: Journey): Estimate {
  const { place, now, factors, route } = journey;
  const state = stateAfter(journey);
  const { motion, pace, trend } = state;
  if (motion === null) return { ...unknown, state };
  const arrived = state.fence.arrived;
  const distance = place === null ? null : distanceM(motion, place);
  const ageMs = now - motion.atMs;
  const way =
    arrived || trend === null || place === null || ageMs > forgottenMs
      ? null
      : wayLeft({ motion, pace, trend, place, factors, route });
  return {
    state,
    distance_m: distance === null ? null : Math.round(distance),
    speed: ageMs > speedKeptMs ? null : rounded(toldSpeed(motion)),
    mode: paceOf(pace, now),
    ...(arrived ? there : aged(way, ageMs / 1_000)),
    arrived,
  };
}

function rounded(mps: number | null): number | null {
  return mps === null ? null : Math.round(mps * 10) / 10;
}

const there = { eta_s: 0, eta_margin_s: 0 };
const untold = { eta_s: null, eta_margin_s: null };
const unknown = { distance_m: null, speed: null, mode: null, ...untold, arrived: false };

function stateAfter({ points, place, startMs, now, was }: Journey): JourneyState {
  const same = isSamePlace(was.place, place) && was.startMs === startMs;
  const known =
    same && !isOvertaken(was, points) ? was : { ...freshState, fence: same ? was.fence : outside };
  let { motion, pace, trend, fence, receivedMs } = known;
  for (let i = firstAfter(points, motion?.seenMs); i < points.length; i++) {
    const point = points[i];
    if (point === undefined) break;
    receivedMs = Math.max(receivedMs, point.received_ms);
    const before: Motion | null = motion;
    motion = motion === null ? firstOf(point) : fold(motion, point);
    const isTaken = motion.atMs === point.at_ms && motion.fixes > 0;
    if (!isTaken) continue;
    pace = paceAfter(pace, before, motion, place);
    if (place === null) continue;
    const distance = distanceM(motion, place);
    trend = trendAfter(trend, before, motion, distance);
    fence = insideFence(fence, motion, pace, distance);
  }
  // What of a backlog has come first is no silence: the rest comes with it.
  const heardMs = Math.max(motion?.seenMs ?? 0, receivedMs);
  if (motion !== null && place !== null) fence = geofenceAt(fence, motion, pace, now - heardMs);
  return { place, startMs, receivedMs, motion, pace, trend, fence };
}

export function isSamePlace(a: Point | null, b: Point | null): boolean {
  return a === b || (a?.latitude === b?.latitude && a?.longitude === b?.longitude);
}

/** Whether points came since that are older than what is known: a backlog, which belongs between what was there. */
function isOvertaken({ motion, receivedMs }: JourneyState, points: readonly Fixed[]): boolean {
  const untilMs = motion?.seenMs ?? Number.NEGATIVE_INFINITY;
  for (const point of points) {
    if (point.at_ms > untilMs) return false;
    if (point.received_ms > receivedMs && point.at_ms < untilMs) return true;
  }
  return false;
}

function firstAfter(points: readonly Fixed[], atMs: number | undefined): number {
  if (atMs === undefined) return 0;
  let i = points.length;
  while (i > 0 && (points[i - 1]?.at_ms ?? 0) > atMs) i--;
  return i;
}

/** Time goes on where no fix comes. */
function aged(way: Way | null, ageS: number): Pick<Estimate, "eta_s" | "eta_margin_s"> {
  if (way === null) return untold;
  const passedS = Math.max(0, ageS);
  const etaS = Math.max(way.etaS * 0.35, way.etaS - passedS);
  return { eta_s: Math.round(etaS), eta_margin_s: Math.round(way.marginS + passedS * 0.3) };
}
