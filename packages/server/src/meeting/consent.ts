import type { EventId, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { deleteEndedStarts, deleteStarts } from "./store.ts";

/**
 * Somebody is removed, leaves or declines: in the same unit of work their start is gone, in a series in all of its
 * occurrences. Coming back brings nothing back: only they can give one again.
 */
export function withdrawStart(ctx: Context, tx: Tx, event: EventId, user: UserId): Promise<void> {
  noteWithdrawn(ctx, tx);
  return deleteStarts(tx.sql, event, user);
}

/** Deletes the starts of events that are over or cancelled. They have counted for nothing since. */
export async function purgeStarts(ctx: Context): Promise<void> {
  const now = ctx.clock.now();
  for (let isMore = true; isMore; ) {
    isMore = await ctx.db.write(async (tx) => {
      const deleted = await deleteEndedStarts(tx.sql, now);
      if (deleted.count > 0) noteWithdrawn(ctx, tx);
      return deleted.isMore;
    });
  }
}

const withdrawn = new WeakSet<Context>();

/** A start was taken back or replaced: what it was has to leave the files as well. */
export function noteWithdrawn(ctx: Context, tx: Tx): void {
  tx.onCommit(() => withdrawn.add(ctx));
}

/** Whether there was any since this was last asked. */
export function takeWithdrawn(ctx: Context): boolean {
  return withdrawn.delete(ctx);
}
