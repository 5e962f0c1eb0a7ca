import { type EventId, eventStream, type Rsvp, userStream } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { AppError, notFound } from "../lib/app-error.ts";
import { isId } from "../lib/ids.ts";
import { withdrawMember } from "../location/consent.ts";
import { withdrawAvailability } from "../schedule/consent.ts";
import { withdrawVoter } from "../polls/leaving.ts";
import { append } from "../streams/service.ts";
import { requireRoom } from "./invitations.ts";
import { closeStream, letIn, openStream, reportPerson } from "./membership.ts";
import {
  countAccepted,
  deleteInvitation,
  findInvitation,
  findInvitationTo,
  findOwnFacts,
  findParticipant,
  type InvitationRow,
  type ParticipantRow,
  upsertParticipant,
} from "./people-store.ts";
import { canAnswer, isAddressOnly, isParticipant } from "./rules.ts";
import { eventFacts } from "./service.ts";
import type { EventRow } from "./store.ts";

type Answer = Exclude<Rsvp, "none">;

/** Answers an invitation, changes the answer, or comes back after leaving or declining. */
export async function setRsvp(ctx: Context, viewer: Viewer, event: EventId, rsvp: Answer): Promise<Answer> {
  await ctx.db.write(async (tx) => {
    const row = isId(event) ? await findParticipant(tx.sql, event, viewer.id) : undefined;
    if (row === undefined || !canAnswer(row)) throw notFound();
    const facts = await eventFacts(tx.sql, event);
    if (facts.cancelled === 1) throw new AppError("forbidden", { detail: "The event is cancelled" });
    if (row.role === "owner" && rsvp !== "accepted")
      throw new AppError("forbidden", { detail: "The owner is accepted from the start" });
    const isPresent = row.state === "in" && row.delivered === 1;
    if (isPresent ? row.rsvp === rsvp : rsvp === "declined") return;
    await answer(ctx, tx, row, facts, rsvp);
  });
  return rsvp;
}

async function answer(
  ctx: Context,
  tx: Tx,
  row: ParticipantRow,
  event: EventRow,
  rsvp: Answer,
): Promise<void> {
  if (rsvp === "accepted") await requirePlace(tx, event);
  const now = ctx.clock.now();
  const answered: ParticipantRow = {
    ...row,
    rsvp,
    state: "in",
    delivered: 1,
    answered_ms: now,
    left_ms: rsvp === "declined" ? now : null,
  };
  await closeInvitations(ctx, tx, row);
  await upsertParticipant(tx.sql, answered);
  if (row.state !== "in") await requireRoom(tx, row.event_id);
  await report(ctx, tx, row, answered);
}

/** Asked in the unit that takes the place, so that the last one goes to exactly one. */
async function requirePlace(tx: Tx, { id, capacity }: EventRow): Promise<void> {
  if (capacity !== null && (await countAccepted(tx.sql, id)) >= capacity) throw new AppError("event_full");
}

async function report(ctx: Context, tx: Tx, before: ParticipantRow, after: ParticipantRow): Promise<void> {
  const { event_id: event, user_id: user, rsvp } = after;
  const isNew = before.state !== "in" || before.delivered === 0 || isAddressOnly(before);
  const joins = !isParticipant(before) && isParticipant(after);
  const leaves = isParticipant(before) && !isParticipant(after);
  if (joins) await letIn(ctx, tx, after, isNew ? { user } : null);
  else if (isNew) await reportPerson(ctx, tx, event, { user }, "added");
  await append(ctx, tx, eventStream(event), "rsvp", { user, rsvp });
  if (joins) openStream(ctx, tx, event, user);
  if (!leaves) return;
  await withdrawMember(ctx, tx, event, user);
  await withdrawAvailability(tx, event, user);
  closeStream(ctx, tx, event, user);
  await withdrawVoter(ctx, tx, event, user);
  await append(ctx, tx, userStream(user), "removed", { event });
}

/** An answer ends the invitation by e-mail that led here, and any other to the same person's confirmed address. */
async function closeInvitations(ctx: Context, tx: Tx, row: ParticipantRow): Promise<void> {
  const { event_id: event, user_id: user } = row;
  const own = await findOwnFacts(tx.sql, user);
  const open: (InvitationRow | undefined)[] = [
    row.invitation_id === null ? undefined : await findInvitation(tx.sql, event, row.invitation_id),
    own?.email_confirmed === 1 && own.email_key !== null
      ? await findInvitationTo(tx.sql, event, own.email_key)
      : undefined,
  ];
  const ids = new Set(open.flatMap((invitation) => (invitation === undefined ? [] : [invitation.id])));
  for (const id of ids) {
    await deleteInvitation(tx.sql, event, id);
    // One that reached nobody was reported to its inviter alone.
    const only = row.delivered === 1 || row.invitation_id !== id ? undefined : row.invited_by;
    await reportPerson(ctx, tx, event, { invitation: id }, "removed", only);
  }
}
