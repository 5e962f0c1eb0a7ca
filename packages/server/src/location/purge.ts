import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { endShare } from "./consent.ts";
import { liveOf } from "./live.ts";
import { type DeletedFixes, deleteEndedFixes, deleteOldFixes, listExpiredSharing } from "./purge-store.ts";
import { keptMs } from "./rules.ts";
import { purgeShares } from "./share-ends.ts";
import { trimTracks } from "./trimming.ts";
import { purgeViews } from "./views.ts";

/**
 * Deletes the fixes of events as soon as nobody can see them any more, and shares with friends that have run out; and says
 * whether there were any. Each step is a small unit, so that others get between.
 */
export async function purgeEventFixes(ctx: Context): Promise<boolean> {
  const now = ctx.clock.now();
  let found = false;
  while (await forgetFixes(ctx, (tx) => deleteEndedFixes(tx.sql, now))) found = true;
  if (await purgeShares(ctx)) found = true;
  await trimTracks(ctx);
  return found;
}

/** Deletes general fixes after a day, what is left of consent that has run out, and who looked a month ago. */
export async function purgeLocations(ctx: Context): Promise<void> {
  const now = ctx.clock.now();
  const before = now - keptMs;
  while (await forgetFixes(ctx, (tx) => deleteOldFixes(tx.sql, before), before));
  while (await endExpiredShares(ctx, now));
  await purgeViews(ctx);
}

/** Deletes some, from memory as well, but not what was made after `untilMs`; true when there may be more. */
function forgetFixes(
  ctx: Context,
  deleteSome: (tx: Tx) => Promise<DeletedFixes>,
  untilMs = Number.POSITIVE_INFINITY,
): Promise<boolean> {
  return ctx.db.write(async (tx) => {
    const { rows, isMore } = await deleteSome(tx);
    tx.onCommit(() => {
      for (const { user_id, event_id } of rows) {
        // A newer one may still be on its way to the disk.
        const known = ctx.tracks.newest(user_id, event_id);
        if (known === undefined || known.at_ms <= untilMs) liveOf(ctx).forgetFix(user_id, event_id);
      }
    });
    return isMore;
  });
}

async function endExpiredShares(ctx: Context, now: number): Promise<boolean> {
  return ctx.db.write(async (tx) => {
    const expired = await listExpiredSharing(tx.sql, now);
    for (const { event_id, user_id } of expired) await endShare(ctx, tx, event_id, user_id);
    return expired.length > 0;
  });
}
