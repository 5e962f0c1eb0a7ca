import { type UserId, userStream } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { append } from "../streams/service.ts";
import { deleteFriendShare, listExpired } from "./share-store.ts";

/** Ends what one person shows another, in the unit of whatever ends it. Both are told, unless it had run out by itself. */
export async function endFriendShare(ctx: Context, tx: Tx, user: UserId, friend: UserId): Promise<void> {
  const untilMs = await deleteFriendShare(tx.sql, user, friend);
  if (untilMs === undefined) return;
  tx.onCommit(() => ctx.bus.publish({ type: "share_changed", user, friend }));
  if (untilMs <= ctx.clock.now()) return;
  const data = { from: user, to: friend, until_ms: null };
  await append(ctx, tx, userStream(user), "share", data);
  await append(ctx, tx, userStream(friend), "share", data);
}

/** Both directions: they are friends no more. */
export async function endSharesBetween(ctx: Context, tx: Tx, a: UserId, b: UserId): Promise<void> {
  await endFriendShare(ctx, tx, a, b);
  await endFriendShare(ctx, tx, b, a);
}

/** Deletes what has run out, and says whether there was any. Nothing was shown by it any more, for its end is asked at every look. */
export async function purgeShares(ctx: Context): Promise<boolean> {
  let found = false;
  for (;;) {
    const ended = await ctx.db.write(async (tx) => {
      const expired = await listExpired(tx.sql, ctx.clock.now());
      for (const { user_id, friend_id } of expired) await endFriendShare(ctx, tx, user_id, friend_id);
      return expired.length;
    });
    if (ended === 0) return found;
    found = true;
  }
}
