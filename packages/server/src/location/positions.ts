import type { EventId, PositionRow, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { eventFacts, requireParticipant } from "../events/service.ts";
import { AppError, notFound } from "../lib/app-error.ts";
import { progressOf } from "../travel/progress.ts";
import { type Point, positionRow } from "./geometry.ts";
import { type Fix, isNewView, openWindow, shownFix, sightAt } from "./rules.ts";
import { requireGoing } from "./sharing.ts";
import {
  findPair,
  listPairsOfSharer,
  listPairsOfViewer,
  listSharedEvents,
  listWatchableEvents,
  type PairRow,
  upsertView,
} from "./store.ts";

/** Where the others are, for an accepted person inside the window. */
export async function listPositions(ctx: Context, user: UserId, event: EventId): Promise<PositionRow[]> {
  await requireLooker(ctx, user, event);
  const pairs = await listPairsOfViewer(ctx.db.read, event, user);
  const seen = pairs.flatMap((pair) => {
    const row = rowOf(ctx, pair);
    return row === null ? [] : [{ pair, row }];
  });
  const shown = seen.filter(({ row }) => row.state !== "paused");
  await writeViews(
    ctx,
    user,
    shown.map(({ pair }) => pair),
  );
  return seen.map(({ row }) => row);
}

/** Where one person is, by the same rules; `not_found` for everybody who is not to be seen, for whatever reason. */
export async function positionOf(
  ctx: Context,
  user: UserId,
  event: EventId,
  sharer: UserId,
): Promise<PositionRow> {
  await requireLooker(ctx, user, event);
  const pair = await findPair(ctx.db.read, event, sharer, user);
  const row = pair === undefined ? null : rowOf(ctx, pair);
  if (pair === undefined || row === null) throw notFound();
  if (row.state !== "paused") await writeViews(ctx, user, [pair]);
  return row;
}

async function requireLooker(ctx: Context, user: UserId, event: EventId): Promise<void> {
  const participant = await requireParticipant(ctx.db.read, user, event);
  requireGoing(participant);
  const facts = await eventFacts(ctx.db.read, event);
  if (participant.cancelled || openWindow(facts, ctx.clock.now()) === null)
    throw new AppError("outside_window");
}

/** Everybody whom this person may see now, in whichever event: one row for each event and sharer. Records the views. */
export async function visibleTo(
  ctx: Context,
  viewer: UserId,
): Promise<{ event: EventId; row: PositionRow }[]> {
  const events = await listWatchableEvents(ctx.db.read, viewer, ctx.clock.now());
  const visible: { event: EventId; row: PositionRow }[] = [];
  for (const event of events) {
    const pairs = await listPairsOfViewer(ctx.db.read, event, viewer);
    const shown: PairRow[] = [];
    for (const pair of pairs) {
      const row = rowOf(ctx, pair);
      if (row === null) continue;
      visible.push({ event, row });
      if (row.state !== "paused") shown.push(pair);
    }
    await writeViews(ctx, viewer, shown);
  }
  return visible;
}

/** Who may see this person in an event at this instant. */
export async function viewersOf(ctx: Context, event: EventId, sharer: UserId): Promise<Set<UserId>> {
  const pairs = await listPairsOfSharer(ctx.db.read, event, sharer);
  return idsOf(pairs.filter((pair) => sight(ctx, pair) !== "nothing"));
}

export interface Position {
  row: PositionRow;
  /** Everybody who may see this row now. */
  viewers: Set<UserId>;
  /** Of these, whose look has not been written down in the last minute: pass those who are shown it to `recordViews`. */
  unrecorded: Set<UserId>;
}

/** One person's present row in an event and who may see it now, for delivery to those who watch; null when nobody may. */
export async function positionFor(ctx: Context, event: EventId, user: UserId): Promise<Position | null> {
  const pairs = await listPairsOfSharer(ctx.db.read, event, user);
  const viewers = pairs.filter((pair) => sight(ctx, pair) !== "nothing");
  const row = viewers[0] === undefined ? null : rowOf(ctx, viewers[0]);
  if (row === null) return null;
  const unrecorded = row.state === "paused" ? [] : viewers.filter((pair) => isUnrecorded(ctx, pair));
  return { row, viewers: idsOf(viewers), unrecorded: idsOf(unrecorded) };
}

function idsOf(pairs: readonly PairRow[]): Set<UserId> {
  return new Set(pairs.map(({ viewer_id }) => viewer_id));
}

function isUnrecorded(ctx: Context, { viewed_ms }: PairRow): boolean {
  return isNewView(viewed_ms, ctx.clock.now());
}

/** Writes down who was shown somebody's position. */
export async function recordViews(
  ctx: Context,
  event: EventId,
  sharer: UserId,
  viewers: ReadonlySet<UserId>,
): Promise<void> {
  if (viewers.size === 0) return;
  const now = ctx.clock.now();
  await ctx.db.write(async (tx) => {
    for (const viewer of viewers) await upsertView(tx.sql, event, sharer, viewer, now);
  });
}

/** The events in which a fix of this person may be seen now. */
export async function sharedEvents(ctx: Context, user: UserId): Promise<EventId[]> {
  const rows = await listSharedEvents(ctx.db.read, user, ctx.clock.now());
  return rows.map(({ event_id }) => event_id);
}

function sight(ctx: Context, pair: PairRow): "nothing" | "paused" | "position" {
  return sightAt(
    {
      event: pair,
      viewer: { state: pair.viewer_state, delivered: pair.viewer_delivered, rsvp: pair.viewer_rsvp },
      sharer: { state: pair.sharer_state, delivered: pair.sharer_delivered, rsvp: pair.sharer_rsvp },
      consent: pair,
      inAudience: pair.audience !== null,
      blocked: Boolean(pair.blocked),
    },
    ctx.clock.now(),
  );
}

function rowOf(ctx: Context, pair: PairRow): PositionRow | null {
  const now = ctx.clock.now();
  const shows = sight(ctx, pair);
  const id = pair.sharer_id;
  if (shows === "paused") return { id, username: pair.username, state: "paused" };
  const window = openWindow(pair, now);
  const fix = shows === "position" && window !== null ? shownFix(fixesOf(pair), pair, window, now) : null;
  if (fix === null) return null;
  const place = placeOf(pair);
  const fromMs = Math.max(pair.since_ms ?? Number.POSITIVE_INFINITY, window?.fromMs ?? 0);
  const traveller = { event: pair.event_id, user: id, fromMs, place, startMs: pair.start_ms };
  const progress = progressOf(ctx, traveller, pair.precision);
  return positionRow({ id, username: pair.username, precision: pair.precision, fix, place, progress }, now);
}

function placeOf({ place_latitude, place_longitude }: PairRow): Point | null {
  if (place_latitude === null || place_longitude === null) return null;
  return { latitude: place_latitude, longitude: place_longitude };
}

/** The fix for this event alone and the general one; the left joins leave either out as a whole. */
function fixesOf(pair: PairRow): Fix[] {
  const own = fixFrom({
    latitude: pair.event_latitude,
    longitude: pair.event_longitude,
    accuracy: pair.event_accuracy,
    at_ms: pair.event_at_ms,
    received_ms: pair.event_received_ms,
  });
  const general = fixFrom({
    latitude: pair.general_latitude,
    longitude: pair.general_longitude,
    accuracy: pair.general_accuracy,
    at_ms: pair.general_at_ms,
    received_ms: pair.general_received_ms,
  });
  return [own, general].filter((fix) => fix !== null);
}

function fixFrom(fix: { [K in keyof Fix]: Fix[K] | null }): Fix | null {
  const { latitude, longitude, accuracy, at_ms, received_ms } = fix;
  if (latitude === null || longitude === null || at_ms === null || received_ms === null) return null;
  return { latitude, longitude, accuracy, at_ms, received_ms };
}

/** A look is answered once it is written down, so that the sharer's list is never short of it. */
async function writeViews(ctx: Context, user: UserId, pairs: readonly PairRow[]): Promise<void> {
  const fresh = pairs.filter((pair) => isUnrecorded(ctx, pair));
  if (fresh.length === 0) return;
  const now = ctx.clock.now();
  await ctx.db.write(async (tx) => {
    for (const { event_id, sharer_id } of fresh) await upsertView(tx.sql, event_id, sharer_id, user, now);
  });
}
