import type { Estimator } from "./evaluation.ts";
import { metresBetween } from "./plane.ts";

/** What one would write first: arrived on any fix within 100 m; straight line divided by the mean speed so far. */
export const naive: Estimator =
  ({ place }) =>
  (points) => {
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined) return { arrived: false, eta_s: null, eta_margin_s: null };
    const distanceM = metresBetween(last, place);
    if (distanceM <= 100) return { arrived: true, eta_s: 0, eta_margin_s: 0 };
    const seconds = (last.at_ms - first.at_ms) / 1_000;
    const speed = seconds > 0 ? metresBetween(first, last) / seconds : 0;
    const eta_s = speed > 0.1 ? distanceM / speed : null;
    return { arrived: false, eta_s, eta_margin_s: eta_s === null ? null : eta_s * 0.2 };
  };
