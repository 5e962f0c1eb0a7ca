import type { EventId, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { BoundedMap } from "../lib/bounded-map.ts";
import type { TrackPoint } from "../lib/tracks.ts";
import type { Point } from "../location/geometry.ts";
import { madeSince } from "../location/rules.ts";
import { type CoarseState, coarseAfter, coarseEta, freshCoarse } from "./coarse-rules.ts";
import {
  type Estimate,
  estimate,
  type Factors,
  freshState,
  isSamePlace,
  type JourneyState,
  type Route,
  usualFactors,
} from "./estimate-rules.ts";

/** Somebody on their way to an event. `fromMs`: what was made before is nobody's to see, and counts for nothing. */
export interface Traveller {
  readonly event: EventId;
  readonly user: UserId;
  readonly fromMs: number;
  readonly place: Point | null;
  readonly startMs: number | null;
}

interface Journey {
  readonly user: UserId;
  fromMs: number;
  state: JourneyState;
  /** When all points were gone through last, for what may have come late. */
  checkedMs: number;
  coarse: CoarseState;
  route: Route | null;
}

/** Where somebody was last seen to stay: whoever has gone from there lately has set out. */
export interface Rest {
  readonly at: Point;
  readonly movedMs: number | null;
}

interface Memory {
  readonly journeys: BoundedMap<string, Journey>;
  readonly factors: BoundedMap<UserId, Factors>;
  readonly rests: BoundedMap<UserId, Rest>;
  /** Counts what has been forgotten of factors: what was read before is not remembered after. */
  forgets: number;
}

const maxJourneys = 50_000;
const recheckMs = 60_000;
const idleMs = 30 * 60_000;
const memories = new WeakMap<Context, Memory>();

function memoryOf(ctx: Context): Memory {
  const known = memories.get(ctx);
  if (known !== undefined) return known;
  const made = {
    journeys: new BoundedMap<string, Journey>(maxJourneys),
    factors: new BoundedMap<UserId, Factors>(maxJourneys),
    rests: new BoundedMap<UserId, Rest>(maxJourneys),
    forgets: 0,
  };
  memories.set(ctx, made);
  return made;
}

function journeyOf(ctx: Context, { event, user, fromMs }: Traveller): Journey {
  const { journeys } = memoryOf(ctx);
  const key = `${event} ${user}`;
  const known = journeys.get(key);
  if (known !== undefined && known.fromMs === fromMs) return known;
  // What was remembered is from before a pause: nothing of it may show in what is said now.
  const made = { user, fromMs, state: freshState, checkedMs: 0, coarse: freshCoarse, route: null };
  journeys.set(key, made);
  return made;
}

/** How somebody gets on at this instant, from memory alone. */
export function estimateOf(ctx: Context, traveller: Traveller): Estimate {
  const now = ctx.clock.now();
  const journey = journeyOf(ctx, traveller);
  const { place, startMs, user } = traveller;
  // To another place everything counts anew, also what was seen before: of the newest point alone no speed is known.
  const isElsewhere = !isSamePlace(journey.state.place, place) || journey.state.startMs !== startMs;
  const isDue = isElsewhere || now - journey.checkedMs >= recheckMs;
  if (isDue) journey.checkedMs = now;
  const seenMs = journey.state.motion?.seenMs ?? Number.NEGATIVE_INFINITY;
  const points = pointsOf(ctx, traveller, isDue ? Number.NEGATIVE_INFINITY : seenMs);
  const factors = memoryOf(ctx).factors.get(user) ?? usualFactors;
  const route = isSamePlace(journey.state.place, place) ? journey.route : null;
  const told = estimate({ points, place, startMs, now, factors, was: journey.state, route });
  journey.state = told.state;
  return told;
}

/** The same of somebody who shows their cell alone. */
export function coarseOf(ctx: Context, traveller: Traveller): ReturnType<typeof coarseEta> {
  const journey = journeyOf(ctx, traveller);
  journey.coarse = coarseAfter(journey.coarse, pointsOf(ctx, traveller, journey.coarse.seenMs));
  return coarseEta(journey.coarse, traveller.place);
}

/** All of the present interval that memory has, by time. */
export function knownPoints(ctx: Context, traveller: Traveller): readonly TrackPoint[] {
  return pointsOf(ctx, traveller, Number.NEGATIVE_INFINITY);
}

/** Points of the present interval, those for the event alone and the general ones, by time. */
function pointsOf(ctx: Context, { event, user, fromMs }: Traveller, afterMs: number): readonly TrackPoint[] {
  const own = pointsFor(ctx, user, event, fromMs, afterMs);
  const general = pointsFor(ctx, user, "", fromMs, afterMs);
  if (own.length === 0 || general.length === 0) return own.length === 0 ? general : own;
  return [...own, ...general].toSorted((a, b) => a.at_ms - b.at_ms);
}

const none: readonly TrackPoint[] = [];

function pointsFor(ctx: Context, user: UserId, event: EventId | "", fromMs: number, afterMs: number) {
  const newest = ctx.tracks.newest(user, event);
  if (newest === undefined || newest.at_ms <= afterMs) return none;
  const recent = ctx.tracks.recent(user, event, Math.max(fromMs, afterMs + 1));
  const isMade = (point: TrackPoint) => madeSince(point, fromMs);
  return recent.every(isMade) ? recent : recent.filter(isMade);
}

/** What is known from elsewhere: the store, or the phone itself. */
export function rememberArrival(ctx: Context, traveller: Traveller, source: "store" | "phone"): void {
  const journey = journeyOf(ctx, traveller);
  const { place, startMs } = traveller;
  const same = isSamePlace(journey.state.place, place) && journey.state.startMs === startMs;
  // Whoever has been seen since may have gone again.
  if (same && journey.state.motion !== null && source === "store") return;
  const state = same ? journey.state : { ...freshState, place, startMs };
  if (!state.fence.arrived) journey.state = { ...state, fence: { ...state.fence, arrived: true } };
}

/** What is known of somebody's ways, or is read now: what they learned meanwhile, or their end, is not overwritten. */
export async function rememberedFactors(
  ctx: Context,
  user: UserId,
  read: () => Promise<Factors>,
): Promise<Factors> {
  const memory = memoryOf(ctx);
  const known = memory.factors.get(user);
  if (known !== undefined) return known;
  const { forgets } = memory;
  const factors = await read();
  if (memory.forgets === forgets) memory.factors.set(user, factors);
  return factors;
}

/** The answer may come when what it was asked for is over: it brings nothing back. */
export function rememberRoute(ctx: Context, { event, user, fromMs }: Traveller, route: Route): void {
  const known = memoryOf(ctx).journeys.get(`${event} ${user}`);
  if (known?.fromMs === fromMs) known.route = route;
}

export function routeOf(ctx: Context, traveller: Traveller): Route | null {
  return journeyOf(ctx, traveller).route;
}

export function forgetFactors(ctx: Context, user: UserId): void {
  const memory = memoryOf(ctx);
  memory.forgets++;
  memory.factors.delete(user);
}

export function restOf(ctx: Context, user: UserId): Rest | undefined {
  return memoryOf(ctx).rests.get(user);
}

export function rememberRest(ctx: Context, user: UserId, rest: Rest): void {
  memoryOf(ctx).rests.set(user, rest);
}

/** What is kept of fixes that are kept no more goes with them. */
export function forgetRest(ctx: Context, user: UserId): void {
  memoryOf(ctx).rests.delete(user);
}

export function forgetJourney(ctx: Context, user: UserId, event: EventId): void {
  memoryOf(ctx).journeys.delete(`${event} ${user}`);
}

/** Of an account that is erased nothing is left. */
export function forgetTraveller(ctx: Context, user: UserId): void {
  const memory = memoryOf(ctx);
  const { journeys, factors, rests } = memory;
  journeys.deleteWhere((journey) => journey.user === user);
  memory.forgets++;
  factors.delete(user);
  rests.delete(user);
}

/** Ways that nobody has looked at for so long are over: whoever is followed is looked at all the time. */
export function forgetIdleJourneys(ctx: Context): void {
  const before = ctx.clock.now() - idleMs;
  memoryOf(ctx).journeys.deleteWhere(({ checkedMs, coarse }) => Math.max(checkedMs, coarse.seenMs) <= before);
}

/** Of whom memory has a way, and of whom a place where they rested. */
export function knownTravellers(ctx: Context): { ways: Set<UserId>; rests: Set<UserId> } {
  const { journeys, rests } = memoryOf(ctx);
  return { ways: new Set(Array.from(journeys.values(), ({ user }) => user)), rests: new Set(rests.keys()) };
}
