import { flatDistanceM, type Motion, speedOf } from "./motion-rules.ts";

/** How it has gone lately, over about one, three and eight minutes, and what was before: what a prediction is made from. */
export interface Trend {
  /** Path gone, metres come nearer and seconds, once for each span; older counts less. */
  pathM: Spans;
  closedM: Spans;
  timeS: Spans;
  /** How fast they have been, slowly forgotten. */
  topMps: number;
  /** Gone faster than people walk. */
  rodeM: number;
  /** How far from the place they last went as fast as only wheels do; null where they never did. */
  fastAtM: number | null;
  /** When they last were not standing. */
  wentMs: number;
  /** Seconds between fixes. */
  gapS: number;
  distanceM: number;
}

export type Spans = readonly [number, number, number];

const spansS: Spans = [45, 150, 480];
const topFadeS = 1_200;
const gapWeight = 0.2;
const standingMps = 0.7;
const footMps = 2.4;
const wheelsMps = 6.5;

export function firstTrend({ atMs }: Motion, distanceM: number): Trend {
  const none: Spans = [0, 0, 0];
  return {
    pathM: none,
    closedM: none,
    timeS: none,
    topMps: 0,
    rodeM: 0,
    fastAtM: null,
    wentMs: atMs,
    gapS: 0,
    distanceM,
  };
}

/** Takes in that somebody has moved on from one believed fix to the next. */
export function trendAfter(
  was: Trend | null,
  before: Motion | null,
  motion: Motion,
  distanceM: number,
): Trend {
  if (was === null || before === null) return firstTrend(motion, distanceM);
  const dt = (motion.atMs - before.atMs) / 1_000;
  if (dt <= 0) return was;
  const metres = flatDistanceM(before, motion);
  const mps = speedOf(motion);
  return {
    pathM: faded(was.pathM, metres, dt),
    closedM: faded(was.closedM, was.distanceM - distanceM, dt),
    timeS: faded(was.timeS, dt, dt),
    topMps: Math.max(mps, was.topMps * Math.exp(-dt / topFadeS)),
    rodeM: was.rodeM + (mps >= footMps ? metres : 0),
    fastAtM: mps > wheelsMps ? distanceM : was.fastAtM,
    wentMs: mps > standingMps ? motion.atMs : was.wentMs,
    gapS: was.gapS === 0 ? dt : was.gapS * (1 - gapWeight) + dt * gapWeight,
    distanceM,
  };
}

function faded([one, three, eight]: Spans, more: number, dt: number): Spans {
  return [
    one * Math.exp(-dt / spansS[0]) + more,
    three * Math.exp(-dt / spansS[1]) + more,
    eight * Math.exp(-dt / spansS[2]) + more,
  ];
}

/** Metres a second over a span. */
export function rateOf([metres1, metres3, metres8]: Spans, [s1, s3, s8]: Spans): Spans {
  return [metres1 / Math.max(1, s1), metres3 / Math.max(1, s3), metres8 / Math.max(1, s8)];
}
