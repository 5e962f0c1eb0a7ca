import { type EventId, eventStream } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import { postSystemMessage } from "../chat/system.ts";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { AppError } from "../lib/app-error.ts";
import { append } from "../streams/service.ts";
import { badRule } from "./expansion.ts";
import { newOccurrence, partAt } from "./occurrences.ts";
import { requirePlaces } from "./places.ts";
import { Outdated } from "./retried.ts";
import { changedColumns } from "./rules.ts";
import { firstTimes } from "./series.ts";
import { applied, type SeriesState } from "./series-applying.ts";
import {
  planChange,
  type SeriesChange,
  type SeriesFacts,
  seriesFacts,
  type SeriesPlan,
} from "./series-plan.ts";
import { deleteOccurrences, insertOccurrences, replaceParts, updateOccurrences } from "./series-store.ts";
import { eventFacts, requireChange } from "./service.ts";
import { type EventRow, updateEvent } from "./store.ts";
import { tell } from "./telling.ts";

/**
 * Changes all of a series that is not over, or what follows from one occurrence on. The rule is expanded first; the unit
 * of work then asks whether the series is still the one it was expanded for. Gives the event that is left to answer with.
 */
export async function changeSeries(ctx: Context, viewer: Viewer, change: SeriesChange): Promise<EventId> {
  const { event, patch } = change;
  if (change.scope === "following" && patch.recurrence === null)
    throw new AppError("unsupported", { detail: "Only a whole series ends recurring" });
  const { group_id: group } = await eventFacts(ctx.db.read, event);
  const facts = await seriesFacts(ctx.db.read, group);
  const plan = await planChange(ctx, facts, change);
  return ctx.db.write(async (tx) => {
    await requireChange(tx.sql, viewer.id, event);
    const named = await eventFacts(tx.sql, event);
    if (change.ifMatch !== null && change.ifMatch !== named.version) throw new AppError("changed");
    const now = await seriesFacts(tx.sql, group);
    if (now.series.version !== facts.series.version || now.series.kind !== "series") throw new Outdated();
    const left = await write(ctx, tx, viewer, now, plan);
    return left.rows.some(({ id }) => id === event) ? event : group;
  });
}

async function write(
  ctx: Context,
  tx: Tx,
  viewer: Viewer,
  facts: SeriesFacts,
  plan: SeriesPlan,
): Promise<SeriesState> {
  const { series } = facts;
  requireOrder(facts, plan);
  const after = applied(facts, plan, ctx.clock.now());
  if (after.rows.length === 0) throw badRule("gives no occurrence");
  await replaceParts(tx.sql, series.id, after.parts);
  await deleteOccurrences(tx.sql, after.deleted);
  await updateOccurrences(tx.sql, after.updated);
  await insertOccurrences(tx.sql, after.inserted);
  const columns = await columnsAfter(tx, facts, plan, after);
  const isSame = after.deleted.length + after.updated.length + after.inserted.length === 0;
  if (isSame && Object.keys(columns).length === 0 && !after.partsChanged) return after;
  await updateEvent(tx.sql, series.id, columns, ctx.clock.now());
  if (plan.template.capacity !== undefined) await requirePlaces(tx.sql, series.id, ctx.clock.now());
  await append(ctx, tx, eventStream(series.id), "event", { version: series.version + 1 });
  await report(ctx, tx, viewer, facts, plan, after);
  return after;
}

/** What comes before the named one is not changed with it, so that nothing of what follows may begin among that. */
function requireOrder({ rows }: SeriesFacts, { scope, fromMs, renewed }: SeriesPlan): void {
  const [first] = renewed?.starts ?? [];
  if (scope === "all" || first === undefined) return;
  const originals = rows.map((row) => row.original_start_ms ?? 0);
  if (originals.some((original) => original < fromMs && original >= first))
    throw badRule("would begin before an occurrence that comes earlier");
}

/** What of the series' own row changes: its rule is the one that goes on, its time that of its first occurrence. */
async function columnsAfter(
  tx: Tx,
  { series }: SeriesFacts,
  { scope, template }: SeriesPlan,
  { parts }: SeriesState,
): Promise<Partial<EventRow>> {
  const { local_time: _, days: __, duration_ms: ___, ...named } = template;
  return changedColumns<Partial<EventRow>>(series, {
    ...(scope === "all" ? named : {}),
    ...(await firstTimes(tx.sql, series.id)),
    recurrence: parts.at(-1)?.rule ?? series.recurrence,
  });
}

/** Tells the chat what has changed, by the example of the occurrence that the change is described by. */
async function report(
  ctx: Context,
  tx: Tx,
  viewer: Viewer,
  { series, parts }: SeriesFacts,
  { scope, referenceMs, renewed }: SeriesPlan,
  after: SeriesState,
): Promise<void> {
  const now = ctx.clock.now();
  const was = partAt(parts, referenceMs);
  const nextMs = renewed === null ? referenceMs : (after.firstNewMs ?? referenceMs);
  const is = partAt(after.parts, nextMs);
  if (was === undefined || is === undefined) return;
  const next = newOccurrence(series, is, nextMs, now);
  const one: Record<string, string> = scope === "following" ? { event: next.id } : {};
  const before = newOccurrence(series, was, referenceMs, now);
  await tell(ctx, tx, viewer, before, next, one);
  if (is.rule === was.rule) return;
  const system = { code: "recurrence_changed", params: { recurrence: is.rule, ...one } };
  await postSystemMessage(ctx, tx, series.id, viewer, system);
}
