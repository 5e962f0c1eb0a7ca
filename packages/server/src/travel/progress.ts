import type { Precision } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Progress } from "../location/geometry.ts";
import { coarseOf, estimateOf, type Traveller } from "./journeys.ts";

const untold = { distance_m: null, speed: null, mode: null, arrived: false };

/** What of somebody's journey a row tells, at this instant and from memory alone. */
export function progressOf(ctx: Context, traveller: Traveller, precision: Precision): Progress {
  if (precision === "coarse") return { ...untold, ...coarseOf(ctx, traveller) };
  const { distance_m, speed, mode, eta_s, eta_margin_s, arrived } = estimateOf(ctx, traveller);
  return { distance_m, speed, mode, eta_s, eta_margin_s, arrived };
}
