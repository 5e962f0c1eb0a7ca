import { eventStream } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { append } from "../streams/service.ts";
import { aheadMs, expand, type Starts } from "./expansion.ts";
import { newOccurrence } from "./occurrences.ts";
import {
  insertOccurrences,
  listDue,
  listOccurrences,
  listParts,
  type PartRow,
  updatePartEnd,
} from "./series-store.ts";
import { findEvent } from "./store.ts";

const dayMs = 24 * 60 * 60_000;
/** So many series are read at a time. */
const batch = 100;

/**
 * Makes the occurrences that have come within reach; each series is looked at once a day. Those that fail, however many,
 * do not keep the others from going on; they are tried again in the next pass.
 */
export async function extendSeries(ctx: Context): Promise<void> {
  const until = ctx.clock.now() + aheadMs - dayMs;
  for (let after: PartRow | undefined, isMore = true; isMore; ) {
    const due = await listDue(ctx.db.read, until, after, batch);
    for (const part of due) await attempt(ctx, part);
    after = due.at(-1);
    isMore = due.length === batch;
  }
}

async function attempt(ctx: Context, part: PartRow): Promise<void> {
  try {
    await extend(ctx, part);
  } catch (error) {
    ctx.log.error({ error, series: part.series_id }, "a series was not extended");
  }
}

/** Expands first; what the unit of work then finds changed is left to the next pass. */
async function extend(ctx: Context, part: PartRow): Promise<void> {
  const found = await expand(ctx, part, part.until_ms ?? 0, ctx.clock.now() + aheadMs);
  await ctx.db.write((tx) => write(ctx, tx, part, found));
}

async function write(ctx: Context, tx: Tx, expanded: PartRow, { starts, until_ms }: Starts): Promise<void> {
  const series = await findEvent(tx.sql, expanded.series_id);
  const parts = await listParts(tx.sql, expanded.series_id);
  const part = parts.find((other) => isSame(other, expanded));
  if (series === undefined || series.cancelled === 1 || part === undefined) return;
  const known = new Set((await listOccurrences(tx.sql, series.id)).map((row) => row.original_start_ms));
  const rows = starts
    .filter((start) => !known.has(start))
    .map((start) => newOccurrence(series, part, start, ctx.clock.now()));
  await insertOccurrences(tx.sql, rows);
  await updatePartEnd(tx.sql, part, until_ms);
  if (rows.length > 0) await append(ctx, tx, eventStream(series.id), "event", { version: series.version });
}

/** Whether a part gives the same starts; what its occurrences are called may have changed. */
function isSame(a: PartRow, b: PartRow): boolean {
  const keys = ["from_ms", "until_ms", "rule", "anchor", "zone"] as const;
  return keys.every((key) => a[key] === b[key]);
}
