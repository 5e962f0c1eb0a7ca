import type { Context } from "../context.ts";
import { distanceM } from "../location/geometry.ts";
import { factorsOf } from "./detours.ts";
import { estimateOf, rememberArrival, rememberRest, restOf } from "./journeys.ts";
import { endSharing, type Going, goingOf, isDone, tell, travellerOf } from "./telling.ts";
import { aheadMs, leaveWord, wayFrom, wordOf } from "./rules.ts";
import type { TravellerRow } from "./store.ts";

/** One look at one person's way to one event: tells what is to be told, and says whether anything was. */
export async function step(ctx: Context, row: TravellerRow): Promise<boolean> {
  const going = goingOf(row);
  if (going === null) return false;
  const now = ctx.clock.now();
  if (isDone(ctx, going, now)) {
    await endSharing(ctx, going);
    return true;
  }
  const traveller = travellerOf(going, now);
  if (traveller !== null) {
    await factorsOf(ctx, ctx.db.read, going.user);
    if (going.told.arrived_ms !== null) rememberArrival(ctx, traveller, "store");
    const progress = estimateOf(ctx, traveller);
    if (wordOf(going.told, progress, going.startMs, now) !== null) return stepShared(ctx, going);
    if (progress.state.pace.underWay) return false;
  }
  return stepAlone(ctx, going, now);
}

/** In the unit everything is asked again, the estimate included: it may be of an interval that has ended. */
async function stepShared(ctx: Context, going: Going): Promise<boolean> {
  const pace = () => {
    const traveller = travellerOf(going, ctx.clock.now());
    return traveller === null ? null : estimateOf(ctx, traveller).state.pace;
  };
  const word = await tell(
    ctx,
    going,
    (present, now) => {
      const traveller = travellerOf(present, now);
      if (traveller === null) return null;
      return wordOf(present.told, estimateOf(ctx, traveller), present.startMs, now);
    },
    pace(),
  );
  return word !== null;
}

/** What the person alone is told: that it is time to leave, by where their phone last was. */
async function stepAlone(ctx: Context, going: Going, now: number): Promise<boolean> {
  if (going.told.leave_told_ms !== null || going.startMs - now > aheadMs || now >= going.startMs)
    return false;
  const metres = restingM(ctx, going, now);
  if (metres === null || metres < thereM) return false;
  const way = wayFrom(metres, await factorsOf(ctx, ctx.db.read, going.user));
  if (leaveWord(going.told, way, going.startMs, now) === null) return false;
  const word = await tell(ctx, going, (present, at) => leaveWord(present.told, way, present.startMs, at));
  return word !== null;
}

export const thereM = 200;
export const ownFixMs = 30 * 60_000;
const setOutM = 250;
const restMs = 10 * 60_000;

/** How far from the place somebody rests who has not set out; null of everybody else. */
export function restingM(ctx: Context, { user, place }: Going, now: number): number | null {
  const fix = ctx.tracks.newestOf(user);
  if (fix === undefined || now - fix.at_ms > ownFixMs) return null;
  const rest = restOf(ctx, user);
  const at = { latitude: fix.latitude, longitude: fix.longitude };
  if (rest === undefined) rememberRest(ctx, user, { at, movedMs: null });
  else if (distanceM(rest.at, fix) > setOutM) rememberRest(ctx, user, { at, movedMs: fix.at_ms });
  const movedMs = restOf(ctx, user)?.movedMs ?? null;
  const moves = (fix.speed ?? 0) > 1.5 || (movedMs !== null && now - movedMs < restMs);
  return moves ? null : distanceM(fix, place);
}
