import type { EventId, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import {
  deleteAsViewer,
  deleteAudience,
  deleteEventFix,
  deleteShare,
  deleteViews,
  updateSharingToOff,
} from "./consent-store.ts";
import { deleteOpenRequests, deleteOpenRequestsTo } from "./request-store.ts";

/** Ends what somebody shares in an event: nobody sees them, and the fixes made for it are gone. */
export async function endShare(tx: Tx, event: EventId, user: UserId): Promise<void> {
  await updateSharingToOff(tx.sql, event, user);
  await deleteAudience(tx.sql, event, user);
  await deleteEventFix(tx.sql, event, user);
}

/**
 * Somebody is removed, leaves or declines: in the same unit of work they stop sharing and seeing. Coming back starts
 * from `off`: they are in nobody's audience, and only they can consent again.
 */
export async function withdrawMember(tx: Tx, event: EventId, user: UserId): Promise<void> {
  await endShare(tx, event, user);
  await deleteViews(tx.sql, event, user);
  await deleteAsViewer(tx.sql, event, user);
  await deleteOpenRequests(tx.sql, event, user);
}

/** A block ends what two people share with each other, in all events; lifting it brings nothing back by itself. */
export async function withdrawBetween(ctx: Context, tx: Tx, a: UserId, b: UserId): Promise<void> {
  for (const [sharer, viewer] of [
    [a, b],
    [b, a],
  ] as const) {
    const events = await deleteShare(tx.sql, sharer, viewer);
    await deleteOpenRequestsTo(tx.sql, sharer, viewer);
    for (const event of events) {
      tx.onCommit(() => ctx.bus.publish({ type: "sharing_changed", event, user: sharer }));
    }
  }
}
