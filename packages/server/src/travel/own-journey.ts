import type { EventId, OwnJourney, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { windowOf } from "../events/rules.ts";
import { requireParticipant } from "../events/service.ts";
import { AppError } from "../lib/app-error.ts";
import { distanceM } from "../location/geometry.ts";
import { findOwnPosition } from "../location/service.ts";
import { requireGoing } from "../location/sharing.ts";
import { factorsOf } from "./detours.ts";
import type { Factors } from "./estimate-rules.ts";
import { estimateOf, rememberArrival } from "./journeys.ts";
import { wayFrom } from "./rules.ts";
import { ownFixMs, restingM, thereM } from "./steps.ts";
import { findTraveller, type TravellerRow } from "./store.ts";
import { type Going, goingOf, travellerOf } from "./telling.ts";

type Progress = Omit<OwnJourney, "leave_by_ms">;

const unknown: Progress = {
  distance_m: null,
  speed: null,
  mode: null,
  eta_s: null,
  eta_margin_s: null,
  arrived: false,
};
const there = { eta_s: 0, eta_margin_s: 0, arrived: true };
/** A speed is worth telling for so long. */
const speedMs = 120_000;

/** How somebody gets to an event, for their own eyes alone: exactly, whatever they show others. */
export async function ownJourney(ctx: Context, user: UserId, event: EventId): Promise<OwnJourney> {
  const participant = await requireParticipant(ctx.db.read, user, event);
  requireGoing(participant);
  const row = await findTraveller(ctx.db.read, event, user);
  if (row === undefined || participant.cancelled || isOver(row, ctx.clock.now()))
    throw new AppError("outside_window");
  const going = goingOf(row);
  if (going === null) return { ...unknown, leave_by_ms: null };
  const factors = await factorsOf(ctx, ctx.db.read, user);
  const fix = await findOwnPosition(ctx, user, ownFixMs);
  const now = ctx.clock.now();
  const shared = whileSharing(ctx, going, now);
  const told = shared?.told ?? (fix === undefined ? unknown : fromRest(going, fix, factors, now));
  const leaves = !told.arrived && shared?.underWay !== true;
  return { ...told, leave_by_ms: leaves ? leaveBy(ctx, going, factors, now) : null };
}

function isOver(row: TravellerRow, now: number): boolean {
  const window = windowOf(row);
  return window === null || window.untilMs <= now;
}

/** Null where they do not share, or have not been anywhere since they do. */
function whileSharing(ctx: Context, going: Going, now: number): { told: Progress; underWay: boolean } | null {
  const traveller = travellerOf(going, now);
  if (traveller === null) return null;
  if (going.told.arrived_ms !== null) rememberArrival(ctx, traveller, "store");
  const { state, distance_m, speed, mode, eta_s, eta_margin_s, arrived } = estimateOf(ctx, traveller);
  if (state.motion === null) return null;
  return {
    told: { distance_m, speed, mode, eta_s, eta_margin_s, arrived },
    underWay: state.pace.underWay,
  };
}

interface OwnFix {
  readonly latitude: number;
  readonly longitude: number;
  readonly speed: number | null;
  readonly at_ms: number;
}

/** Without a path: as if they set out now from where they were last. */
function fromRest({ place, told }: Going, fix: OwnFix, factors: Factors, now: number): Progress {
  const metres = distanceM(fix, place);
  const way = wayFrom(metres, factors);
  const eta = { eta_s: Math.round(way.seconds), eta_margin_s: Math.round(way.marginS), arrived: false };
  return {
    distance_m: Math.round(metres),
    speed: now - fix.at_ms <= speedMs ? fix.speed : null,
    mode: null,
    ...(told.arrived_ms !== null && metres < thereM ? there : eta),
  };
}

/** As `leave_now` says it. */
function leaveBy(ctx: Context, going: Going, factors: Factors, now: number): number | null {
  if (now >= going.startMs) return null;
  const metres = restingM(ctx, going, now);
  if (metres === null || metres < thereM) return null;
  return going.startMs - Math.round(wayFrom(metres, factors).seconds) * 1_000;
}
