import type { Availability, AvailabilityInput, EventId } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Sql } from "../db/database.ts";
import { canChange } from "../events/rules.ts";
import { type EventParticipant, requireNotCancelled, requireParticipant } from "../events/service.ts";
import { blockedOf } from "../friends/relations.ts";
import { AppError } from "../lib/app-error.ts";
import { findAvailability, upsertAvailability } from "./availability-store.ts";
import { withdrawAvailability } from "./consent.ts";
import { sharesWith } from "./suggestion-rules.ts";
import type { Span } from "./span-rules.ts";
import { consentRange } from "./rules.ts";
import { listSharing } from "./suggestions-store.ts";

/** Gives or withdraws the caller's consent that suggestions of this event use their free/busy, and answers how it stands. */
export async function setAvailability(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  input: AvailabilityInput,
): Promise<Availability> {
  const range = input.share ? requireRange(input, ctx.clock.now()) : null;
  await ctx.db.write(async (tx) => {
    const participant = await requireParticipant(tx.sql, viewer.id, event);
    requireNotCancelled(participant);
    const { group: event_id, user: user_id } = participant;
    if (range === null) return withdrawAvailability(tx, event_id, user_id);
    const { fromMs: from_ms, toMs: to_ms } = range;
    const row = { event_id, user_id, from_ms, to_ms, updated_ms: ctx.clock.now() };
    await upsertAvailability(tx.sql, row);
  });
  return getAvailability(ctx, viewer, event);
}

function requireRange(input: { from: number; to: number }, now: number): Span {
  const range = consentRange(input, now);
  if (range !== null) return range;
  const message = "from … to must be in order, span at most 400 days, and not have passed";
  throw new AppError("invalid_input", { detail: message, errors: [{ path: "to", message }] });
}

/** The caller's own consent; for owner and hosts also whose free/busy their suggestions use. */
export async function getAvailability(ctx: Context, viewer: Viewer, event: EventId): Promise<Availability> {
  const sql = ctx.db.read;
  const participant = await requireParticipant(sql, viewer.id, event);
  const now = ctx.clock.now();
  const own = await findAvailability(sql, participant.group, viewer.id);
  const isShared = own !== undefined && own.to_ms > now;
  return {
    share: isShared,
    from: isShared ? own.from_ms / 1_000 : null,
    to: isShared ? own.to_ms / 1_000 : null,
    sharing: canChange(participant.role) ? await sharingWith(sql, participant, now) : null,
  };
}

async function sharingWith(sql: Sql, { group, user }: EventParticipant, now: number) {
  const rows = await listSharing(sql, group, now);
  const blocked = new Set(await blockedOf(sql, user));
  return rows.filter((row) => sharesWith(row, blocked)).map(({ user_id }) => user_id);
}
