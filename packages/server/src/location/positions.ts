import type { EventId, PositionRow, TrailPoint, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { eventFacts, requireParticipant } from "../events/service.ts";
import { AppError, notFound } from "../lib/app-error.ts";
import { liveOf } from "./live.ts";
import { pointAt, pointOf, rowAt, type ShownPoint, trailAt } from "./rows.ts";
import { isNewView, openWindow } from "./rules.ts";
import { requireGoing } from "./sharing.ts";
import { type EventSight, type Sharer, type Viewing, viewersAt } from "./sight.ts";
import { listWatchableEvents } from "./store.ts";
import { upsertViews } from "./view-store.ts";

/** Where the others are, for an accepted person inside the window. */
export async function listPositions(ctx: Context, user: UserId, event: EventId): Promise<PositionRow[]> {
  await requireLooker(ctx, user, event);
  return rowsFor(ctx, user, event);
}

/** Everybody whom this person may see now, in whichever event: one row for each event and sharer. Records the views. */
export async function visibleTo(
  ctx: Context,
  viewer: UserId,
): Promise<{ event: EventId; row: PositionRow }[]> {
  const events = await listWatchableEvents(ctx.db.read, viewer, ctx.clock.now());
  const visible: { event: EventId; row: PositionRow }[] = [];
  for (const event of events)
    for (const row of await rowsFor(ctx, viewer, event)) visible.push({ event, row });
  return visible;
}

/** Events in which this person may see others: their windows are open, and somebody has shared. */
export function watchableEvents(ctx: Context, viewer: UserId): Promise<EventId[]> {
  return listWatchableEvents(ctx.db.read, viewer, ctx.clock.now());
}

/**
 * What `pointsFor` answers, where memory knows all of it and each of these looks is written down already, or will be
 * within a second; else null.
 */
export function pointsAtOnce(ctx: Context, user: UserId, event: EventId): ShownPoint[] | null {
  const sight = liveOf(ctx).sights.peek(event);
  if (sight === undefined || !sight.isWhole) return null;
  const now = ctx.clock.now();
  const seat = sight.seatOf(user);
  const points: ShownPoint[] = [];
  for (const sharer of sight.sharers.values()) {
    const viewing = sharer.viewings?.get(user);
    if (viewing === undefined) continue;
    const isPassed = sharer.passes?.holds(seat, now) === true;
    const point = isPassed ? pointOf(ctx, sight, sharer, now) : pointAt(ctx, sight, sharer, viewing, now);
    if (point === null) continue;
    if (!isPassed && isNewView(viewing.viewedMs, now)) return null;
    if (!isPassed) sight.letPass(sharer, viewing, now);
    points.push(point);
  }
  return points;
}

/** The places alone of those whom this person may see now in an event. Records the views. */
export async function pointsFor(ctx: Context, user: UserId, event: EventId): Promise<ShownPoint[]> {
  const seen = await seenBy(ctx, user, event);
  if (seen === null) return [];
  const points: ShownPoint[] = [];
  const looked: typeof seen.seen = [];
  const now = ctx.clock.now();
  for (const one of seen.seen) {
    const point = pointAt(ctx, seen.sight, one.sharer, one.viewing, now);
    if (point === null) continue;
    points.push(point);
    looked.push(one);
  }
  await writeViews(ctx, user, event, looked);
  return seen.sight.isStale ? pointsFor(ctx, user, event) : points;
}

/** Who may see this person in an event at this instant. */
export async function viewersOf(ctx: Context, event: EventId, sharer: UserId): Promise<Set<UserId>> {
  const found = await liveOf(ctx).sights.ofSharer(event, sharer);
  if (found === null) return new Set();
  return new Set([...viewersAt(found.sharer, ctx.clock.now())].map(({ id }) => id));
}

/** Where one person is, by the same rules; `not_found` for everybody who is not to be seen, for whatever reason. */
export async function positionOf(
  ctx: Context,
  user: UserId,
  event: EventId,
  sharer: UserId,
): Promise<PositionRow> {
  await requireLooker(ctx, user, event);
  const row = await shown(ctx, user, event, sharer, rowAt, ({ state }) => state !== "paused");
  if (row === null) throw notFound();
  return row;
}

/** Where one person who is seen now has been lately; `not_found` as for their position. */
export async function trailOf(
  ctx: Context,
  user: UserId,
  event: EventId,
  sharer: UserId,
): Promise<TrailPoint[]> {
  await requireLooker(ctx, user, event);
  const trail = await shown(ctx, user, event, sharer, trailAt, () => true);
  if (trail === null) throw notFound();
  return trail;
}

async function requireLooker(ctx: Context, user: UserId, event: EventId): Promise<void> {
  const participant = await requireParticipant(ctx.db.read, user, event);
  requireGoing(participant);
  const facts = await eventFacts(ctx.db.read, event);
  if (participant.cancelled || openWindow(facts, ctx.clock.now()) === null)
    throw new AppError("outside_window");
}

/** One look at one person. It is answered once it is written down, and if it is still allowed then. */
async function shown<T>(
  ctx: Context,
  user: UserId,
  event: EventId,
  sharer: UserId,
  show: (ctx: Context, sight: EventSight, sharer: Sharer, viewing: Viewing) => T | null,
  counts: (shown: T) => boolean,
): Promise<T | null> {
  const seen = await seenBy(ctx, user, event);
  const found = seen?.seen.find((one) => one.sharer.id === sharer);
  if (!seen || !found) return null;
  const answer = show(ctx, seen.sight, found.sharer, found.viewing);
  if (answer !== null && counts(answer)) await writeViews(ctx, user, event, [found]);
  return seen.sight.isStale ? shown(ctx, user, event, sharer, show, counts) : answer;
}

async function rowsFor(ctx: Context, user: UserId, event: EventId): Promise<PositionRow[]> {
  const seen = await seenBy(ctx, user, event);
  if (seen === null) return [];
  const shown = seen.seen.flatMap((one) => {
    const row = rowAt(ctx, seen.sight, one.sharer, one.viewing);
    return row === null ? [] : [{ ...one, row }];
  });
  const looked = shown.filter(({ row }) => row.state !== "paused");
  await writeViews(ctx, user, event, looked);
  return seen.sight.isStale ? rowsFor(ctx, user, event) : shown.map(({ row }) => row);
}

function seenBy(ctx: Context, user: UserId, event: EventId) {
  return liveOf(ctx).sights.ofViewer(event, user);
}

/** A look is answered once it is written down, so that the sharer's list is never short of it. */
async function writeViews(
  ctx: Context,
  user: UserId,
  event: EventId,
  seen: readonly { sharer: Sharer; viewing: Viewing }[],
): Promise<void> {
  const now = ctx.clock.now();
  const fresh = seen.filter(({ viewing }) => isNewView(viewing.viewedMs, now));
  if (fresh.length === 0) return;
  const views = fresh.map(({ sharer }) => ({ event, sharer: sharer.id, viewer: user, at: now }));
  await ctx.db.write((tx) => upsertViews(tx.sql, views));
  for (const { viewing } of fresh) viewing.viewedMs = now;
}
