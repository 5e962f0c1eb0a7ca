import { type OwnFix, toWireNumber, type UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { notFound } from "../lib/app-error.ts";
import { keptMs } from "./rules.ts";
import { findOwnFix } from "./store.ts";

export {
  listPositions,
  positionFor,
  positionOf,
  recordViews,
  sharedEvents,
  viewersOf,
  visibleTo,
} from "./positions.ts";
export { recordShareViews, sharedWith, type ShownTo, shownTo } from "./shared-positions.ts";
export { purgeEventFixes, purgeLocations } from "./purge.ts";
export { shownTo as toldTo } from "./travellers.ts";
export { uploadFix, uploadFixes } from "./uploads.ts";

/** Where the caller was within so many milliseconds, for what only they are answered. */
export function findOwnPosition(ctx: Context, user: UserId, withinMs: number) {
  return findOwnFix(ctx.db.read, user, ctx.clock.now() - withinMs);
}

/** The caller's own newest fix, whatever it was made for, for 24 hours. */
export async function ownFix(ctx: Context, user: UserId): Promise<OwnFix> {
  const fix = await findOwnFix(ctx.db.read, user, ctx.clock.now() - keptMs);
  if (fix === undefined) throw notFound();
  return {
    latitude: toWireNumber(fix.latitude),
    longitude: toWireNumber(fix.longitude),
    accuracy: fix.accuracy,
    altitude: fix.altitude,
    speed: fix.speed,
    heading: fix.heading,
    battery: fix.battery,
    at_ms: fix.at_ms,
  };
}
