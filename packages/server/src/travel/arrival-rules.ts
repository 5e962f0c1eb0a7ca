import { type Motion, speedOf } from "./motion-rules.ts";
import type { Pace } from "./pace-rules.ts";

/** Whether somebody has arrived, and what speaks for it so far. */
export interface Geofence {
  arrived: boolean;
  /** When they came in, the last time they did; null outside. */
  sinceMs: number | null;
  fixes: number;
  /** Since when they have not moved on in it. */
  stoppedMs: number | null;
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
  stoppedMs: null,
  gone: 0,
  radiusM: 0,
  nearestM: Number.POSITIVE_INFINITY,
  lastM: Number.POSITIVE_INFINITY,
};

const arriveM = 100;
const leaveM = 150;
const slackM = 100;
const waitMs = 30_000;
/** Nobody who gets there walks past it at once: slower than this is standing about. */
const stoppedMps = 0.6;
const slowMps = 2.2;
/** Right in front of the place a walker has arrived. */
const doorM = 30;
/** A bus stops at a stop or a light near the place for less than this. */
const rideStopMs = 60_000;
const stopMs = 12_000;
const silenceMs = 120_000;

/** Takes in a believed fix. */
export function insideFence(was: Geofence, motion: Motion, pace: Pace, distanceM: number): Geofence {
  const slack = Math.min(slackM, motion.accuracyM);
  if (was.arrived) return staying(was, distanceM > leaveM + slack, distanceM);
  const radiusM = arriveM + slack;
  if (distanceM > radiusM) return outside;
  const sinceMs = was.sinceMs ?? motion.atMs;
  const isSlow = speedOf(motion) < stoppedMps;
  const fence: Geofence = {
    arrived: false,
    sinceMs,
    fixes: was.fixes + 1,
    stoppedMs: isSlow ? (was.stoppedMs ?? motion.atMs) : null,
    gone: 0,
    radiusM,
    nearestM: Math.min(was.nearestM, distanceM),
    lastM: distanceM,
  };
  return { ...fence, arrived: isThere(fence, motion, pace) };
}

function staying(was: Geofence, isGone: boolean, lastM: number): Geofence {
  if (!isGone) return was.gone === 0 ? was : { ...was, gone: 0 };
  return was.gone >= 1 ? outside : { ...was, gone: was.gone + 1, lastM };
}

/** Two fixes or 30 seconds, and not just driving by: stopped, at the door, or longer inside than passing takes. */
function isThere(fence: Geofence, motion: Motion, pace: Pace): boolean {
  const { sinceMs, stoppedMs } = fence;
  if (sinceMs === null) return false;
  const insideMs = motion.atMs - sinceMs;
  if (fence.fixes < 2 && insideMs < waitMs) return false;
  const rides = pace.travelling === "ride";
  if (stoppedMs !== null && motion.atMs - stoppedMs >= (rides ? rideStopMs : stopMs)) return true;
  const speed = speedOf(motion);
  if (fence.lastM <= doorM && speed <= slowMps && !rides) return true;
  return insideMs >= passingMs(fence, Math.max(speed, rides ? 2.5 : 0.9));
}

function passingMs({ radiusM }: Geofence, mps: number): number {
  return ((2 * radiusM) / mps) * 1_300;
}

/** What silence tells: a phone whose last fix was inside and that says nothing more is most likely there. */
export function geofenceAt(fence: Geofence, motion: Motion, now: number): Geofence {
  if (fence.arrived || fence.sinceMs === null) return fence;
  const silentMs = now - motion.seenMs;
  const neededMs = speedOf(motion) < slowMps ? waitMs : silenceMs;
  return silentMs >= neededMs ? { ...fence, arrived: true } : fence;
}
