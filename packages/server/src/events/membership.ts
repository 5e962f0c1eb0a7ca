import { type EventId, eventStream, type InvitationId, type UserId, userStream } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { withdrawMember } from "../location/consent.ts";
import { withdrawAvailability } from "../schedule/consent.ts";
import { forgetRequired, withdrawVoter } from "../polls/leaving.ts";
import { append, headsOf } from "../streams/service.ts";
import { deleteAnswersOf } from "./occurrences-store.ts";
import { deleteInvitation, type ParticipantRow, upsertParticipant } from "./people-store.ts";
import { isAddressOnly } from "./rules.ts";
import { closeAbsence, deleteAbsence, insertAbsence, listAbsences, updateAbsenceEnd } from "./store.ts";

/** So many absences of one person are kept apart: leaving and coming back all day must not make every look at the chat slow. */
const absencesApart = 32;

/** What a `people` entry names: the person, or the invitation where people know the address alone. */
export type PersonKey = { user: UserId } | { invitation: InvitationId };

export function keyOf(row: ParticipantRow): PersonKey {
  return isAddressOnly(row) && row.invitation_id !== null
    ? { invitation: row.invitation_id }
    : { user: row.user_id };
}

/** Reports a change of who is in the event on its stream; where one person alone sees it, to `only` that one. */
export async function reportPerson(
  ctx: Context,
  tx: Tx,
  event: EventId,
  key: PersonKey,
  op: "added" | "removed" | "role",
  only?: UserId,
): Promise<number> {
  const data = { ...key, op, ...(only === undefined ? {} : { only }) };
  return (await append(ctx, tx, eventStream(event), "people", data)).seq;
}

/**
 * Somebody may read the event from now on; what was written while they were away stays closed to them. `openStream`
 * follows once the unit has written its last entry.
 */
export async function letIn(ctx: Context, tx: Tx, row: ParticipantRow, key: PersonKey | null): Promise<void> {
  const { event_id: event, user_id: user } = row;
  const heads = await headsOfEvent(tx, event);
  await closeAbsence(tx.sql, event, user, { entry: heads.last_seq, message: heads.last_message });
  if (key !== null) await reportPerson(ctx, tx, event, key, "added");
  await append(ctx, tx, userStream(user), "invited", { event });
}

/** Tells that somebody may read the event's stream, once this unit is stored. */
export function openStream(ctx: Context, tx: Tx, event: EventId, user: UserId): void {
  tx.onCommit(() => ctx.bus.publish({ type: "member_joined", event, user }));
}

/**
 * Somebody leaves or is removed. Their streams close before the entry that reports it is announced: that entry is
 * already numbered inside their absence.
 */
export async function takeOut(
  ctx: Context,
  tx: Tx,
  row: ParticipantRow,
  how: "left" | "removed",
): Promise<void> {
  const { event_id: event, user_id: user } = row;
  const key = keyOf(row);
  if ("invitation" in key) await deleteInvitation(tx.sql, event, key.invitation);
  await upsertParticipant(tx.sql, {
    ...row,
    role: "guest",
    rsvp: "none",
    state: how,
    invitation_id: null,
    left_ms: how === "left" ? ctx.clock.now() : row.left_ms,
  });
  if (row.delivered === 0) {
    await forgetRequired(tx, event, user);
    return void (await reportPerson(ctx, tx, event, key, "removed", row.invited_by));
  }
  await deleteAnswersOf(tx.sql, event, user);
  await withdrawMember(ctx, tx, event, user);
  await withdrawAvailability(tx, event, user);
  closeStream(ctx, tx, event, user);
  const { last_message } = await headsOfEvent(tx, event);
  const from_entry = await reportPerson(ctx, tx, event, key, "removed");
  const until = { to_entry: null, to_message: null };
  await insertAbsence(tx.sql, {
    event_id: event,
    user_id: user,
    from_entry,
    from_message: last_message + 1,
    ...until,
  });
  await joinOldestAbsences(tx, event, user);
  await withdrawVoter(ctx, tx, event, user);
  await append(ctx, tx, userStream(user), "removed", { event });
}

/** Beyond the limit the oldest two become one, which closes what lay between them too: it never opens anything. */
async function joinOldestAbsences(tx: Tx, event: EventId, user: UserId): Promise<void> {
  const absences = await listAbsences(tx.sql, event, user);
  const [first, second] = absences;
  if (absences.length <= absencesApart || first === undefined || second === undefined) return;
  await deleteAbsence(tx.sql, second);
  await updateAbsenceEnd(tx.sql, first, second);
}

/** Somebody who left is removed as well: nothing changes that anybody sees, but they cannot come back by themselves. */
export function shutOut(tx: Tx, row: ParticipantRow): Promise<void> {
  return upsertParticipant(tx.sql, { ...row, state: "removed" });
}

/** Tells that somebody may no longer read the event's stream, once this unit is stored. */
export function closeStream(ctx: Context, tx: Tx, event: EventId, user: UserId): void {
  tx.onCommit(() => ctx.bus.publish({ type: "member_left", event, user }));
}

async function headsOfEvent(tx: Tx, event: EventId) {
  const stream = eventStream(event);
  const heads = (await headsOf(tx.sql, [stream])).get(stream);
  if (heads === undefined) throw new Error(`event ${event} has no stream`);
  return heads;
}
