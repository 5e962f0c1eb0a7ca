import { type EventId, type EventPatch, eventStream } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import { postSystemMessage } from "../chat/system.ts";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { AppError } from "../lib/app-error.ts";
import { endAvailability } from "../schedule/consent.ts";
import { append } from "../streams/service.ts";
import { columnsOf } from "./columns.ts";
import { newOccurrence } from "./occurrences.ts";
import { listAnswers } from "./occurrences-store.ts";
import { findParticipant, upsertParticipant } from "./people-store.ts";
import { requireCapacity } from "./places.ts";
import { Outdated } from "./retried.ts";
import { changedColumns } from "./rules.ts";
import { planSeries, timesOf } from "./series.ts";
import { comingOf, seriesFacts } from "./series-plan.ts";
import { deleteOccurrences, deletePositions, insertOccurrences, replaceParts } from "./series-store.ts";
import { eventFacts, requireChange } from "./service.ts";
import { type EventRow, updateEvent } from "./store.ts";
import { tell } from "./telling.ts";

/** A plain event recurs from now on: people, chat and answers become the series'. */
export async function startRecurrence(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  { recurrence, ...patch }: EventPatch & { recurrence: string },
  ifMatch: number | null,
): Promise<EventId> {
  const before = await eventFacts(ctx.db.read, event);
  const wanted = columnsOf(before, patch);
  const planned = await planSeries(ctx, { ...before, ...wanted }, recurrence);
  await ctx.db.write(async (tx) => {
    const row = await requireRow(tx, viewer, event, ifMatch);
    if (row.version !== before.version || row.kind !== "single") throw new Outdated();
    if (patch.capacity !== undefined) await requireCapacity(tx.sql, event, patch.capacity);
    const now = ctx.clock.now();
    const rows = planned.starts.map((start) => newOccurrence(planned.row, planned.part, start, now));
    const [first] = rows;
    const times = first === undefined ? {} : timesOf(first);
    await updateEvent(
      tx.sql,
      event,
      { ...wanted, ...times, kind: "series", recurrence: planned.row.recurrence },
      now,
    );
    await replaceParts(tx.sql, event, [planned.part]);
    // Where people are is shared in occurrences: what they consented to was another event.
    await deletePositions(tx.sql, [event]);
    await insertOccurrences(tx.sql, rows);
    await append(ctx, tx, eventStream(event), "event", { version: row.version + 1 });
    await tell(ctx, tx, viewer, row, planned.row, {});
    await reportRule(ctx, tx, viewer, event, planned.part.rule);
  });
  return event;
}

async function requireRow(tx: Tx, viewer: Viewer, event: EventId, ifMatch: number | null): Promise<EventRow> {
  await requireChange(tx.sql, viewer.id, event);
  const row = await eventFacts(tx.sql, event);
  if (ifMatch !== null && ifMatch !== row.version) throw new AppError("changed");
  return row;
}

async function reportRule(
  ctx: Context,
  tx: Tx,
  by: Viewer,
  event: EventId,
  recurrence: string,
): Promise<void> {
  await postSystemMessage(ctx, tx, event, by, { code: "recurrence_changed", params: { recurrence } });
}

/** A series recurs no more: what is left is the occurrence that comes first, with what was answered for it. */
export async function endRecurrence(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  patch: Omit<EventPatch, "recurrence">,
  ifMatch: number | null,
): Promise<EventId> {
  return ctx.db.write(async (tx) => {
    const { group_id: group } = await requireRow(tx, viewer, event, ifMatch);
    const { series, rows } = await seriesFacts(tx.sql, group);
    if (series.kind !== "series") throw new Outdated();
    const left = comingOf(rows, ctx.clock.now()) ?? lastOf(rows) ?? series;
    await keepAnswers(ctx, tx, left);
    await deleteOccurrences(
      tx.sql,
      rows.map(({ id }) => id),
    );
    await replaceParts(tx.sql, group, []);
    const plain = { ...series, ...contentOf(left), kind: "single" as const, recurrence: null };
    const after = { ...plain, ...columnsOf(plain, patch) };
    if (patch.capacity !== undefined) await requireCapacity(tx.sql, group, patch.capacity);
    if (after.cancelled === 1) await endAvailability(tx, group);
    const changed = changedColumns<Partial<EventRow>>(series, after);
    await updateEvent(tx.sql, group, changed, ctx.clock.now());
    await append(ctx, tx, eventStream(group), "event", { version: series.version + 1 });
    await tell(ctx, tx, viewer, plain, after, {});
    await reportRule(ctx, tx, viewer, group, "");
    return group;
  });
}

/** Of those that took place; where all were cancelled, that is what the event is. */
function lastOf(rows: readonly EventRow[]): EventRow | undefined {
  return rows.findLast(({ cancelled }) => cancelled === 0) ?? rows.at(-1);
}

function contentOf(row: EventRow) {
  const { name, description, time_zone, capacity, cancelled } = row;
  const { place_name, place_address, place_latitude, place_longitude } = row;
  const place = { place_name, place_address, place_latitude, place_longitude };
  return { name, description, time_zone, capacity, cancelled, ...place, ...timesOf(row) };
}

/** Whoever had declined that one stays in and is asked anew: nobody is shut out by what another changes. */
async function keepAnswers(ctx: Context, tx: Tx, left: EventRow): Promise<void> {
  for (const { user_id: user, rsvp: answered } of await listAnswers(tx.sql, [left.id])) {
    const row = await findParticipant(tx.sql, left.group_id, user);
    const rsvp = answered === "declined" ? "none" : answered;
    if (row === undefined || row.state !== "in" || row.rsvp === rsvp) continue;
    await upsertParticipant(tx.sql, { ...row, rsvp });
    await append(ctx, tx, eventStream(left.group_id), "rsvp", { user, rsvp });
  }
}
