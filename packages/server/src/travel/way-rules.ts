import type { Point } from "../location/geometry.ts";
import type { Motion } from "./motion-rules.ts";
import type { Pace, Travelling } from "./pace-rules.ts";
import { predictedS } from "./prediction-rules.ts";
import { rateOf, type Trend } from "./trend-rules.ts";

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

export interface Way {
  etaS: number;
  marginS: number;
}

interface Going {
  motion: Motion;
  pace: Pace;
  trend: Trend;
  place: Point;
  factors: Factors;
  route: Route | null;
}

/** Arriving is being this near, so that the last metres do not count. */
const reachM = 100;
/** The nearer, the straighter: at this distance from the circle half of the detour is left. */
const straightM = 250;
/** For so long a router's word counts as much as what has been seen of the person. */
const routeWeightS = 240;
const soonS = 5;
const priorS = 60;

/** The way left as of the newest believed fix; null of somebody who is not under way. */
export function wayLeft({ motion, pace, trend, place, factors, route }: Going): Way | null {
  const { travelling } = pace;
  if (travelling === null || !pace.underWay) return null;
  const left = Math.max(0, trend.distanceM - reachM);
  const nearM = Math.min(left, fittedM[travelling]);
  const fitted = predictedS(nearM, trend, motion, pace, place);
  const near = steadied(fitted, nearM, trend);
  const own = near * unusual(factors[travelling] / usualFactors[travelling], nearM);
  const far = (left - nearM) / nearing(pace, travelling, factors);
  const seenS = own + far;
  const etaS = Math.max(soonS, routed(seenS, left, pace, travelling, route));
  return { etaS, marginS: marginOf(etaS, pace, travelling) };
}

/** As far as people of the generated journeys were away in their last half hour; from there on it is distance ÷ speed. */
const fittedM: Record<Travelling, number> = { walk: 3_000, cycle: 8_000, ride: 15_000 };

/** Who has come straight nearer at one speed for minutes has shown it: people of the journeys it was fitted to seldom do. */
function steadied(fittedS: number, leftM: number, { pathM, closedM, timeS }: Trend): number {
  const [close1, close3, close8] = rateOf(closedM, timeS);
  if (close8 < crawlMps || close8 > townMps) return fittedS;
  const straight = closedM[2] / Math.max(1, pathM[2]);
  const uneven = Math.max(Math.abs(close1 - close8), Math.abs(close3 - close8)) / close8;
  const doubt = Math.max(0, 1 - straight - 0.05) + Math.max(0, uneven - 0.1);
  const seen = Math.max(0, 1 - doubt * 6) * mostSteady * Math.min(1, timeS[2] / 240);
  return fittedS * (1 - seen) + (leftM / close8) * seen;
}

const crawlMps = 0.5;
/** What is faster than this ends in a town, at another speed. */
const townMps = 9;
const mostSteady = 0.7;

/** Somebody's own detour counts the more, the further it is. */
function unusual(factor: number, left: number): number {
  return 1 + ((factor - 1) * left) / (left + straightM);
}

/** How fast a long way is closed: as they came so far, stops and detour included, or as is usual. */
function nearing(pace: Pace, travelling: Travelling, factors: Factors): number {
  const speed = (pace.pathM + usualMps[travelling] * priorS) / (pace.timeS + priorS);
  const priorM = 2_000;
  const seen = (pace.pathM + factors[travelling] * priorM) / Math.max(1, pace.closedM + priorM);
  const mps = speed / Math.min(2.5, Math.max(1, seen));
  // Far away, somebody on foot is on their way to a bus.
  return travelling === "walk" ? Math.max(mps, ridingMps) : mps;
}

const ridingMps = 5.9;
/** With stops and lights, m/s. */
const usualMps: Record<Travelling, number> = { walk: 1.3, cycle: 4.6, ride: 8 };

function routed(seenS: number, left: number, pace: Pace, mode: Travelling, route: Route | null): number {
  if (route === null || route.mode !== mode || route.durationS <= 0 || seenS <= 0) return seenS;
  const promisedS = (left * route.durationS) / Math.max(1, route.fromDistanceM);
  return (seenS * pace.timeS + promisedS * routeWeightS) / (pace.timeS + routeWeightS);
}

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
