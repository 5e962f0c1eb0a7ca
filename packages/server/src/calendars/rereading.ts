import type { CalendarId, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { readKept } from "./reading.ts";
import { horizon, horizonEnds, isEqual, type Reading, readingColumns } from "./rules.ts";
import {
  type CalendarKey,
  type CalendarRow,
  findCalendar,
  findZone,
  listStale,
  updateCalendar,
  updateUntil,
} from "./store.ts";

const together = 100;

/**
 * Reads what was kept of calendars anew, without fetching anything: time has gone on, so that more of the future is asked
 * for, or the person is in another zone, where their whole days lie elsewhere.
 */
export async function rereadStale(ctx: Context): Promise<void> {
  let after = "" as CalendarId; // before every id
  for (;;) {
    const stale = await listStale(ctx.db.read, horizonEnds(ctx.clock.now()), together, after);
    for (const key of stale) {
      try {
        await reread(ctx, key);
      } catch (error) {
        ctx.log.warn({ calendar: key.id, error }, "a calendar could not be read anew");
      }
    }
    const last = stale.at(-1);
    if (last === undefined || stale.length < together) return;
    after = last.id;
  }
}

async function reread(ctx: Context, key: CalendarKey): Promise<void> {
  const row = await findCalendar(ctx.db.read, key);
  const zone = await findZone(ctx.db.read, key.user);
  if (row === undefined || zone === undefined) return;
  const read = await readKept(ctx, key.user, row.kept, zone);
  if ("fault" in read) ctx.log.error({ calendar: key.id, fault: read.fault }, "kept times cannot be read");
  await store(
    ctx,
    row,
    "fault" in read ? { zone, busy_until_ms: horizon(ctx.clock.now()).untilMs } : columnsOf(read),
  );
}

function columnsOf({ reading }: { reading: Reading }): Partial<CalendarRow> {
  const { busy, zone, busy_from_ms, busy_until_ms } = readingColumns(reading);
  return { busy, zone, busy_from_ms, busy_until_ms };
}

/** Only what it was read from: meanwhile the calendar may have been fetched, or removed. */
async function store(ctx: Context, from: CalendarRow, change: Partial<CalendarRow>): Promise<void> {
  const key = { user: from.user_id, id: from.id };
  await ctx.db.write(async (tx) => {
    const now = await findCalendar(tx.sql, key);
    if (now !== undefined && isEqual(now.kept, from.kept) && now.busy_until_ms === from.busy_until_ms)
      await updateCalendar(tx.sql, key, change);
  });
}

/** The person is in another zone from now on: what was read is to be read anew. In the unit that says so. */
export function markStale(tx: Tx, user: UserId): Promise<void> {
  return updateUntil(tx.sql, user, 0);
}
