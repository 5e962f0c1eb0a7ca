import { flatDistanceM, type Motion, speedOf } from "./motion-rules.ts";
import type { Pace } from "./pace-rules.ts";

/** Whether somebody has arrived, and what speaks for it so far. */
export interface Geofence {
  arrived: boolean;
  /** When they came in, the last time they did; null outside. */
  sinceMs: number | null;
  fixes: number;
  /** Where in it they have not moved on from, and since when. */
  stop: { latitude: number; longitude: number; sinceMs: number } | null;
  /** How many fixes in a row say that somebody who had arrived is gone. */
  gone: number;
  radiusM: number;
  nearestM: number;
  lastM: number;
}

export const outside: Geofence = {
  arrived: false,
  sinceMs: null,
  fixes: 0,
  stop: null,
  gone: 0,
  radiusM: 0,
  nearestM: Number.POSITIVE_INFINITY,
  lastM: Number.POSITIVE_INFINITY,
};

const arriveM = 100;
const leaveM = 150;
const slackM = 100;
const waitMs = 30_000;
/** Whoever stays within this, or within what their phone can tell, stands about. */
const standM = 22;
/** Between towers fixes wander about somebody who stands; whoever rides is out of this in no time. */
const wanderM = 45;
const stillMps = 0.5;
const slowMps = 2.2;
/** Faster than this nobody stands, whatever the fixes look like. */
const walkingMps = 0.8;
/** Who is seen walking in the circle and then no more may as well have walked out of it. */
const lostMs = 120_000;
/** Right in front of the place a walker has arrived. */
const doorM = 30;
const frontM = 20;
/** Longer than the lights and stops near the place take. */
const stopMs = { unknown: 10_000, walk: 20_000, cycle: 80_000, ride: 90_000 } as const;
const silenceMs = { walk: waitMs, cycle: 60_000, ride: 75_000 } as const;

/** Takes in a believed fix. */
export function insideFence(was: Geofence, motion: Motion, pace: Pace, distanceM: number): Geofence {
  const slack = Math.min(slackM, motion.accuracyM);
  if (was.arrived) return staying(was, distanceM > leaveM + slack, distanceM);
  const radiusM = arriveM + slack;
  if (distanceM > radiusM) return outside;
  const sinceMs = was.sinceMs ?? motion.atMs;
  const fence: Geofence = {
    arrived: false,
    sinceMs,
    fixes: was.fixes + 1,
    stop: stopAt(was, motion, pace),
    gone: 0,
    radiusM,
    nearestM: Math.min(was.nearestM, distanceM),
    lastM: distanceM,
  };
  return { ...fence, arrived: isThere(fence, motion, pace) };
}

function stopAt({ stop }: Geofence, motion: Motion, { travelling }: Pace): Geofence["stop"] {
  const wanders = motion.saidMps !== null && motion.saidMps <= stillMps;
  const aroundM = wanders || travelling === "cycle" || travelling === "ride" ? wanderM : standM;
  const reachM = Math.max(aroundM, Math.min(60, motion.accuracyM));
  if (stop !== null && flatDistanceM(stop, motion) <= reachM) return stop;
  return { latitude: motion.latitude, longitude: motion.longitude, sinceMs: motion.atMs };
}

function staying(was: Geofence, isGone: boolean, lastM: number): Geofence {
  if (!isGone) return was.gone === 0 ? was : { ...was, gone: 0 };
  return was.gone >= 1 ? outside : { ...was, gone: was.gone + 1, lastM };
}

/** Two fixes or 30 seconds, and not just driving by: stopped, at the door, or longer inside than passing takes. */
function isThere(fence: Geofence, motion: Motion, pace: Pace): boolean {
  const { sinceMs, stop } = fence;
  if (sinceMs === null) return false;
  const insideMs = motion.atMs - sinceMs;
  if (fence.fixes < 2 && insideMs < waitMs) return false;
  const mode = pace.travelling ?? "walk";
  const rides = mode !== "walk";
  const speed = ownMps(motion);
  const stands = speed <= walkingMps;
  if (stands && stop !== null && motion.atMs - stop.sinceMs >= stopNeededMs(fence, pace)) return true;
  // Whoever goes on after a light is leaving, however long the light was.
  if (speed > slowMps) return false;
  if (fence.lastM <= doorM && mode === "walk") return true;
  return insideMs >= passingMs(fence, Math.max(speed, rides ? 2.2 : 1.2));
}

/** What the phone says of its own speed knows better than fixes that wander between towers. */
function ownMps(motion: Motion): number {
  return motion.saidMps ?? speedOf(motion);
}

/** A light is rarely right in front of the place. */
function stopNeededMs({ lastM }: Geofence, { travelling }: Pace): number {
  const neededMs = stopMs[travelling ?? "unknown"];
  return lastM <= frontM ? neededMs / 2 : neededMs;
}

function passingMs({ radiusM }: Geofence, mps: number): number {
  return ((2 * radiusM) / mps) * 1_300;
}

/** What silence tells: a phone whose last fix was inside and that says nothing more is most likely there. */
export function geofenceAt(fence: Geofence, motion: Motion, pace: Pace, silentMs: number): Geofence {
  if (fence.arrived || fence.sinceMs === null) return fence;
  const speed = ownMps(motion);
  if (speed > slowMps) return fence;
  // A phone that says no speed at a light, and then nothing, may have gone on: its fixes still show the ride.
  const isSeenGoing = motion.fixes > 1 && (speed > walkingMps || speedOf(motion) > slowMps);
  const neededMs = isSeenGoing ? lostMs : silenceMs[pace.travelling ?? "walk"];
  return silentMs >= neededMs ? { ...fence, arrived: true } : fence;
}
