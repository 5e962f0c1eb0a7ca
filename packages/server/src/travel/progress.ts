import type { Precision } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Progress } from "../location/geometry.ts";
import { coarseOf, estimateOf, type Traveller } from "./journeys.ts";

const untold = { distance_m: null, speed: null, mode: null, battery: null, arrived: false };

/** What of somebody's journey a row tells, at this instant and from memory alone. */
export function progressOf(ctx: Context, traveller: Traveller, precision: Precision): Progress {
  if (precision === "coarse") return { ...untold, ...coarseOf(ctx, traveller) };
  const { distance_m, speed, mode, eta_s, eta_margin_s, arrived } = estimateOf(ctx, traveller);
  return { distance_m, speed, mode, battery: batteryOf(ctx, traveller), eta_s, eta_margin_s, arrived };
}

/** Of the newest fix that may be seen. */
function batteryOf(ctx: Context, { event, user, fromMs }: Traveller): number | null {
  const fixes = [ctx.tracks.newest(user, event), ctx.tracks.newest(user, "")];
  let newest = null;
  for (const fix of fixes) {
    if (fix === undefined || Math.min(fix.at_ms, fix.received_ms) < fromMs) continue;
    if (newest === null || fix.at_ms > newest.at_ms) newest = fix;
  }
  return newest === null || newest.battery === null ? null : Math.round(newest.battery);
}
