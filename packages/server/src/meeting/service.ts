import { type BodyOf, type EventId, type meeting, type StartPoint, toWireNumber } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Sql } from "../db/database.ts";
import type { StartPointTable } from "../db/schema-meeting.ts";
import { statusOf } from "../events/rules.ts";
import {
  eventFacts,
  type EventParticipant,
  requireNotCancelled,
  requireParticipant,
} from "../events/service.ts";
import { AppError } from "../lib/app-error.ts";
import { cellCentre } from "../location/geometry.ts";
import { noteWithdrawn } from "./consent.ts";
import { deleteStart, findStart, upsertStart } from "./store.ts";

type StartInput = BodyOf<typeof meeting.setStart>;

/** Keeps where the caller will set out from: the centre of its cell, so that nothing finer is ever on a disk. */
export async function setStart(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  input: StartInput,
): Promise<StartPoint> {
  return ctx.db.write(async (tx) => {
    const participant = await requireParticipant(tx.sql, viewer.id, event);
    requireNotCancelled(participant);
    requireOneTime(participant);
    if (await isOver(tx.sql, participant, ctx.clock.now())) throw new AppError("outside_window");
    const own = { event_id: event, user_id: viewer.id, mode: input.mode ?? "ride" };
    const row = { ...own, ...cellCentre(input), updated_ms: ctx.clock.now() };
    await upsertStart(tx.sql, row);
    noteWithdrawn(ctx, tx);
    return render(row);
  });
}

/** The caller's own, null without one, and once the event is over. */
export async function getStart(ctx: Context, viewer: Viewer, event: EventId): Promise<StartPoint | null> {
  const participant = await requireParticipant(ctx.db.read, viewer.id, event);
  if (await isOver(ctx.db.read, participant, ctx.clock.now())) return null;
  const row = await findStart(ctx.db.read, event, viewer.id);
  return row === undefined ? null : render(row);
}

export async function removeStart(ctx: Context, viewer: Viewer, event: EventId): Promise<void> {
  await ctx.db.write(async (tx) => {
    await requireParticipant(tx.sql, viewer.id, event);
    await deleteStart(tx.sql, event, viewer.id);
    noteWithdrawn(ctx, tx);
  });
}

/** A series takes place in its occurrences: people set out for each of them. */
export function requireOneTime({ kind }: EventParticipant): void {
  if (kind === "series")
    throw new AppError("unsupported", { detail: "This is of one occurrence, not the series'" });
}

/** Whether starts of it count no more, housekeeping been or not. */
export async function isOver(
  sql: Sql,
  { event, cancelled }: EventParticipant,
  now: number,
): Promise<boolean> {
  return cancelled || statusOf(await eventFacts(sql, event), now) === "passed";
}

function render({ latitude, longitude, mode }: StartPointTable): StartPoint {
  return { latitude: toWireNumber(latitude), longitude: toWireNumber(longitude), mode };
}
