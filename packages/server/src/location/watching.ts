import type { EventId, PositionRow, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { TrackPoint } from "../lib/tracks.ts";
import { liveOf } from "./live.ts";
import { fixAt, rowOf } from "./rows.ts";
import { isHidden, isNewView, sightAt } from "./rules.ts";
import { type EventSight, type Sharer, viewersAt } from "./sight.ts";

/** After so long a row is made anew even if nobody moved: what is derived from the time changes. */
const freshMs = 1_000;

/** One person's row in an event, made once for all who may see it. It holds as long as what it was made of stands. */
export interface Shown {
  readonly row: PositionRow;
  readonly sight: EventSight;
  readonly sharer: Sharer;
  /** What it shows, or null where it shows nothing but that they have paused. */
  readonly fix: TrackPoint | null;
  readonly madeMs: number;
}

export type WatchedSight = EventSight;

/**
 * The events in which a fix of this person may be seen now; a promise of them where the store has to be asked.
 */
export function sharedEvents(ctx: Context, user: UserId): readonly EventId[] | Promise<readonly EventId[]> {
  const { consents } = liveOf(ctx);
  return consents.peek(user)?.events ?? consents.of(user).then(({ events }) => events);
}

/** Everybody who ever consented in an event. */
export async function sharersOf(ctx: Context, event: EventId): Promise<UserId[]> {
  return [...((await liveOf(ctx).sights.of(event))?.sharers.keys() ?? [])];
}

/** Who sees whom in an event, as known in this turn; undefined where `readSight` has to come before. */
export function sightOf(ctx: Context, event: EventId): EventSight | undefined {
  return liveOf(ctx).sights.peek(event);
}

/** Whether `shownIn` can tell; else `readSight` has to come before. */
export function isKnown(sight: EventSight, user: UserId): boolean {
  const sharer = sight.sharers.get(user);
  return sharer === undefined || sharer.viewings !== null;
}

export async function readSight(ctx: Context, event: EventId, user: UserId): Promise<void> {
  await liveOf(ctx).sights.ofSharer(event, user);
}

/** Whether a row that was made a moment ago is what is shown still, as long as its person has not moved since. */
export function stillHolds({ sight, fix, madeMs }: Shown, present: EventSight, now: number): boolean {
  const ageMs = now - madeMs;
  return sight === present && ageMs >= 0 && ageMs < freshMs && (fix === null || !isHidden(fix, now));
}

/** The row that whoever may see this person gets at this instant, `now`. */
export function shownIn(ctx: Context, sight: EventSight, user: UserId, now: number): Shown | null {
  const sharer = sight.sharers.get(user);
  if (!sharer?.viewings) return null;
  const fix = sharer.consent.state === "on" ? fixAt(ctx, sight, sharer, now) : null;
  for (const viewing of sharer.viewings.values()) {
    const shows = sightAt(viewing, now);
    if (shows === "nothing") continue;
    const row = rowOf(ctx, sight, sharer, shows, fix, now);
    return row === null ? null : { row, sight, sharer, fix, madeMs: now };
  }
  return null;
}

/** Somebody who looks, with their place in the sight that they look through. */
export interface Looker {
  readonly id: UserId;
  readonly seat: number;
}

export function lookerIn(sight: EventSight, id: UserId): Looker {
  return { id, seat: sight.seatOf(id) };
}

/** Whether this viewer may see it at this instant; the look is written down, within a second. */
export function isShownTo(ctx: Context, shown: Shown, looker: Looker, now: number): boolean {
  const { sight, sharer } = shown;
  if (sight.isStale) return false;
  return sharer.passes?.holds(looker.seat, now) === true || asksToSee(ctx, shown, looker, now);
}

/** Asks the rules; their answer is good until it may be another, or until the next look is to be written down. */
function asksToSee(ctx: Context, { sight, sharer, row }: Shown, { id }: Looker, now: number): boolean {
  const viewing = sharer.viewings?.get(id);
  if (viewing === undefined || sightAt(viewing, now) === "nothing") return false;
  if (row.state === "paused") return true;
  if (isNewView(viewing.viewedMs, now)) {
    viewing.viewedMs = now;
    liveOf(ctx).look({ event: sight.id, sharer: sharer.id, viewer: id, at: now });
  }
  sight.letPass(sharer, viewing, now);
  return true;
}

/** One person's present row in an event and who may see it now; null when nobody may. */
export async function positionFor(
  ctx: Context,
  event: EventId,
  user: UserId,
): Promise<{ row: PositionRow; viewers: Set<UserId> } | null> {
  await readSight(ctx, event, user);
  const now = ctx.clock.now();
  const sight = sightOf(ctx, event);
  const shown = sight === undefined ? null : shownIn(ctx, sight, user, now);
  if (shown === null) return null;
  const viewers = [...viewersAt(shown.sharer, now)].map(({ id }) => id);
  return { row: shown.row, viewers: new Set(viewers) };
}
