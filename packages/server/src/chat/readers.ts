import { type EventId, eventStream } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Sql } from "../db/database.ts";
import { type EventParticipant, requireMember } from "../events/service.ts";
import { findLastMessage, findReadMarker, updateReadMarker } from "./readers-store.ts";
import { movedMarker } from "./rules.ts";
import { findInvitation } from "./store.ts";

/** Moves the caller's marker, and tells the others if it moved. */
export function markRead(ctx: Context, viewer: Viewer, event: EventId, wanted: number): Promise<number> {
  return ctx.db.write(async (tx) => {
    const participant = await requireMember(tx.sql, viewer.id, event);
    const present = await findReadMarker(tx.sql, event, viewer.id);
    const seq = movedMarker(present, wanted, await findLastMessage(tx.sql, eventStream(event)));
    if (seq === present) return seq;
    await updateReadMarker(tx.sql, event, viewer.id, seq);
    if (await isNamed(tx.sql, participant)) {
      tx.onCommit(() => ctx.bus.publish({ type: "read", event, user: viewer.id, seq }));
    }
    return seq;
  });
}

/** Tells the others that somebody is writing; nothing is stored. */
export async function announceTyping(ctx: Context, viewer: Viewer, event: EventId): Promise<void> {
  const participant = await requireMember(ctx.db.read, viewer.id, event);
  if (await isNamed(ctx.db.read, participant)) ctx.bus.publish({ type: "typing", event, user: viewer.id });
}

/** Until an invitation by e-mail is answered, nobody is told which account holds the address. */
async function isNamed(sql: Sql, { event, user, rsvp }: EventParticipant): Promise<boolean> {
  return rsvp !== "none" || (await findInvitation(sql, event, user)) === null;
}
