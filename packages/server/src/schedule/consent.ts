import type { EventId, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { deleteAvailability, deleteAvailabilityOf, deletePassed } from "./availability-store.ts";

/**
 * Somebody is removed, leaves or declines: in the same unit of work suggestions stop using their calendar. Coming back
 * brings nothing back: only they can consent again.
 */
export function withdrawAvailability(tx: Tx, event: EventId, user: UserId): Promise<void> {
  return deleteAvailability(tx.sql, event, user);
}

/** The event is cancelled: there is nothing left to find a time for. */
export function endAvailability(tx: Tx, event: EventId): Promise<void> {
  return deleteAvailabilityOf(tx.sql, event);
}

/** Deletes consents whose range has passed. They have counted for nothing since. */
export async function purgeAvailability(ctx: Context): Promise<void> {
  await ctx.db.write((tx) => deletePassed(tx.sql, ctx.clock.now()));
}
