import { estimate, freshState, usualFactors } from "../../../src/travel/estimate-rules.ts";
import type { Estimator } from "./evaluation.ts";

/** The server's own estimator, with the points as memory hands them out: by time. */
export const estimated: Estimator = ({ place, startMs }) => {
  let was = freshState;
  return (points, now) => {
    const sorted = points.toSorted((a, b) => a.at_ms - b.at_ms);
    const told = estimate({ points: sorted, place, startMs, now, factors: usualFactors, was, route: null });
    was = told.state;
    return told;
  };
};
