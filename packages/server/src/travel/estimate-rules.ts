import type { TravelMode } from "@jarvis/contract";
import { distanceM, type Point } from "../location/geometry.ts";
import { type Geofence, geofenceAt, insideFence, outside } from "./arrival-rules.ts";
import { fold, type Fixed, firstOf, type Motion, toldSpeed } from "./motion-rules.ts";
import { type Pace, paceAfter, paceOf, restingPace, type Travelling } from "./pace-rules.ts";

/** Path length ÷ straight line, for each way of travelling. */
export type Factors = Readonly<Record<Travelling, number>>;

/** What the server starts with for people it knows nothing of. */
export const usualFactors: Factors = { walk: 1.25, cycle: 1.3, ride: 1.35 };

/** What a router said of the way from where somebody was. */
export interface Route {
  durationS: number;
  /** Straight line to the place from where it was asked for. */
  fromDistanceM: number;
  from: Point;
  askedMs: number;
  mode: Travelling;
}

/** What is kept of somebody on their way to one place, so that only new points cost anything. */
export interface JourneyState {
  place: Point | null;
  startMs: number | null;
  /** When the newest point came that is in it. */
  receivedMs: number;
  motion: Motion | null;
  pace: Pace;
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
  fence: outside,
};

/** A speed is worth telling for as long as this; after the second nobody can say when somebody arrives. */
const speedKeptMs = 120_000;
const forgottenMs = 10 * 60_000;
/** Arriving is being this near, so that the last metres do not count. */
const reachM = 100;
/** The nearer, the straighter: at this distance from the circle half of the detour is left. */
const straightM = 250;
/** For so long a router's word counts as much as what has been seen of the person. */
const routeWeightS = 240;

/** Where somebody stands on their way, from their points of the present interval, oldest first. */
export function estimate(journey: Journey): Estimate {
  const { place, now, factors, route } = journey;
  const state = stateAfter(journey);
  const { motion, pace } = state;
  if (motion === null) return { ...unknown, state };
  const arrived = state.fence.arrived;
  const distance = place === null ? null : distanceM(motion, place);
  const ageMs = now - motion.atMs;
  const way =
    arrived || distance === null || ageMs > forgottenMs ? null : wayLeft(pace, distance, factors, route);
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
  let { motion, pace, fence, receivedMs } = known;
  for (let i = firstAfter(points, motion?.seenMs); i < points.length; i++) {
    const point = points[i];
    if (point === undefined) break;
    receivedMs = Math.max(receivedMs, point.received_ms);
    const before: Motion | null = motion;
    motion = motion === null ? firstOf(point) : fold(motion, point);
    const isTaken = motion.atMs === point.at_ms && motion.fixes > 0;
    if (!isTaken) continue;
    pace = paceAfter(pace, before, motion, place);
    fence = place === null ? outside : insideFence(fence, motion, pace, distanceM(motion, place));
  }
  if (motion !== null && place !== null) fence = geofenceAt(fence, motion, pace, now);
  return { place, startMs, receivedMs, motion, pace, fence };
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

interface Way {
  etaS: number;
  marginS: number;
}

/** Straight line × detour ÷ speed, all three bent to what has been seen of this person so far. */
function wayLeft(pace: Pace, distance: number, factors: Factors, route: Route | null): Way | null {
  const { travelling } = pace;
  if (travelling === null || !pace.underWay) return null;
  const speed = (pace.pathM + usualSpeed[travelling] * priorS) / (pace.timeS + priorS);
  const left = Math.max(0, distance - reachM);
  const prior = 400 + distance / 2;
  const seen = (pace.pathM + factors[travelling] * prior) / Math.max(1, pace.closedM + prior);
  const factor = 1 + ((Math.min(2.5, Math.max(1, seen)) - 1) * left) / (left + straightM);
  let nearing = speed / factor;
  if (route !== null && route.mode === travelling && route.durationS > 0) {
    const promised = route.fromDistanceM / route.durationS;
    nearing = (nearing * pace.timeS + promised * routeWeightS) / (pace.timeS + routeWeightS);
  }
  const etaS = Math.max(soonS, secondsOf(left, nearing, pace, travelling));
  return { etaS, marginS: marginOf(etaS, pace, travelling) };
}

/** Nobody goes on for ever as they begin: far away, somebody on foot is on their way to a bus. */
function secondsOf(left: number, nearing: number, pace: Pace, travelling: Travelling): number {
  if (travelling === "ride") {
    const slowM = Math.min(left, townM);
    const off = (pace.v2 / pace.v1 > fastMps ? stationS : gettingOffS) * Math.min(1, left / 300);
    return (left - slowM) / nearing + slowM / Math.min(nearing, townMps) + off;
  }
  const ownM = Math.min(left, believedM[travelling] + Math.max(0, pace.closedM) * 5);
  return ownM / (nearing * overdone[travelling]) + (left - ownM) / Math.max(nearing, ridingMps);
}

/** The end of a fast ride goes through a town, and then there is parking, or the way from the station. */
const townM = 1_500;
const townMps = 7.5;
const gettingOffS = 15;
/** Only trains, and cars that then look for where to park, have been this fast. */
const fastMps = 20;
const stationS = 180;
const believedM = { walk: 1_500, cycle: 5_000 } as const;
const ridingMps = 5.9;
/** By how much the way left is overestimated on average, measured over generated journeys. */
const overdone = { walk: 1.07, cycle: 1 } as const;

/** With stops and lights, m/s. */
const usualSpeed: Record<Travelling, number> = { walk: 1.3, cycle: 4.6, ride: 8 };
const priorS = 60;
const soonS = 5;

/** Measured over generated journeys, so that about eight of ten arrivals lie within it. */
function marginOf(etaS: number, pace: Pace, travelling: Travelling): number {
  const newness = Math.exp(-pace.timeS / 240);
  const { baseS, part } = spread[travelling];
  return baseS + etaS * (part + 0.3 * newness);
}

/** Nobody knows where a car will be parked, or how far it is from the station. */
const spread = {
  walk: { baseS: 22, part: 0.22 },
  cycle: { baseS: 30, part: 0.35 },
  ride: { baseS: 90, part: 0.55 },
} as const;

/** Time goes on where no fix comes. */
function aged(way: Way | null, ageS: number): Pick<Estimate, "eta_s" | "eta_margin_s"> {
  if (way === null) return untold;
  const passedS = Math.max(0, ageS);
  const etaS = Math.max(way.etaS * 0.35, way.etaS - passedS);
  return { eta_s: Math.round(etaS), eta_margin_s: Math.round(way.marginS + passedS * 0.3) };
}
