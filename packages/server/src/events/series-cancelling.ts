import { eventStream, type SeriesScope } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { addDays } from "../lib/zoned-time.ts";
import { endAvailability } from "../schedule/consent.ts";
import { append } from "../streams/service.ts";
import { partAt } from "./occurrences.ts";
import { endedBefore, endedOn } from "./recurrence-rules.ts";
import { endedAt } from "./series-applying.ts";
import { isAhead, type SeriesFacts, seriesFacts } from "./series-plan.ts";
import { type PartRow, replaceParts, updateOccurrences } from "./series-store.ts";
import { originalDate } from "./series-times.ts";
import { type EventChange, type EventRow, updateEvent } from "./store.ts";
import { tell } from "./telling.ts";

/** Cancels a whole series, or what follows from one occurrence on; what is over stays as it was. */
export async function cancelSeries(
  ctx: Context,
  tx: Tx,
  viewer: Viewer | null,
  named: EventRow,
  scope: SeriesScope,
): Promise<void> {
  const facts = await seriesFacts(tx.sql, named.group_id);
  const { series } = facts;
  if (series.cancelled === 1) return;
  const fromMs = scope === "following" ? (named.original_start_ms ?? 0) : Number.NEGATIVE_INFINITY;
  const isRest = scope === "following" && facts.rows.some((row) => (row.original_start_ms ?? 0) < fromMs);
  const cancelled = await cancelFrom(ctx, tx, facts, fromMs);
  const goesOn = facts.parts.some(({ until_ms }) => until_ms !== null);
  // Nothing is left to end there: it was ended before, and maybe earlier.
  if (isRest && cancelled === 0 && !goesOn) return;
  const change: EventChange = isRest ? await endAt(tx, facts, fromMs) : { cancelled: 1 };
  if (!isRest) await endAvailability(tx, series.id);
  if (cancelled === 0 && Object.keys(change).length === 0) return;
  await updateEvent(tx.sql, series.id, change, ctx.clock.now());
  await append(ctx, tx, eventStream(series.id), "event", { version: series.version + 1 });
  await tell(ctx, tx, viewer, series, { ...series, cancelled: 1 }, isRest ? { event: named.id } : {});
}

/** Gives how many were cancelled. */
async function cancelFrom(ctx: Context, tx: Tx, { rows }: SeriesFacts, fromMs: number): Promise<number> {
  const now = ctx.clock.now();
  const cancelled = rows
    .filter((row) => (row.original_start_ms ?? 0) >= fromMs && row.cancelled === 0 && isAhead(row, now))
    .map((row) => Object.assign({}, row, { cancelled: 1, version: row.version + 1, updated_ms: now }));
  await updateOccurrences(tx.sql, cancelled);
  return cancelled.length;
}

/** The rule ends before that start. */
async function endAt(tx: Tx, { series, parts }: SeriesFacts, fromMs: number): Promise<EventChange> {
  const part = partAt(parts, fromMs);
  if (part === undefined || (part === parts.at(-1) && part.until_ms === null && isOver(part, fromMs)))
    return {};
  const recurrence = ruleBefore(part, fromMs);
  const ended = { ...part, rule: recurrence, until_ms: null };
  await replaceParts(tx.sql, series.id, [...endedAt(parts, part.from_ms), ended]);
  return { recurrence };
}

function isOver(part: PartRow, fromMs: number): boolean {
  return part.rule === ruleBefore(part, fromMs);
}

function ruleBefore(part: PartRow, fromMs: number): string {
  if (part.local_time !== null) return endedBefore(part.rule, fromMs);
  return endedOn(part.rule, addDays(originalDate(part, fromMs), -1));
}
