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
  const tried = new Set<CalendarId>();
  for (let fresh = await untried(ctx, tried); fresh.length > 0; fresh = await untried(ctx, tried)) {
    for (const key of fresh) {
      tried.add(key.id);
      await attempt(ctx, key);
    }
  }
}

/** What is stale and was not tried in this pass. */
async function untried(ctx: Context, tried: ReadonlySet<CalendarId>): Promise<CalendarKey[]> {
  const stale = await listStale(ctx.db.read, horizonEnds(ctx.clock.now()), together);
  return stale.filter(({ id }) => !tried.has(id));
}

/** One that cannot be read now is as stale in the next pass. */
async function attempt(ctx: Context, key: CalendarKey): Promise<void> {
  try {
    await reread(ctx, key);
  } catch (error) {
    ctx.log.warn({ calendar: key.id, error }, "a calendar could not be read anew");
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

type Change = Partial<CalendarRow> & Pick<CalendarRow, "zone">;

function columnsOf({ reading }: { reading: Reading }): Change {
  const { busy, zone, busy_from_ms, busy_until_ms } = readingColumns(reading);
  return { busy, zone, busy_from_ms, busy_until_ms };
}

/** Unless the calendar was fetched or removed meanwhile, or the person is in yet another zone: then it stays as it is, or as stale. */
async function store(ctx: Context, from: CalendarRow, change: Change): Promise<void> {
  const key = { user: from.user_id, id: from.id };
  await ctx.db.write(async (tx) => {
    const now = await findCalendar(tx.sql, key);
    // What was fetched for the zone of before is as stale as what was there: only its contents tell it apart.
    const isSame =
      now !== undefined && now.busy_until_ms === from.busy_until_ms && isEqual(now.kept, from.kept);
    if (isSame && (await findZone(tx.sql, key.user)) === change.zone)
      await updateCalendar(tx.sql, key, change);
  });
}

/** The person is in another zone from now on: what was read is to be read anew. In the unit that says so. */
export function markStale(tx: Tx, user: UserId): Promise<void> {
  return updateUntil(tx.sql, user, 0);
}
