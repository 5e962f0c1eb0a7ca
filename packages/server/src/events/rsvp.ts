import { type EventId, eventStream, type Rsvp, userStream } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { AppError, notFound } from "../lib/app-error.ts";
import { isId, parseOccurrenceId } from "../lib/ids.ts";
import { withdrawMember } from "../location/consent.ts";
import { withdrawAvailability } from "../schedule/consent.ts";
import { withdrawVoter } from "../polls/leaving.ts";
import { append } from "../streams/service.ts";
import { requireRoom } from "./invitations.ts";
import { closeStream, letIn, openStream, reportPerson } from "./membership.ts";
import { answerOccurrence } from "./occurrence-rsvp.ts";
import { deleteAnswersAhead, deleteAnswersOf } from "./occurrences-store.ts";
import { closeInvitations } from "./answered.ts";
import { countAccepted, findParticipant, type ParticipantRow, upsertParticipant } from "./people-store.ts";
import { requireRoomInAll } from "./places.ts";
import { canAnswer, isAddressOnly, isParticipant } from "./rules.ts";
import { eventFacts } from "./service.ts";
import type { EventRow } from "./store.ts";

type Answer = Exclude<Rsvp, "none">;

/**
 * Answers an invitation, changes the answer, or comes back after leaving or declining. For a series it is the answer to
 * all of its occurrences, for an occurrence to that one alone.
 */
export async function setRsvp(ctx: Context, viewer: Viewer, event: EventId, rsvp: Answer): Promise<Answer> {
  if (parseOccurrenceId(event) !== null) return answerOccurrence(ctx, viewer, event, rsvp);
  await ctx.db.write(async (tx) => {
    const row = isId(event) ? await findParticipant(tx.sql, event, viewer.id) : undefined;
    if (row === undefined || !canAnswer(row)) throw notFound();
    const facts = await eventFacts(tx.sql, event);
    if (facts.cancelled === 1) throw new AppError("forbidden", { detail: "The event is cancelled" });
    if (row.role === "owner" && rsvp !== "accepted")
      throw new AppError("forbidden", { detail: "The owner is accepted from the start" });
    const isPresent = row.state === "in" && row.delivered === 1;
    const single = facts.kind === "series" && (await dropSingleAnswers(ctx, tx, row, rsvp));
    if (isPresent ? row.rsvp === rsvp && !single : rsvp === "declined") return;
    await answer(ctx, tx, row, facts, rsvp);
    if (facts.kind === "series" && rsvp === "accepted")
      await requireRoomInAll(tx.sql, event, ctx.clock.now());
  });
  return rsvp;
}

/** What was answered for single occurrences ahead is so no more; whoever declines takes all of it along. */
async function dropSingleAnswers(ctx: Context, tx: Tx, row: ParticipantRow, rsvp: Answer): Promise<boolean> {
  const dropped = await deleteAnswersAhead(tx.sql, row.event_id, row.user_id, ctx.clock.now());
  if (rsvp === "declined") await deleteAnswersOf(tx.sql, row.event_id, row.user_id);
  return dropped;
}

async function answer(
  ctx: Context,
  tx: Tx,
  row: ParticipantRow,
  event: EventRow,
  rsvp: Answer,
): Promise<void> {
  if (rsvp === "accepted" && row.rsvp !== "accepted") await requirePlace(tx, event);
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
