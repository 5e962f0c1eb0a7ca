import { type EventId, eventStream, type UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { groupOf, occurrenceIn, parseOccurrenceId } from "../lib/ids.ts";
import { withdrawStart } from "../meeting/consent.ts";
import { append } from "../streams/service.ts";
import {
  deleteAsViewer,
  deleteAudience,
  deleteEventFix,
  deleteShare,
  listOccurrencesShared,
  updateSharingToOff,
} from "./consent-store.ts";
import { liveOf } from "./live.ts";
import {
  closeRequests,
  deleteRequest,
  listOpenRequestsTo,
  type RequestRow,
  updateRequest,
} from "./request-store.ts";

/** Ends what somebody shares in an event: nobody sees them, and the fixes made for it are gone. */
export async function endShare(ctx: Context, tx: Tx, event: EventId, user: UserId): Promise<void> {
  await updateSharingToOff(tx.sql, event, user);
  await deleteAudience(tx.sql, event, user);
  await forgetEventFix(ctx, tx, event, user);
}

/** What was uploaded for this event alone is gone, from memory as soon as that is committed. */
export async function forgetEventFix(ctx: Context, tx: Tx, event: EventId, user: UserId): Promise<void> {
  await deleteEventFix(tx.sql, event, user);
  tx.onCommit(() => liveOf(ctx).forgetShare(user, event));
}

/** An account is erased: nobody sees the person any more. */
export function forgetPositions(ctx: Context, tx: Tx, user: UserId): void {
  tx.onCommit(() => liveOf(ctx).forgetPerson(user));
}

/**
 * Somebody is removed, leaves or declines: in the same unit of work they stop sharing and seeing, in a series in all of
 * its occurrences. Coming back starts from `off`: they are in nobody's audience, and only they can consent again.
 */
export async function withdrawMember(ctx: Context, tx: Tx, event: EventId, user: UserId): Promise<void> {
  await withdrawFrom(ctx, tx, event, user);
  await withdrawStart(ctx, tx, event, user);
  if (parseOccurrenceId(event) !== null) return;
  for (const occurrence of await listOccurrencesShared(tx.sql, event)) {
    await withdrawFrom(ctx, tx, occurrence, user);
  }
}

async function withdrawFrom(ctx: Context, tx: Tx, event: EventId, user: UserId): Promise<void> {
  await endShare(ctx, tx, event, user);
  await deleteAsViewer(tx.sql, event, user);
  await closeRequests(tx.sql, event, user, ctx.clock.now());
}

/** A block ends what two people share with each other, in all events; lifting it brings nothing back by itself. */
export async function withdrawBetween(ctx: Context, tx: Tx, blocker: UserId, blocked: UserId): Promise<void> {
  await endRequests(ctx, tx, blocker, blocked);
  for (const [sharer, viewer] of [
    [blocker, blocked],
    [blocked, blocker],
  ] as const) {
    const events = await deleteShare(tx.sql, sharer, viewer);
    for (const event of events) {
      tx.onCommit(() => ctx.bus.publish({ type: "sharing_changed", event, user: sharer }));
    }
  }
}

/** The blocker's requests are withdrawn; those of the blocked person go on looking open to them, or they would tell of the block. */
async function endRequests(ctx: Context, tx: Tx, blocker: UserId, blocked: UserId): Promise<void> {
  for (const request of await listOpenRequestsTo(tx.sql, blocker, blocked)) {
    await deleteRequest(tx.sql, request);
    await reportRequest(ctx, tx, request, {});
  }
  for (const request of await listOpenRequestsTo(tx.sql, blocked, blocker)) {
    await updateRequest(tx.sql, { ...request, state: "declined", answered_ms: null });
    await reportRequest(ctx, tx, request, { only: blocker });
  }
}

async function reportRequest(
  ctx: Context,
  tx: Tx,
  { event_id, from_id, to_id }: RequestRow,
  only: { only?: UserId },
): Promise<void> {
  const data = { from: from_id, to: to_id, state: "withdrawn", ...only, ...occurrenceIn(event_id) };
  await append(ctx, tx, eventStream(groupOf(event_id)), "location_request", data);
}
