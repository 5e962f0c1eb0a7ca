import {
  type Event,
  type EventId,
  type EventInput,
  type EventPatch,
  eventStream,
  type PlaceInput,
  userStream,
} from "@jarvis/contract";
import type { Creation, Viewer } from "../call.ts";
import { postSystemMessage } from "../chat/system.ts";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { AppError } from "../lib/app-error.ts";
import { append, createStream } from "../streams/service.ts";
import { countInvitations, inviteAll } from "./invitations.ts";
import { openStream } from "./membership.ts";
import { countAccepted, findOwnFacts, upsertParticipant } from "./people-store.ts";
import { accountsOf, parseRefs } from "./refs.ts";
import { agreementsChanged, changedColumns } from "./rules.ts";
import { eventFacts, getEvent, requireChange, requireParticipant } from "./service.ts";
import { type EventChange, type EventRow, insertEvent, updateEvent } from "./store.ts";
import { changedTimes, type Fault, isFault, newTimes, type TimeColumns, wholeDays } from "./times.ts";

/** Creates an event; its owner is in and has accepted from the start. */
export async function createEvent(
  ctx: Context,
  viewer: Viewer,
  input: EventInput,
  creation: Creation | null,
): Promise<Event> {
  refuseUnsupported(input);
  const refs = parseRefs(input.people ?? []);
  await accountsOf(ctx.db.read, refs);
  await countInvitations(ctx, viewer, refs);
  const id = ctx.random.id() as EventId; // made here, so it is one
  await ctx.db.write(async (tx) => {
    const own = await findOwnFacts(tx.sql, viewer.id);
    // Erased while this call was on its way.
    if (own === undefined) throw new AppError("unauthenticated");
    await createStream(tx, eventStream(id));
    await insertEvent(tx.sql, newEvent(id, viewer, input, own.time_zone, ctx.clock.now()));
    await insertOwner(ctx, tx, id, viewer);
    await inviteAll(ctx, tx, { event: id, inviter: viewer.id, new: true }, refs);
    await append(ctx, tx, userStream(viewer.id), "event_created", { event: id });
    await creation?.keep(tx, id);
    openStream(ctx, tx, id, viewer.id);
  });
  return getEvent(ctx, viewer, id);
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

function requireTimes(times: TimeColumns | Fault): TimeColumns {
  if (!isFault(times)) return times;
  throw new AppError("invalid_input", { detail: `${times.path} ${times.message}`, errors: [times] });
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

function placeColumns(place: PlaceInput | null) {
  return {
    place_name: place === null ? null : (place.name ?? ""),
    place_address: place === null ? null : (place.address ?? ""),
    place_latitude: place?.latitude ?? null,
    place_longitude: place?.longitude ?? null,
  };
}

function refuseUnsupported({ recurrence }: Pick<EventInput, "recurrence">): void {
  if ((recurrence ?? null) !== null)
    throw new AppError("unsupported", { detail: "Recurring events are not there yet" });
}

/** Changes what the patch names; with `If-Match`, only the version that the caller has seen. */
export async function updateEventDetails(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  patch: EventPatch,
  ifMatch: number | null,
): Promise<Event> {
  refuseUnsupported(patch);
  await ctx.db.write((tx) => change(ctx, tx, viewer, event, (row) => columnsOf(row, patch), ifMatch));
  return getEvent(ctx, viewer, event);
}

function columnsOf(row: EventRow, patch: EventPatch): EventChange {
  return {
    ...(patch.name === undefined ? {} : { name: patch.name }),
    ...(patch.description === undefined ? {} : { description: patch.description }),
    ...requireTimes(changedTimes(row, patch, patch.time_zone ?? row.time_zone)),
    ...(patch.time_zone === undefined ? {} : { time_zone: patch.time_zone }),
    ...(patch.capacity === undefined ? {} : { capacity: patch.capacity }),
    ...(patch.place === undefined ? {} : placeColumns(patch.place)),
  };
}

export async function setPlace(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  place: PlaceInput,
): Promise<Event> {
  await ctx.db.write((tx) => change(ctx, tx, viewer, event, () => placeColumns(place), null));
  return getEvent(ctx, viewer, event);
}

/** When it takes place from now on: an instant and how long, or whole days, the end excluded. */
export type NewTime = { start_ms: number; duration_ms: number } | { start_date: string; end_date: string };

/** Fixes the time, or moves it, in the caller's unit: owner and hosts. */
export function setTime(
  ctx: Context,
  tx: Tx,
  viewer: Viewer,
  event: EventId,
  time: NewTime,
  ifMatch: number | null,
): Promise<void> {
  return change(ctx, tx, viewer, event, (row) => timeColumns(row, time), ifMatch);
}

function timeColumns(row: EventRow, time: NewTime): TimeColumns {
  if ("start_date" in time) return requireTimes(wholeDays(time.start_date, time.end_date, row.time_zone));
  return { ...time, all_day: 0, start_date: null, end_date: null };
}

async function change(
  ctx: Context,
  tx: Tx,
  viewer: Viewer,
  event: EventId,
  wanted: (row: EventRow) => EventChange,
  ifMatch: number | null,
): Promise<void> {
  await requireChange(tx.sql, viewer.id, event);
  const row = await eventFacts(tx.sql, event);
  if (ifMatch !== null && ifMatch !== row.version) throw new AppError("changed");
  const changed = changedColumns(row, wanted(row));
  if (changed.capacity !== undefined) await requireCapacity(tx, event, changed.capacity);
  await write(ctx, tx, viewer, row, changed);
}

/** Nobody who has accepted loses the place. */
async function requireCapacity(tx: Tx, event: EventId, capacity: number | null): Promise<void> {
  if (capacity === null) return;
  const accepted = await countAccepted(tx.sql, event);
  if (capacity >= accepted) return;
  const message = `is under the ${accepted} people who have accepted`;
  throw new AppError("invalid_input", {
    detail: `capacity ${message}`,
    errors: [{ path: "capacity", message }],
  });
}

async function write(ctx: Context, tx: Tx, by: Viewer, row: EventRow, changed: EventChange): Promise<void> {
  if (Object.keys(changed).length === 0) return;
  await updateEvent(tx.sql, row.id, changed, ctx.clock.now());
  await append(ctx, tx, eventStream(row.id), "event", { version: row.version + 1 });
  for (const system of agreementsChanged(row, { ...row, ...changed }))
    await postSystemMessage(ctx, tx, row.id, by, system);
}

/** The owner cancels: the event is kept and its chat stays open. Doing it again changes nothing. */
export async function cancelEvent(ctx: Context, viewer: Viewer, event: EventId): Promise<Event> {
  await ctx.db.write(async (tx) => {
    const participant = await requireParticipant(tx.sql, viewer.id, event);
    if (participant.role !== "owner") throw new AppError("forbidden");
    const row = await eventFacts(tx.sql, event);
    await write(ctx, tx, viewer, row, changedColumns(row, { cancelled: 1 }));
  });
  return getEvent(ctx, viewer, event);
}
