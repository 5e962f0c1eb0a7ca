import type { UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { notFound } from "../lib/app-error.ts";
import type { TrackPoint } from "../lib/tracks.ts";
import { isNewView, sharedFix } from "./rules.ts";
import { friendPosition } from "./share-rules.ts";
import { findFacts, listFactsFrom, listFactsToward, type ShareFacts, updateViewed } from "./share-store.ts";
import type { FriendPosition } from "./shares.ts";
import { upsertViews } from "./view-store.ts";

/** Where a friend is who shows it to the viewer; `not_found` for everybody else, for whatever reason. */
export async function friendsFix(ctx: Context, viewer: UserId, user: UserId): Promise<FriendPosition> {
  for (;;) {
    const facts = await findFacts(ctx.db.read, user, viewer);
    const row = facts === undefined ? null : rowOf(ctx, facts);
    if (facts === undefined || row === null) throw notFound();
    if (!isUnrecorded(ctx, facts)) return row;
    // A look is answered once it is written down; by then the share may have ended, so it is asked anew.
    await recordShareViews(ctx, user, [viewer]);
  }
}

/** Everybody who shows the viewer where they are now, beside events. Records the views. */
export async function sharedWith(
  ctx: Context,
  viewer: UserId,
): Promise<{ user: UserId; row: FriendPosition }[]> {
  for (;;) {
    const all = await listFactsToward(ctx.db.read, viewer);
    const shown = all.flatMap((facts) => {
      const row = rowOf(ctx, facts);
      return row === null ? [] : [{ user: facts.user_id, row, isNew: isUnrecorded(ctx, facts) }];
    });
    const unrecorded = shown.filter(({ isNew }) => isNew);
    if (unrecorded.length === 0) return shown.map(({ user, row }) => ({ user, row }));
    await ctx.db.write(async (tx) => {
      for (const { user } of unrecorded) await writeView(tx.sql, user, viewer, ctx.clock.now());
    });
  }
}

/** Whether anybody has an open share toward the viewer, seen or not. */
export async function hasShares(ctx: Context, viewer: UserId): Promise<boolean> {
  return (await listFactsToward(ctx.db.read, viewer)).length > 0;
}

export interface ShownTo {
  friend: UserId;
  row: FriendPosition;
  /** Whether this look is to be written down, once it is shown. */
  isUnrecorded: boolean;
}

/** To whom one person shows where they are at this instant, and what, for delivery to those who watch. */
export async function shownTo(ctx: Context, user: UserId): Promise<ShownTo[]> {
  const all = await listFactsFrom(ctx.db.read, user);
  return all.flatMap((facts) => {
    const row = rowOf(ctx, facts);
    return row === null ? [] : [{ friend: facts.friend_id, row, isUnrecorded: isUnrecorded(ctx, facts) }];
  });
}

/** Writes down who was shown somebody's position through a share. */
export async function recordShareViews(
  ctx: Context,
  user: UserId,
  viewers: readonly UserId[],
): Promise<void> {
  if (viewers.length === 0) return;
  await ctx.db.write(async (tx) => {
    for (const viewer of viewers) await writeView(tx.sql, user, viewer, ctx.clock.now());
  });
}

async function writeView(sql: Parameters<typeof updateViewed>[0], user: UserId, viewer: UserId, at: number) {
  await updateViewed(sql, user, viewer, at);
  await upsertViews(sql, [{ sharer: user, event: "", viewer, at }]);
}

function isUnrecorded(ctx: Context, { viewed_ms }: ShareFacts): boolean {
  return isNewView(viewed_ms, ctx.clock.now());
}

function rowOf(ctx: Context, facts: ShareFacts): FriendPosition | null {
  const { friends, blocked, since_ms, until_ms, precision } = facts;
  const sight = { friends: Boolean(friends), blocked: Boolean(blocked), since_ms, until_ms };
  const fixes = [ctx.tracks.newest(facts.user_id, ""), storedFix(facts)].filter((fix) => fix !== undefined);
  const fix = sharedFix(sight, fixes, ctx.clock.now());
  return fix === null ? null : friendPosition(fix, precision);
}

/** The left join leaves it out as a whole. */
function storedFix(facts: ShareFacts): TrackPoint | undefined {
  const { latitude, longitude, at_ms, received_ms } = facts;
  if (latitude === null || longitude === null || at_ms === null || received_ms === null) return undefined;
  const { accuracy, altitude, speed, heading, battery } = facts;
  return { latitude, longitude, accuracy, altitude, speed, heading, battery, at_ms, received_ms };
}
