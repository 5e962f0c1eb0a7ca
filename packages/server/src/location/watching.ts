import type { EventId, PositionRow, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { liveOf } from "./live.ts";
import { fixAt, rowAt } from "./rows.ts";
import { isNewView, sightAt } from "./rules.ts";
import { type EventSight, type Sharer, viewersAt } from "./sight.ts";

/** After so long a row is made anew even if nobody moved: what is derived from the time changes. */
const freshMs = 1_000;

/** One person's row in an event, made once for all who may see it. It holds as long as what it was made of stands. */
export interface Shown {
  readonly row: PositionRow;
  readonly sight: EventSight;
  readonly sharer: Sharer;
  /** What it shows, or null where it shows nothing but that they have paused. */
  readonly fix: object | null;
  readonly madeMs: number;
}

/**
 * The events in which a fix of this person may be seen now; a promise of them where the store has to be asked.
 */
export function sharedEvents(ctx: Context, user: UserId): readonly EventId[] | Promise<readonly EventId[]> {
  const { consents } = liveOf(ctx);
  return consents.peek(user)?.events ?? consents.of(user).then(({ events }) => events);
}

/** Whether `shownIn` can tell; else `readSight` has to come before. */
export function isKnown(ctx: Context, event: EventId, user: UserId): boolean {
  const sight = liveOf(ctx).sights.peek(event);
  if (sight === undefined) return false;
  const sharer = sight.sharers.get(user);
  return sharer === undefined || sharer.viewings !== null;
}

export async function readSight(ctx: Context, event: EventId, user: UserId): Promise<void> {
  await liveOf(ctx).sights.ofSharer(event, user);
}

/** The row that whoever may see this person gets at this instant, `now`: `before`, where that still holds. */
export function shownIn(
  ctx: Context,
  event: EventId,
  user: UserId,
  now: number,
  before: Shown | null = null,
): Shown | null {
  const sight = liveOf(ctx).sights.peek(event);
  const sharer = sight?.sharers.get(user);
  if (sight === undefined || !sharer?.viewings) return null;
  const fix = sharer.consent.state === "on" ? fixAt(ctx, sight, sharer, now) : null;
  if (before?.sight === sight && before.fix === fix && Math.abs(now - before.madeMs) < freshMs) return before;
  for (const viewing of sharer.viewings.values()) {
    if (sightAt(viewing, now) === "nothing") continue;
    const row = rowAt(ctx, sight, sharer, viewing);
    return row === null ? null : { row, sight, sharer, fix, madeMs: now };
  }
  return null;
}

/** Whether this viewer may see it at this instant; the look is written down, within a second. */
export function isShownTo(ctx: Context, { sight, sharer, row }: Shown, viewer: UserId, now: number): boolean {
  const viewing = sharer.viewings?.get(viewer);
  if (viewing === undefined || sight.isStale || sightAt(viewing, now) === "nothing") return false;
  if (row.state !== "paused" && isNewView(viewing.viewedMs, now)) {
    viewing.viewedMs = now;
    liveOf(ctx).look({ event: sight.id, sharer: sharer.id, viewer, at: now });
  }
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
  const shown = shownIn(ctx, event, user, now);
  if (shown === null) return null;
  const viewers = [...viewersAt(shown.sharer, now)].map(({ id }) => id);
  return { row: shown.row, viewers: new Set(viewers) };
}
