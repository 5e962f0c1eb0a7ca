import { inputsOf } from "../../packages/server/src/travel/prediction-rules.ts";
import { estimate, freshState, usualFactors } from "../../packages/server/src/travel/estimate-rules.ts";
import { type Journey, journey } from "../../packages/server/test/support/journeys/journey.ts";
import type { SentFix } from "../../packages/server/test/support/journeys/reporting.ts";

/** What the estimator knew at one fix, and how long it then really took. */
export interface Row {
  seed: number;
  inputs: readonly number[];
  /** Seconds left when the fix came, and how old it was then. */
  leftS: number;
  ageS: number;
}

const reachM = 100;
const longestS = 1_800;
const perJourney = 60;

/** Of each journey that ends in an arrival at most sixty fixes, spread over its last half hour. */
export function rowsOf(from: number, count: number): Row[] {
  const rows: Row[] = [];
  for (let seed = from; seed < from + count; seed++) {
    const known = rowsOfJourney(journey(seed));
    const every = Math.max(1, known.length / perJourney);
    for (let i = 0; i < known.length; i += every) {
      const row = known[Math.floor(i)];
      if (row !== undefined) rows.push(row);
    }
  }
  return rows;
}

function rowsOfJourney({ seed, points, place, startMs, truth }: Journey): Row[] {
  const { arrivedMs } = truth;
  if (arrivedMs === null) return [];
  const rows: Row[] = [];
  const come: SentFix[] = [];
  let was = freshState;
  for (const fix of points) {
    const now = fix.received_ms;
    const isLate = (come.at(-1)?.at_ms ?? 0) > fix.at_ms;
    come.push(fix);
    if (isLate) come.sort((a, b) => a.at_ms - b.at_ms);
    const fresh = isLate ? come : come.slice(-2);
    const told = estimate({ points: fresh, place, startMs, now, factors: usualFactors, was, route: null });
    was = told.state;
    const { motion, pace, trend } = was;
    const leftS = (arrivedMs - now) / 1_000;
    if (leftS <= 0 || leftS > longestS || told.arrived || truth.at(now).waits) continue;
    if (motion === null || trend === null || pace.travelling === null || !pace.underWay) continue;
    const leftM = Math.max(0, trend.distanceM - reachM);
    const inputs = inputsOf(leftM, trend, motion, pace, place);
    rows.push({ seed, inputs, leftS, ageS: (now - motion.atMs) / 1_000 });
  }
  return rows;
}
