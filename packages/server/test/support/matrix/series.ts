import type { EventId } from "@jarvis/contract";
import type { Context } from "../../../src/context.ts";
import type { Tx } from "../../../src/db/database.ts";
import { hour } from "../meeting.ts";
import type { Cast } from "./cast.ts";

/** Makes series of the cast's two events, each of one occurrence, which has what was shared and asked of the event. */
export async function seedSeries(ctx: Context, cast: Cast): Promise<void> {
  await ctx.db.write(async (tx) => {
    await makeSeries(tx, cast.event, cast.occurrence, cast.original);
    await makeSeries(tx, cast.foreign, cast.foreignOccurrence, cast.original);
    for (const table of ["sharing", "share_audience", "location_request"] as const)
      await tx.sql
        .updateTable(table)
        .set({ event_id: cast.occurrence })
        .where("event_id", "=", cast.event)
        .execute();
  });
}

async function makeSeries(tx: Tx, series: EventId, occurrence: EventId, original: number): Promise<void> {
  const row = await tx.sql.selectFrom("event").selectAll().where("id", "=", series).executeTakeFirstOrThrow();
  const original_start_ms = original * 1_000;
  await tx.sql
    .insertInto("event")
    .values({ ...row, id: occurrence, kind: "occurrence", start_ms: original_start_ms, original_start_ms })
    .execute();
  // Of a cancelled occurrence the series goes on.
  const changed = { kind: "series" as const, recurrence: "FREQ=DAILY;COUNT=1", cancelled: 0 };
  await tx.sql.updateTable("event").set(changed).where("id", "=", series).execute();
  const anchor = new Date(original_start_ms).toISOString().slice(0, 19);
  const { name, description, time_zone, capacity } = row;
  const { place_name, place_address, place_latitude, place_longitude } = row;
  const place = { place_name, place_address, place_latitude, place_longitude };
  const rule = {
    from_ms: original_start_ms,
    rule: "FREQ=DAILY;COUNT=1",
    anchor,
    zone: "UTC",
    until_ms: null,
  };
  const times = { local_time: anchor.slice(11), duration_ms: hour, days: null, time_zone };
  await tx.sql
    .insertInto("series_part")
    .values({ series_id: series, name, description, capacity, ...place, ...rule, ...times })
    .execute();
}
