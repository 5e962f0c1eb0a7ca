import type { Point } from "../location/geometry.ts";
import { type Motion, offset, speedOf } from "./motion-rules.ts";
import type { Pace } from "./pace-rules.ts";
import { hidden, inputs, outer } from "./prediction-weights.ts";
import { rateOf, type Trend } from "./trend-rules.ts";

/**
 * Seconds from the newest believed fix until somebody who has so many metres left is there, by a small network that was
 * fitted to generated journeys (`bench/eta/`). It is monotone in the metres left by how it is made: of all that is fed
 * in they alone depend on them, their weights are not negative, nor are those of what comes out, and one weight that goes
 * straight through is positive. Everything else is bounded, so that nothing unheard of can lead far away.
 */
export function predictedS(leftM: number, trend: Trend, motion: Motion, pace: Pace, place: Point): number {
  const fed = standardised(inputsOf(leftM, trend, motion, pace, place));
  let sum = outer.bias;
  for (const [i, value] of fed.entries()) sum += value * (outer.direct[i] ?? 0);
  for (const { weights, bias, out } of hidden) {
    let inner = bias;
    for (const [i, value] of fed.entries()) inner += value * (weights[i] ?? 0);
    sum += out * Math.tanh(inner);
  }
  return Math.exp(Math.min(mostLog, Math.max(leastLog, sum)));
}

const leastLog = -2;
const mostLog = 11;

/** In the order of the weights. */
export function inputsOf(leftM: number, trend: Trend, motion: Motion, pace: Pace, place: Point): number[] {
  const [s1, s3, s8] = rateOf(trend.pathM, trend.timeS);
  const [c1, c3, c8] = rateOf(trend.closedM, trend.timeS);
  const mps = speedOf(motion);
  const standingS = (motion.atMs - trend.wentMs) / 1_000;
  return [
    Math.log(leftM + 50),
    speed(s1),
    speed(s3),
    speed(s8),
    speed(c1),
    speed(c3),
    speed(c8),
    speed(mps),
    towards(motion, place) / (mps + 0.5),
    speed(motion.saidMps ?? mps),
    Math.log(within(trend.topMps, 0, 60) + 1),
    pace.travelling === "walk" ? 1 : 0,
    pace.travelling === "cycle" ? 1 : 0,
    Math.log(1 + within(trend.rodeM, 0, 20_000) / 300),
    within(standingS, 0, 120) / 60,
    Math.log(1 + within(trend.gapS, 0, 300)),
    trend.fastAtM === null ? 0 : Math.log(within(trend.fastAtM, 50, 10_000) / 50),
  ];
}

function standardised(values: readonly number[]): number[] {
  return values.map((value, i) => {
    const { mean, deviation } = inputs[i] ?? { mean: 0, deviation: 1 };
    return (value - mean) / deviation;
  });
}

function speed(mps: number): number {
  return Math.log(within(mps, 0, 60) + 0.5);
}

function within(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

/** How fast they come nearer at this instant. */
function towards(motion: Motion, place: Point): number {
  const { x, y } = offset(motion, place);
  return (motion.vx * x + motion.vy * y) / Math.max(1e-6, Math.hypot(x, y));
}
