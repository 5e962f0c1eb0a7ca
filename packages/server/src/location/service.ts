import { type OwnFix, toWireNumber, type UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { notFound } from "../lib/app-error.ts";
import { liveOf } from "./live.ts";
import { keptMs } from "./rules.ts";

export { forgetPositions } from "./consent.ts";
export {
  listPositions,
  pointsAtOnce,
  pointsFor,
  positionOf,
  trailOf,
  viewersOf,
  visibleTo,
  watchableEvents,
} from "./positions.ts";
export { hasShares, recordShareViews, sharedWith, type ShownTo, shownTo } from "./shared-positions.ts";
export { purgeEventFixes, purgeLocations } from "./purge.ts";
export { type Hearing, hearersOf } from "./travellers.ts";
export { type UploadGuard, uploadFix, uploadFixes, uploadSoon } from "./uploads.ts";
export {
  isKnown,
  isShownTo,
  lookerIn,
  positionFor,
  readSight,
  sharedEvents,
  sharersOf,
  type Shown,
  shownIn,
  sightOf,
  stillHolds,
  type WatchedSight,
} from "./watching.ts";

/** Memory knows where everybody is, and what is said on the bus reaches it before whoever listens from now on. */
export function startLocations(ctx: Context): Promise<void> {
  return liveOf(ctx).restored;
}

/** What is still to be written is on the disk. */
export function stopLocations(ctx: Context): Promise<void> {
  return liveOf(ctx).stop();
}

/** Whom this person was shown, and who was shown them, is on the disk. */
export function settleLooks(ctx: Context, user: UserId): Promise<void> {
  return liveOf(ctx).settleLooksOf(user);
}

/** Where the caller was within so many milliseconds, for what only they are answered. */
export async function findOwnPosition(ctx: Context, user: UserId, withinMs: number) {
  await liveOf(ctx).recall([user]);
  const fix = ctx.tracks.newestOf(user);
  return fix === undefined || fix.at_ms <= ctx.clock.now() - withinMs ? undefined : fix;
}

/** The caller's own newest fix, whatever it was made for, for 24 hours. */
export async function ownFix(ctx: Context, user: UserId): Promise<OwnFix> {
  await liveOf(ctx).recall([user]);
  const fix = ctx.tracks.newestOf(user);
  if (fix === undefined || fix.at_ms <= ctx.clock.now() - keptMs) throw notFound();
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
