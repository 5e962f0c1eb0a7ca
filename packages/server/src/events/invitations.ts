import { type EventId, type InvitationId, limits, type UserId, userStream } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { type Relations, relationsOf } from "../friends/relations.ts";
import { AppError } from "../lib/app-error.ts";
import { appendToAll } from "../streams/service.ts";
import { keyOf, letIn, openStream, reportPerson } from "./membership.ts";
import {
  countPeople,
  findInvitationTo,
  findInvited,
  findParticipant,
  insertGuests,
  insertInvitation,
  type InvitationRow,
  listInvitationsTo,
  type ParticipantRow,
  updateInvitation,
  upsertParticipant,
} from "./people-store.ts";
import { type Account, type Accounts, accountsOf, type Ref } from "./refs.ts";
import { canSeeEmail, isAddressOnly, isParticipant, isSilent, isWelcome } from "./rules.ts";

/** Who invites to what. A `new` event has no readers yet to whom each person would be reported. */
export interface Inviting {
  event: EventId;
  inviter: UserId;
  new: boolean;
}

/** Counts invitations before any work is done: outside of the unit, and those by e-mail doubly. */
export async function countInvitations(ctx: Context, viewer: Viewer, refs: readonly Ref[]): Promise<void> {
  const key = () => ({ user: viewer.id, address: viewer.id }); // both rates count by user
  const addresses = refs.filter((ref) => ref.kind === "email");
  // The narrower one first: what it refuses has cost nothing of the other.
  await ctx.rates.consumeMany("invitationByEmail", key, addresses.length);
  await ctx.rates.consumeMany("invitation", key, refs.length);
}

/** An event has at most so many people and open invitations; asked after they were written, in the same unit. */
export async function requireRoom(tx: Tx, event: EventId): Promise<void> {
  if ((await countPeople(tx.sql, event)) <= limits.peoplePerEvent) return;
  throw new AppError("limit_exceeded", { detail: `An event has at most ${limits.peoplePerEvent} people` });
}

/** Invites all of them, each once; whoever is in the event stays as they are. */
export async function inviteAll(
  ctx: Context,
  tx: Tx,
  inviting: Inviting,
  refs: readonly Ref[],
): Promise<void> {
  const { byId, byAddress } = await accountsOf(tx.sql, refs);
  const relations = await relationsOf(
    tx.sql,
    inviting.inviter,
    [...byId.values()].map(({ id }) => id),
  );
  if (inviting.new && refs.every((ref) => ref.kind === "user"))
    await inviteFirst(ctx, tx, inviting, [...byId.values()], relations);
  else await inviteEach(ctx, tx, inviting, refs, { byId, byAddress }, relations);
  await requireRoom(tx, inviting.event);
}

/** The first people of an event, all by id, in a few statements for any number: nothing has to be looked up. */
async function inviteFirst(
  ctx: Context,
  tx: Tx,
  { event, inviter }: Inviting,
  accounts: readonly Account[],
  relations: Relations,
): Promise<void> {
  const others = accounts.filter(({ id }) => id !== inviter);
  const welcome = others.filter((account) => isWelcome(account, relations)).map(({ id }) => id);
  const hidden = others.filter((account) => !isWelcome(account, relations)).map(({ id }) => id);
  const invited = { event, inviter, now: ctx.clock.now() };
  await insertGuests(tx.sql, { ...invited, users: welcome, delivered: 1 });
  await insertGuests(tx.sql, { ...invited, users: hidden, delivered: 0 });
  await appendToAll(ctx, tx, welcome.map(userStream), "invited", { event });
  for (const user of welcome) openStream(ctx, tx, event, user);
}

async function inviteEach(
  ctx: Context,
  tx: Tx,
  inviting: Inviting,
  refs: readonly Ref[],
  { byId, byAddress }: Accounts,
  relations: Relations,
): Promise<void> {
  for (const ref of refs) {
    const account = ref.kind === "user" ? byId.get(ref.id) : byAddress.get(ref.key);
    if (account?.id === inviting.inviter) continue;
    if (ref.kind === "email") await inviteAddress(ctx, tx, inviting, ref, account, relations);
    else if (account !== undefined) await inviteAccount(ctx, tx, inviting, account, relations);
  }
}

async function inviteAccount(
  ctx: Context,
  tx: Tx,
  inviting: Inviting,
  account: Account,
  relations: Relations,
): Promise<void> {
  const row = await findParticipant(tx.sql, inviting.event, account.id);
  const parted = row !== undefined && isAddressOnly(row);
  if (parted) await partFromAddress(ctx, tx, inviting, row);
  if (row !== undefined && isParticipant(row)) return;
  const present = parted ? { ...row, invitation_id: null, invited_by: inviting.inviter } : row;
  await admit(ctx, tx, inviting, { account, row: present, invitation: null, relations });
}

/**
 * Somebody who stands there as an address is invited by id as well. Both stay, as they would for two people: the one
 * must not tell who the other is. The answer ends the invitation by e-mail.
 */
async function partFromAddress(ctx: Context, tx: Tx, inviting: Inviting, row: ParticipantRow): Promise<void> {
  const { event, inviter } = inviting;
  // An address that had reached nobody was not reported; now it stands there by itself, for all to see.
  const key = row.delivered === 0 ? keyOf(row) : { user: row.user_id };
  await upsertParticipant(tx.sql, { ...row, invitation_id: null, invited_by: inviter });
  if (!inviting.new) await reportPerson(ctx, tx, event, key, "added");
}

