import {
  type Event,
  type EventId,
  type EventPatch,
  eventStream,
  type PlaceInput,
  type SeriesScope,
} from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import { postSystemMessage } from "../chat/system.ts";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { AppError } from "../lib/app-error.ts";
import { endAvailability } from "../schedule/consent.ts";
import { append } from "../streams/service.ts";
import { columnsOf, requireTimes } from "./columns.ts";
import { requireCapacity } from "./places.ts";
import { withOwn } from "./recurrence-rules.ts";
import { changedColumns, timeSet } from "./rules.ts";
import { firstTimes } from "./series.ts";
import { cancelSeries } from "./series-cancelling.ts";
import { endRecurrence, startRecurrence } from "./series-converting.ts";
import { changeSeries } from "./series-editing.ts";
import { Outdated, retried } from "./retried.ts";
import { eventFacts, getEvent, requireChange, requireParticipant } from "./service.ts";
import { type EventChange, type EventRow, updateEvent } from "./store.ts";
import { tell } from "./telling.ts";
import { type TimeColumns, wholeDays } from "./times.ts";

/** Which occurrences a change is of; by default the named one, and of a series all. */
export function scopeOf(kind: EventRow["kind"], asked: SeriesScope | undefined): SeriesScope {
  if (kind === "occurrence") return asked ?? "this";
  if (kind === "single" || asked === undefined || asked === "all") return "all";
  const message = "of a series is all";
  throw new AppError("invalid_input", {
    detail: `scope ${message}`,
    errors: [{ path: "query.scope", message }],
  });
}

/** Changes what the patch names; with `If-Match`, only the version that the caller has seen. */
export async function updateEventDetails(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  patch: EventPatch,
  ifMatch: number | null,
  asked?: SeriesScope,
): Promise<Event> {
  const left = await retried(() => update(ctx, viewer, event, patch, ifMatch, asked));
  return getEvent(ctx, viewer, left);
}

/** Gives the event that is left: an occurrence may go with the rule that gave it, its series stays. */
async function update(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  patch: EventPatch,
  ifMatch: number | null,
  asked: SeriesScope | undefined,
): Promise<EventId> {
  const { kind, group } = await requireChange(ctx.db.read, viewer.id, event);
  const scope = scopeOf(kind, asked);
  const { recurrence, ...rest } = patch;
  if (kind !== "single" && scope !== "this") {
    if (recurrence === null && scope === "all") return endRecurrence(ctx, viewer, event, rest, ifMatch);
    return changeSeries(ctx, viewer, { event, scope, patch, ifMatch });
  }
  if (kind === "single" && (recurrence ?? null) !== null)
    return startRecurrence(ctx, viewer, event, { ...rest, recurrence: recurrence ?? "" }, ifMatch);
  if (kind === "occurrence") refuseOfOne(patch);
  await ctx.db.write((tx) => change(ctx, tx, viewer, event, (row) => columnsOf(row, patch), ifMatch));
  return kind === "single" ? group : event;
}

function refuseOfOne({ capacity, recurrence, start_time }: EventPatch): void {
  if (capacity !== undefined || recurrence !== undefined)
    throw new AppError("unsupported", { detail: "Capacity and rule are the series'" });
  if (start_time === null) throw new AppError("unsupported", { detail: "An occurrence has a time" });
}

export async function setPlace(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  place: PlaceInput,
): Promise<Event> {
  return updateEventDetails(ctx, viewer, event, { place }, null);
}

/** When it takes place from now on: an instant and how long, or whole days, the end excluded. */
export type NewTime = { start_ms: number; duration_ms: number } | { start_date: string; end_date: string };

/** Fixes the time of a plain event, or moves it, in the caller's unit: owner and hosts. The chat is told of the first. */
export async function setTime(
  ctx: Context,
  tx: Tx,
  viewer: Viewer,
  event: EventId,
  time: NewTime,
  ifMatch: number | null,
): Promise<void> {
  const before = await eventFacts(tx.sql, event);
  await change(ctx, tx, viewer, event, (row) => timeColumns(row, time), ifMatch);
  if (before.start_ms === null)
    await postSystemMessage(ctx, tx, event, viewer, timeSet(await eventFacts(tx.sql, event)));
}

function timeColumns(row: EventRow, time: NewTime): TimeColumns {
  if (row.kind !== "single") throw new AppError("unsupported", { detail: "A series is changed by its rule" });
  if ("start_date" in time) return requireTimes(wholeDays(time.start_date, time.end_date, row.time_zone));
  return { ...time, all_day: 0, start_date: null, end_date: null };
}

/** Of a plain event, or of one occurrence. */
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
  // It recurs since a moment ago.
  if (row.kind === "series") throw new Outdated();
  if (changed.capacity !== undefined) await requireCapacity(tx.sql, event, changed.capacity);
  await write(ctx, tx, viewer, row, changed);
}

async function write(ctx: Context, tx: Tx, by: Viewer, row: EventRow, changed: EventChange): Promise<void> {
  if (Object.keys(changed).length === 0) return;
  const one: Record<string, string> = row.kind === "occurrence" ? { event: row.id } : {};
  const own = row.kind === "occurrence" ? { own_columns: withOwn(row.own_columns, changed) } : {};
  await updateEvent(tx.sql, row.id, { ...changed, ...own }, ctx.clock.now());
  await append(ctx, tx, eventStream(row.group_id), "event", { version: row.version + 1, ...one });
  if (row.kind === "occurrence") await followFirst(ctx, tx, row.group_id);
  await tell(ctx, tx, by, row, { ...row, ...changed }, one);
}

/** A series reads when its first occurrence takes place: that may be another one now, or at another time. */
async function followFirst(ctx: Context, tx: Tx, group: EventId): Promise<void> {
  const series = await eventFacts(tx.sql, group);
  const changed = changedColumns<Partial<EventRow>>(series, { ...(await firstTimes(tx.sql, group)) });
  if (Object.keys(changed).length === 0) return;
  await updateEvent(tx.sql, group, changed, ctx.clock.now());
  await append(ctx, tx, eventStream(group), "event", { version: series.version + 1 });
}

/** The owner cancels: the event is kept and its chat stays open. Doing it again changes nothing. */
export async function cancelEvent(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  asked?: SeriesScope,
): Promise<Event> {
  await ctx.db.write(async (tx) => {
    const participant = await requireParticipant(tx.sql, viewer.id, event);
    if (participant.role !== "owner")
      throw new AppError("forbidden", { detail: "Only the event's owner cancels it" });
    const scope = scopeOf(participant.kind, asked);
    const row = await eventFacts(tx.sql, event);
    if (scope === "all") await endAvailability(tx, row.group_id);
    if (row.kind === "single" || scope === "this")
      return write(ctx, tx, viewer, row, changedColumns(row, { cancelled: 1 }));
    await cancelSeries(ctx, tx, viewer, row, scope);
  });
  return getEvent(ctx, viewer, event);
}
