import type { TravelMode } from "@jarvis/contract";
import { distanceM, type Point } from "../location/geometry.ts";
import { flatDistanceM, type Motion, speedOf } from "./motion-rules.ts";

/** The ways of getting on. */
export type Travelling = Exclude<TravelMode, "still">;

/** How somebody gets on: what they have gone and come nearer lately, stops included. */
export interface Pace {
  /** Path, time and straight line to the place gone by; older counts less. */
  pathM: number;
  timeS: number;
  closedM: number;
  /** The present leg, since they set out or changed how they travel: its path, and how far from the place it began. */
  legM: number;
  legFromM: number;
  /** Sums over time of speed and of its square: their quotient is the speed while moving, whatever the stops. */
  v1: number;
  v2: number;
  travelling: Travelling | null;
  underWay: boolean;
  /** Where they were when last counted as moved, when, and how far from the place. */
  anchor: { latitude: number; longitude: number; distanceM: number } | null;
  /** Since when they have moved as people on foot do. */
  onFootMs: number | null;
  /** When they were last near there, and when they last moved on. */
  restMs: number;
  movedMs: number;
}

export const restingPace: Pace = {
  pathM: 0,
  timeS: 0,
  closedM: 0,
  legM: 0,
  legFromM: 0,
  v1: 0,
  v2: 0,
  travelling: null,
  underWay: false,
  anchor: null,
  onFootMs: null,
  restMs: 0,
  movedMs: 0,
};

const fadeS = 420;
const modeFadeS = 60;
/** Nobody has set out who has not gone this far, and nobody moves who stays within the second. */
const setOutM = 90;
const stepM = 30;
const stillMs = 150_000;
/** After so long in one place the journey is over, or another one. */
const restedMs = 10 * 60_000;
const waitMs = 75_000;
/** Nobody rides this slowly for so long, unless they have got off. */
const footMs = 30_000;
const footMps = { from: 0.5, until: 2.3 } as const;
const teleportMps = 120;

/** Takes in that somebody has moved on from one believed fix to the next. */
export function paceAfter(was: Pace, before: Motion | null, motion: Motion, place: Point | null): Pace {
  const distance = place === null ? 0 : distanceM(motion, place);
  const here = { latitude: motion.latitude, longitude: motion.longitude, distanceM: distance };
  if (before === null || was.anchor === null)
    return { ...restingPace, anchor: here, restMs: motion.atMs, movedMs: motion.atMs };
  const dt = (motion.atMs - before.atMs) / 1_000;
  if (flatDistanceM(before, motion) > teleportMps * dt + 500)
    return { ...restingPace, anchor: here, restMs: motion.atMs, movedMs: motion.atMs };
  const paced = withMode(was, motion, dt);
  const stepped = flatDistanceM(was.anchor, motion);
  const moves = stepped >= Math.max(was.underWay ? stepM : setOutM, Math.min(150, motion.accuracyM * 1.5));
  return was.underWay
    ? goingOn(paced, motion, here, dt, moves ? stepped : 0)
    : settingOut(paced, motion, here, moves ? stepped : 0);
}

type Here = NonNullable<Pace["anchor"]>;

function settingOut(pace: Pace, motion: Motion, here: Here, stepped: number): Pace {
  const { anchor } = pace;
  if (stepped === 0 || anchor === null) {
    const rests = anchor !== null && flatDistanceM(anchor, motion) < stepM;
    return rests ? { ...pace, restMs: motion.atMs } : pace;
  }
  return {
    ...pace,
    underWay: true,
    legM: stepped,
    legFromM: anchor.distanceM,
    pathM: stepped,
    timeS: Math.max(1, (motion.atMs - pace.restMs) / 1_000),
    closedM: anchor.distanceM - here.distanceM,
    anchor: here,
    movedMs: motion.atMs,
  };
}

function goingOn(pace: Pace, motion: Motion, here: Here, dt: number, stepped: number): Pace {
  const { anchor } = pace;
  const rested = stepped === 0 && motion.atMs - pace.movedMs > restedMs;
  if (rested || anchor === null)
    return { ...restingPace, anchor: here, restMs: motion.atMs, movedMs: pace.movedMs };
  // A stop at a light or a station is part of the way; somebody who waits for longer goes on as they came.
  const waits = stepped === 0 && motion.atMs - pace.movedMs > waitMs;
  if (waits) return pace;
  const kept = Math.exp(-dt / fadeS);
  const timeS = pace.timeS * kept + dt;
  if (stepped === 0) return { ...pace, timeS, pathM: pace.pathM * kept, closedM: pace.closedM * kept };
  return {
    ...pace,
    timeS,
    legM: pace.legM + stepped,
    pathM: pace.pathM * kept + stepped,
    closedM: pace.closedM * kept + anchor.distanceM - here.distanceM,
    anchor: here,
    movedMs: motion.atMs,
  };
}

function withMode(was: Pace, motion: Motion, dt: number): Pace {
  const speed = speedOf(motion);
  const span = Math.min(dt, 60);
  const kept = Math.exp(-span / modeFadeS);
  const moves = speed > 0.6;
  const v1 = moves ? was.v1 * kept + speed * span : was.v1;
  const v2 = moves ? was.v2 * kept + speed * speed * span : was.v2;
  // Fixes of somebody who stands between towers wander as if on foot: what the phone says of its speed knows better.
  const ownMps = motion.saidMps ?? speed;
  const walks = ownMps >= footMps.from && ownMps <= footMps.until;
  const onFootMs = walks ? (was.onFootMs ?? motion.atMs) : null;
  if (v1 < 15) return { ...was, v1, v2, onFootMs };
  const gotOff = was.travelling !== "walk" && onFootMs !== null && motion.atMs - onFootMs >= footMs;
  if (gotOff) return changed({ ...was, onFootMs, v1: speed * 20, v2: speed * speed * 20 }, "walk");
  const travelling = travellingAt(v2 / v1, was.travelling);
  const pace = { ...was, v1, v2, onFootMs, travelling };
  return was.travelling === null || travelling === was.travelling ? pace : changed(pace, travelling);
}

function changed(was: Pace, travelling: Travelling): Pace {
  // Somebody got off the bus: how fast it was says little of the rest.
  const { pathM, timeS, closedM } = was;
  const leg = { legM: 0, legFromM: was.anchor?.distanceM ?? 0 };
  return { ...was, ...leg, travelling, pathM: pathM * 0.15, timeS: timeS * 0.15, closedM: closedM * 0.15 };
}

const walkUntilMps = 2.5;
const cycleUntilMps = 7;
const hysteresis = 0.14;

function travellingAt(mps: number, was: Travelling | null): Travelling {
  const walkUntil = walkUntilMps * (was === "walk" ? 1 + hysteresis : 1 - (was === null ? 0 : hysteresis));
  const cycleUntil = cycleUntilMps * (was === "ride" ? 1 - hysteresis : 1 + (was === null ? 0 : hysteresis));
  if (mps < walkUntil) return "walk";
  return mps < cycleUntil ? "cycle" : "ride";
}

/** The mode that others are told: somebody who has not moved for a while is still. */
export function paceOf(pace: Pace, now: number): TravelMode | null {
  if (pace.anchor === null) return null;
  if (!pace.underWay) return now - pace.movedMs >= stillMs ? "still" : pace.travelling;
  return now - pace.movedMs >= stillMs ? "still" : pace.travelling;
}
