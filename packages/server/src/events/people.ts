import { emailKey, type Event, type EventId, type InvitationId, type UserId } from "@jarvis/contract";
import type { Creation, Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Sql, Tx } from "../db/database.ts";
import { areFriends, isBlockedBetween } from "../friends/relations.ts";
import { AppError, notFound } from "../lib/app-error.ts";
import { isId } from "../lib/ids.ts";
import { countInvitations, inviteAll } from "./invitations.ts";
import { reportPerson, shutOut, takeOut } from "./membership.ts";
import {
  deleteInvitation,
  findInvitation,
  findInvitationTo,
  findInvited,
  findParticipant,
  findUserByAddress,
  type InvitationRow,
  type ParticipantRow,
  upsertParticipant,
} from "./people-store.ts";
import { newRefs, parseRefs, type Ref } from "./refs.ts";
import { canRemove, canSeeEmail, isAddressOnly } from "./rules.ts";
import {
  type EventParticipant,
  getEvent,
  requireChange,
  requireNotCancelled,
  requireParticipant,
  requireWhole,
} from "./service.ts";

/** Owner and hosts invite people, by user id or e-mail. */
export async function addPeople(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  people: readonly string[],
  creation: Creation | null,
): Promise<Event> {
  const refs = parseRefs(people);
  await countInvitations(ctx, viewer, await allowedRefs(ctx.db.read, viewer.id, event, refs));
  await ctx.db.write(async (tx) => {
    requireWhole(await requireChange(tx.sql, viewer.id, event));
    await inviteAll(ctx, tx, { event, inviter: viewer.id, new: false }, refs);
    await creation?.keep(tx, event);
  });
  return getEvent(ctx, viewer, event);
}

/** What of the list is new: only that is counted, and only for somebody who may invite. */
async function allowedRefs(sql: Sql, user: UserId, event: EventId, refs: readonly Ref[]): Promise<Ref[]> {
  requireWhole(await requireChange(sql, user, event));
  return newRefs(sql, event, refs);
}

/** Somebody who is in the event, or an address that has not found its account. */
type Target = { row: ParticipantRow } | { invitation: InvitationRow };

/** Removes a person or an invitation, named by user id, invitation id or e-mail; or lets the caller leave. */
export async function removePerson(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  named: string,
): Promise<void> {
  await ctx.db.write(async (tx) => {
    const actor = await requireParticipant(tx.sql, viewer.id, event);
    requireWhole(actor);
    const target = await findTarget(tx.sql, actor, named);
    if (target === undefined) throw notFound();
    const role = "row" in target ? target.row.role : "guest";
    const leaves = "row" in target && target.row.user_id === viewer.id;
    // Leaving is open to guests and hosts of a cancelled event too: its chat goes on.
    if (!leaves) requireNotCancelled(actor);
    if (leaves ? role === "owner" : !canRemove(actor.role, role)) throw new AppError("forbidden");
    if ("invitation" in target) return withdrawInvitation(ctx, tx, target.invitation);
    if (target.row.state === "in") await takeOut(ctx, tx, target.row, leaves ? "left" : "removed");
    else if (!leaves) await shutOut(tx, target.row);
  });
}

async function withdrawInvitation(ctx: Context, tx: Tx, { event_id, id }: InvitationRow): Promise<void> {
  await deleteInvitation(tx.sql, event_id, id);
  await reportPerson(ctx, tx, event_id, { invitation: id }, "removed");
}

/** Whom a caller means: only what the event shows them can be named. */
async function findTarget(sql: Sql, actor: EventParticipant, named: string): Promise<Target | undefined> {
  if (!isId(named)) return findByAddress(sql, actor, emailKey(named));
  const row = await findParticipant(sql, actor.event, named as UserId); // or an invitation's id, which it then is not
  if (row !== undefined) return isVisible(row, actor) ? { row } : undefined;
  const invitation = await findInvitation(sql, actor.event, named as InvitationId); // of an id's form, and looked up
  return invitation && resolveInvitation(sql, actor, invitation);
}

function isVisible(row: ParticipantRow, { user }: EventParticipant): boolean {
  if (row.user_id === user) return true;
  return !isAddressOnly(row) && (row.delivered === 1 || row.invited_by === user);
}

async function resolveInvitation(
  sql: Sql,
  { event, user }: EventParticipant,
  invitation: InvitationRow,
): Promise<Target | undefined> {
  const row = await findInvited(sql, event, invitation.id);
  if (row === undefined) return { invitation };
  return row.delivered === 1 || row.invited_by === user ? { row } : undefined;
}

async function findByAddress(sql: Sql, actor: EventParticipant, key: string): Promise<Target | undefined> {
  const invitation = await findInvitationTo(sql, actor.event, key);
  if (invitation?.invited_by === actor.user) return resolveInvitation(sql, actor, invitation);
  const holder = await findUserByAddress(sql, key);
  const row = holder && (await findParticipant(sql, actor.event, holder.id));
  if (row === undefined || row.state !== "in" || !isVisible(row, actor)) return undefined;
  return (await seesEmail(sql, actor, row)) ? { row } : undefined;
}

async function seesEmail(sql: Sql, actor: EventParticipant, row: ParticipantRow): Promise<boolean> {
  return canSeeEmail({
    self: row.user_id === actor.user,
    blocked: await isBlockedBetween(sql, actor.user, row.user_id),
    friend: await areFriends(sql, actor.user, row.user_id),
    bothAccepted: actor.rsvp === "accepted" && row.rsvp === "accepted",
    owner: row.role === "owner",
    typed: row.invitation_id !== null && row.invited_by === actor.user,
  });
}

/** The owner makes a guest a host, or a host a guest. */
export async function setRole(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  person: UserId,
  role: "host" | "guest",
): Promise<Event> {
  await ctx.db.write(async (tx) => {
    const actor = await requireParticipant(tx.sql, viewer.id, event);
    requireWhole(actor);
    const row = isId(person) ? await findParticipant(tx.sql, event, person) : undefined;
    if (row === undefined || row.state !== "in" || !isVisible(row, actor)) throw notFound();
    if (actor.role !== "owner" || row.role === "owner") throw new AppError("forbidden");
    requireNotCancelled(actor);
    if (row.role === role) return;
    await upsertParticipant(tx.sql, { ...row, role });
    const only = row.delivered === 1 ? undefined : row.invited_by;
    await reportPerson(ctx, tx, event, { user: person }, "role", only);
  });
  return getEvent(ctx, viewer, event);
}
