import { type Event, type EventId, type EventInput, eventStream, userStream } from "@jarvis/contract";
import type { Creation, Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { AppError } from "../lib/app-error.ts";
import { append, createStream } from "../streams/service.ts";
import { placeColumns, requireTimes } from "./columns.ts";
import { countInvitations, inviteAll } from "./invitations.ts";
import { openStream } from "./membership.ts";
import { findOwnFacts, upsertParticipant } from "./people-store.ts";
import { accountsOf, parseRefs } from "./refs.ts";
import { insertSeries, type NewSeries, planSeries } from "./series.ts";
import { getEvent } from "./service.ts";
import { type EventRow, insertEvent } from "./store.ts";
import { newTimes } from "./times.ts";

/** Creates an event; its owner is in and has accepted from the start. */
export async function createEvent(
  ctx: Context,
  viewer: Viewer,
  input: EventInput,
  creation: Creation | null,
): Promise<Event> {
  const refs = parseRefs(input.people ?? []);
  await accountsOf(ctx.db.read, refs);
  const id = ctx.random.id() as EventId; // made here, so it is one
  const series = await newSeries(ctx, viewer, id, input);
  await countInvitations(ctx, viewer, refs);
  await ctx.db.write(async (tx) => {
    const own = await findOwnFacts(tx.sql, viewer.id);
    // Erased while this call was on its way.
    if (own === undefined) throw new AppError("unauthenticated");
    await createStream(tx, eventStream(id));
    if (series !== null) await insertSeries(ctx, tx, series);
    else await insertEvent(tx.sql, newEvent(id, viewer, input, own.time_zone, ctx.clock.now()));
    await insertOwner(ctx, tx, id, viewer);
    await inviteAll(ctx, tx, { event: id, inviter: viewer.id, new: true }, refs);
    await append(ctx, tx, userStream(viewer.id), "event_created", { event: id });
    await creation?.keep(tx, id);
    openStream(ctx, tx, id, viewer.id);
  });
  return getEvent(ctx, viewer, id);
}

/** Where the event is to recur, what that comes to: expanded before the unit of work, which must not wait for it. */
async function newSeries(
  ctx: Context,
  viewer: Viewer,
  id: EventId,
  input: EventInput,
): Promise<NewSeries | null> {
  const recurrence = input.recurrence ?? null;
  if (recurrence === null) return null;
  const own = await findOwnFacts(ctx.db.read, viewer.id);
  if (own === undefined) throw new AppError("unauthenticated");
  return planSeries(ctx, newEvent(id, viewer, input, own.time_zone, ctx.clock.now()), recurrence);
}

function newEvent(id: EventId, viewer: Viewer, input: EventInput, timeZone: string, now: number): EventRow {
  const time_zone = input.time_zone ?? timeZone;
  return {
    id,
    owner_id: viewer.id,
    name: input.name,
    description: input.description ?? "",
    ...requireTimes(newTimes(input, time_zone)),
    time_zone,
    capacity: input.capacity ?? null,
    ...placeColumns(input.place ?? null),
    cancelled: 0,
    version: 1,
    created_ms: now,
    updated_ms: now,
    kind: "single",
    group_id: id,
    original_start_ms: null,
    recurrence: null,
    own_columns: null,
  };
}

async function insertOwner(ctx: Context, tx: Tx, event: EventId, viewer: Viewer): Promise<void> {
  const now = ctx.clock.now();
  await upsertParticipant(tx.sql, {
    event_id: event,
    user_id: viewer.id,
    role: "owner",
    rsvp: "accepted",
    state: "in",
    delivered: 1,
    invited_by: viewer.id,
    invitation_id: null,
    invited_ms: now,
    answered_ms: now,
    left_ms: null,
  });
}