async function inviteAddress(
  ctx: Context,
  tx: Tx,
  inviting: Inviting,
  ref: { email: string; key: string },
  account: Account | undefined,
  relations: Relations,
): Promise<void> {
  const open = await findInvitationTo(tx.sql, inviting.event, ref.key);
  if (open !== undefined)
    return inviteAgain(ctx, tx, inviting, { ...open, email: ref.email }, account, relations);
  const row = account && (await findParticipant(tx.sql, inviting.event, account.id));
  if (row !== undefined && (await isKnownByAddress(tx, inviting, row, relations))) return;
  const id = ctx.random.id() as InvitationId; // made here, so it is one
  const { event, inviter } = inviting;
  await insertInvitation(tx.sql, {
    event_id: event,
    id,
    email: ref.email,
    email_key: ref.key,
    invited_by: inviter,
    created_ms: ctx.clock.now(),
  });
  if (account !== undefined && !(row !== undefined && isParticipant(row)))
    await admit(ctx, tx, inviting, { account, row, invitation: id, relations });
  // Nobody holds the address, or somebody who is in the event and whom it must not give away.
  else if (!inviting.new) await reportPerson(ctx, tx, event, { invitation: id }, "added");
}

/** An invitation that has reached nobody is tried anew by whoever types the address next. */
async function inviteAgain(
  ctx: Context,
  tx: Tx,
  inviting: Inviting,
  open: InvitationRow,
  account: Account | undefined,
  relations: Relations,
): Promise<void> {
  if (account === undefined) return;
  const row = await findParticipant(tx.sql, inviting.event, account.id);
  if (row !== undefined && isParticipant(row)) return;
  const stoodAlone = (await findInvited(tx.sql, inviting.event, open.id)) === undefined;
  await updateInvitation(tx.sql, { ...open, invited_by: inviting.inviter });
  await admit(ctx, tx, inviting, { account, row, invitation: open.id, stoodAlone, relations });
}

/** Whether the inviter sees in the event already that this address takes part: then there is nothing to hide. */
async function isKnownByAddress(
  tx: Tx,
  { event, inviter }: Inviting,
  row: ParticipantRow,
  relations: Relations,
): Promise<boolean> {
  if (!isParticipant(row)) return false;
  const own = await findParticipant(tx.sql, event, inviter);
  return canSeeEmail({
    self: false,
    blocked: relations.blocked.has(row.user_id),
    friend: relations.friends.has(row.user_id),
    bothAccepted: row.rsvp === "accepted" && own?.rsvp === "accepted",
    owner: row.role === "owner",
    typed: row.invitation_id !== null && row.invited_by === inviter,
  });
}

interface Invitee {
  account: Account;
  row: ParticipantRow | undefined;
  /** The invitation by e-mail, where the inviter named an address. */
  invitation: InvitationId | null;
  /** The invitation was there before, as an address that everybody sees. */
  stoodAlone?: boolean;
  relations: Relations;
}

/** Makes the row of an invited person, and lets them in where the invitation may reach them. */
async function admit(ctx: Context, tx: Tx, inviting: Inviting, invitee: Invitee): Promise<void> {
  const { account, row, invitation, relations } = invitee;
  const now = ctx.clock.now();
  const delivered = isWelcome(account, relations) && !(row !== undefined && isSilent(row, now));
  const admitted: ParticipantRow = {
    event_id: inviting.event,
    user_id: account.id,
    role: "guest",
    rsvp: "none",
    state: "in",
    delivered: delivered ? 1 : 0,
    invited_by: inviting.inviter,
    invitation_id: invitation,
    invited_ms: now,
    answered_ms: null,
    left_ms: delivered ? null : (row?.left_ms ?? null),
  };
  await upsertParticipant(tx.sql, admitted);
  // Whoever stood there as declined does so no more: they are hidden now, or an address.
  const wasSeen = row?.state === "in" && row.delivered === 1;
  if (wasSeen && !(delivered && invitation === null))
    await reportPerson(ctx, tx, inviting.event, { user: account.id }, "removed");
  const key = invitation === null ? { user: account.id } : { invitation };
  if (!delivered && invitee.stoodAlone) await reportPerson(ctx, tx, inviting.event, key, "removed");
  await reportHidden(ctx, tx, row, delivered ? undefined : admitted);
  if (!delivered) return;
  await letIn(ctx, tx, admitted, inviting.new ? null : key);
  openStream(ctx, tx, inviting.event, account.id);
}

/** An invitation that reaches nobody stands there for its inviter alone: what they saw so far, and what they see now. */
async function reportHidden(
  ctx: Context,
  tx: Tx,
  before: ParticipantRow | undefined,
  after: ParticipantRow | undefined,
): Promise<void> {
  if (before?.state === "in" && before.delivered === 0)
    await reportPerson(ctx, tx, before.event_id, keyOf(before), "removed", before.invited_by);
  if (after !== undefined)
    await reportPerson(ctx, tx, after.event_id, keyOf(after), "added", after.invited_by);
}

/** An account has confirmed an address: what was addressed to it reaches it now, in the unit that confirms. */
export async function claimInvitations(ctx: Context, tx: Tx, user: UserId, emailKey: string): Promise<void> {
  const { byId } = await accountsOf(tx.sql, [{ kind: "user", id: user, index: 0 }]);
  const account = byId.get(user);
  if (account === undefined) throw new Error(`user ${user} does not exist`);
  for (const { event_id: event, id, invited_by: inviter } of await listInvitationsTo(tx.sql, emailKey)) {
    // Whoever is in, left, declined or was removed has their own row, and that decides.
    if ((await findParticipant(tx.sql, event, user)) !== undefined) continue;
    const relations = await relationsOf(tx.sql, inviter, [user]);
    // The address was reported when it was typed; where it reaches nobody, only its inviter goes on seeing it.
    await admit(
      ctx,
      tx,
      { event, inviter, new: true },
      { account, row: undefined, invitation: id, stoodAlone: true, relations },
    );
  }
}
