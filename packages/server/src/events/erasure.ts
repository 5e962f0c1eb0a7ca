import { type EventId, eventStream, type UserId } from "@jarvis/contract";
import { postSystemMessage } from "../chat/system.ts";
import { forgetIndex } from "../chat/search-index.ts";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { erasePhotosOfEvent } from "../photos/showing.ts";
import { endAvailability } from "../schedule/consent.ts";
import { append } from "../streams/service.ts";
import {
  deleteEvent,
  deleteParticipant,
  findOldestHost,
  hasOthers,
  listInvitationsBy,
  listInvitedBy,
  listMemberships,
  updateOwner,
} from "./erasure-store.ts";
import { reportPerson, takeOut } from "./membership.ts";
import {
  deleteInvitation,
  findInvited,
  listInvitationsTo,
  type ParticipantRow,
  updateInvitation,
  upsertParticipant,
} from "./people-store.ts";
import { reportErased } from "./naming.ts";
import { listWrittenIn } from "./naming-store.ts";
import { cancelSeries } from "./series-cancelling.ts";
import { eventFacts } from "./service.ts";
import { updateEvent } from "./store.ts";

/** Who owns an event whose owner was erased, where no host could take it over. */
const nobody = "" as UserId; // no id is empty, so it is nobody's

/**
 * Takes a person out of all events, whose people see it as a removal. Their rows stay until the unit
 * ends: they say where the person has been. `confirmedKey` is the address that is proven theirs.
 */
export async function eraseFromEvents(
  ctx: Context,
  tx: Tx,
  user: UserId,
  confirmedKey: string | null,
): Promise<void> {
  const written = new Set(await listWrittenIn(tx.sql, user));
  for (const row of await listMemberships(tx.sql, user)) {
    if (!(await hasOthers(tx.sql, row.event_id, user))) {
      written.delete(row.event_id);
      await erasePhotosOfEvent(ctx, tx, row.event_id);
      await forgetIndex(tx.sql, row.event_id);
      await deleteEvent(tx.sql, row.event_id);
    } else if (row.state === "in") await leave(ctx, tx, row);
  }
  await reportErased(ctx, tx, written, user);
  await forgetInviter(ctx, tx, user);
  if (confirmedKey === null) return;
  for (const { event_id, id } of await listInvitationsTo(tx.sql, confirmedKey)) {
    await deleteInvitation(tx.sql, event_id, id);
    await reportPerson(ctx, tx, event_id, { invitation: id }, "removed");
  }
}

async function leave(ctx: Context, tx: Tx, row: ParticipantRow): Promise<void> {
  if (row.role === "owner") await handOver(ctx, tx, row.event_id);
  await takeOut(ctx, tx, row, "removed");
}

/** The oldest host owns it from now on; without one it is cancelled. */
async function handOver(ctx: Context, tx: Tx, event: EventId): Promise<void> {
  const facts = await eventFacts(tx.sql, event);
  const heir = await findOldestHost(tx.sql, event);
  if (heir !== undefined) {
    await upsertParticipant(tx.sql, { ...heir, role: "owner" });
    await reportPerson(ctx, tx, event, { user: heir.user_id }, "role");
  }
  await updateOwner(tx.sql, event, heir?.user_id ?? nobody);
  if (heir === undefined && facts.kind === "series") return cancelSeries(ctx, tx, null, facts, "all");
  const change = heir === undefined ? { cancelled: 1 } : {};
  await updateEvent(tx.sql, event, change, ctx.clock.now());
  if (heir === undefined) await endAvailability(tx, event);
  await append(ctx, tx, eventStream(event), "event", { version: facts.version + 1 });
  if (heir !== undefined) {
    const system = { code: "owner_changed", params: { user: heir.user_id } };
    await postSystemMessage(ctx, tx, event, null, system);
  } else if (facts.cancelled === 0) {
    await postSystemMessage(ctx, tx, event, null, { code: "cancelled", params: {} });
  }
}

/** What this person invited others to stays theirs; what has reached nobody ends with the inviter. */
async function forgetInviter(ctx: Context, tx: Tx, user: UserId): Promise<void> {
  for (const { event_id: event, id, ...invitation } of await listInvitationsBy(tx.sql, user)) {
    const invited = await findInvited(tx.sql, event, id);
    if (invited?.delivered === 1) {
      await updateInvitation(tx.sql, { ...invitation, event_id: event, id, invited_by: invited.user_id });
    } else {
      await deleteInvitation(tx.sql, event, id);
      if (invited === undefined) await reportPerson(ctx, tx, event, { invitation: id }, "removed");
    }
  }
  for (const row of await listInvitedBy(tx.sql, user)) await forgetInviterOf(tx, row);
}

async function forgetInviterOf(tx: Tx, row: ParticipantRow): Promise<void> {
  const own = { ...row, invited_by: row.user_id };
  if (row.delivered === 1) return upsertParticipant(tx.sql, own);
  // An undelivered invitation of somebody who had left: that they left is still so.
  if (row.left_ms !== null)
    return upsertParticipant(tx.sql, { ...own, state: "left", delivered: 1, invitation_id: null });
  await deleteParticipant(tx.sql, row.event_id, row.user_id);
}
