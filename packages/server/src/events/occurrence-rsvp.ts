import { type EventId, eventStream, type Rsvp } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { AppError, notFound } from "../lib/app-error.ts";
import { withdrawMember } from "../location/consent.ts";
import { append } from "../streams/service.ts";
import { closeInvitations } from "./answered.ts";
import { reportPerson } from "./membership.ts";
import { findAnswer, upsertAnswer } from "./occurrences-store.ts";
import { findParticipant, type ParticipantRow, upsertParticipant } from "./people-store.ts";
import { requirePlaceIn } from "./places.ts";
import { isAddressOnly } from "./rules.ts";
import { requireNotCancelled, requireParticipant } from "./service.ts";

type Answer = Exclude<Rsvp, "none">;

/** Answers for one occurrence, in place of what was answered for its series. Declining it leaves the person in the series. */
export async function answerOccurrence(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  rsvp: Answer,
): Promise<Answer> {
  await ctx.db.write(async (tx) => {
    const participant = await requireParticipant(tx.sql, viewer.id, event);
    requireNotCancelled(participant);
    if (participant.role === "owner" && rsvp !== "accepted")
      throw new AppError("forbidden", { detail: "The owner is accepted from the start" });
    const own = await findAnswer(tx.sql, event, viewer.id);
    if (own?.rsvp === rsvp || (own === undefined && participant.rsvp === rsvp)) return;
    // Asked in the unit that takes the place, so that the last one goes to exactly one.
    if (rsvp === "accepted") await requirePlaceIn(tx.sql, event);
    const row = await findParticipant(tx.sql, participant.group, viewer.id);
    if (row === undefined) throw notFound();
    if (isAddressOnly(row)) await becomeKnown(ctx, tx, row);
    const { group: group_id } = participant;
    const answered_ms = ctx.clock.now();
    await upsertAnswer(tx.sql, { event_id: event, user_id: viewer.id, group_id, rsvp, answered_ms });
    await append(ctx, tx, eventStream(group_id), "rsvp", { user: viewer.id, rsvp, event });
    if (rsvp === "declined") await withdrawMember(ctx, tx, event, viewer.id);
  });
  return rsvp;
}

/** An answer ends the invitation by e-mail: people see from now on whose address it is. */
async function becomeKnown(ctx: Context, tx: Tx, row: ParticipantRow): Promise<void> {
  await closeInvitations(ctx, tx, row);
  await upsertParticipant(tx.sql, { ...row, invitation_id: null });
  await reportPerson(ctx, tx, row.event_id, { user: row.user_id }, "added");
}
