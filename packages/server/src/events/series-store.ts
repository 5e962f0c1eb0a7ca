import type { EventId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { inList } from "../db/in-list.ts";
import { prepared } from "../db/prepared.ts";
import type { SeriesPartTable } from "../db/schema-series.ts";
import type { EventRow } from "./store.ts";

export type PartRow = SeriesPartTable;

const parts = prepared((db, p: { series: EventId }) =>
  db.selectFrom("series_part").selectAll().where("series_id", "=", p.series).orderBy("from_ms"),
);

/** The parts of a series by time: each ends where the next begins. */
export function listParts(sql: Sql, series: EventId): Promise<PartRow[]> {
  return parts.all(sql, { series });
}

const clearing = prepared((db, p: { series: EventId }) =>
  db.deleteFrom("series_part").where("series_id", "=", p.series),
);

const putting = prepared((db, p: PartRow) =>
  db.insertInto("series_part").values({
    series_id: p.series_id,
    from_ms: p.from_ms,
    rule: p.rule,
    anchor: p.anchor,
    zone: p.zone,
    until_ms: p.until_ms,
    name: p.name,
    description: p.description,
    time_zone: p.time_zone,
    local_time: p.local_time,
    duration_ms: p.duration_ms,
    days: p.days,
    capacity: p.capacity,
    place_name: p.place_name,
    place_address: p.place_address,
    place_latitude: p.place_latitude,
    place_longitude: p.place_longitude,
  }),
);

/** Puts these in place of what the series had. */
export async function replaceParts(sql: Sql, series: EventId, rows: readonly PartRow[]): Promise<void> {
  await clearing.run(sql, { series });
  for (const row of rows) await putting.run(sql, row);
}

const due = prepared((db, p: { until: number; afterMs: number; after: string; limit: number }) =>
  db
    .selectFrom("series_part as s")
    .innerJoin("event as e", "e.id", "s.series_id")
    .selectAll("s")
    .where("s.until_ms", "<", p.until)
    .where((eb) =>
      eb.or([
        eb("s.until_ms", ">", p.afterMs),
        eb("s.until_ms", "=", p.afterMs).and("s.series_id", ">", p.after as EventId), // compared as text
      ]),
    )
    .where("e.cancelled", "=", 0)
    .orderBy("s.until_ms")
    .orderBy("s.series_id")
    .limit(p.limit),
);

/** Parts whose occurrences do not reach that far ahead, the nearest end first, after the one that was listed last. */
export function listDue(
  sql: Sql,
  until: number,
  after: PartRow | undefined,
  limit: number,
): Promise<PartRow[]> {
  const afterMs = after?.until_ms ?? Number.MIN_SAFE_INTEGER;
  return due.all(sql, { until, afterMs, after: after?.series_id ?? "", limit });
}

export async function updatePartEnd(sql: Sql, part: PartRow, until_ms: number | null): Promise<void> {
  await sql
    .updateTable("series_part")
    .set({ until_ms })
    .where("series_id", "=", part.series_id)
    .where("from_ms", "=", part.from_ms)
    .execute();
}

const occurrences = prepared((db, p: { series: EventId }) =>
  db
    .selectFrom("event")
    .selectAll()
    .where("group_id", "=", p.series)
    .where("kind", "=", "occurrence")
    .orderBy("original_start_ms"),
);

/** By the start that the rule gave them, past ones too. */
export function listOccurrences(sql: Sql, series: EventId): Promise<EventRow[]> {
  return occurrences.all(sql, { series });
}

const first = prepared((db, p: { series: EventId }) =>
  db
    .selectFrom("event")
    .selectAll()
    .where("group_id", "=", p.series)
    .where("kind", "=", "occurrence")
    .orderBy("start_ms")
    .limit(1),
);

export function findFirst(sql: Sql, series: EventId): Promise<EventRow | undefined> {
  return first.first(sql, { series });
}

const coming = prepared((db, p: { series: EventId; now: number }) =>
  db
    .selectFrom("event")
    .selectAll()
    .where("group_id", "=", p.series)
    .where("kind", "=", "occurrence")
    .where("cancelled", "=", 0)
    .where((eb) => eb(eb("start_ms", "+", eb.ref("duration_ms")), ">", p.now))
    .orderBy("start_ms")
    .limit(1),
);

/** The occurrence that is now or comes next. */
export function findComing(sql: Sql, series: EventId, now: number): Promise<EventRow | undefined> {
  return coming.first(sql, { series, now });
}

const goesOn = prepared((db, p: { series: EventId }) =>
  db
    .selectFrom("series_part")
    .select("from_ms")
    .where("series_id", "=", p.series)
    .where("until_ms", "is not", null)
    .limit(1),
);

/** Whether there will be occurrences that are not there yet. */
export async function hasMore(sql: Sql, series: EventId): Promise<boolean> {
  return (await goesOn.first(sql, { series })) !== undefined;
}

/** Where people are and were, and who may see it: of plain events and of occurrences. */
const tablesOfPlaces = ["fix", "sharing", "share_audience", "location_request", "start_point"] as const;

/** An event that takes place no more at its time: nothing is shared in it any longer. */
export async function deletePositions(sql: Sql, events: readonly EventId[]): Promise<void> {
  for (const table of tablesOfPlaces) await sql.deleteFrom(table).where(inList("event_id", events)).execute();
}

/** Occurrences that are no longer there, with everything of theirs. */
export async function deleteOccurrences(sql: Sql, ids: readonly EventId[]): Promise<void> {
  if (ids.length === 0) return;
  await deletePositions(sql, ids);
  await sql.deleteFrom("occurrence_rsvp").where(inList("event_id", ids)).execute();
  await sql.deleteFrom("event").where(inList("id", ids)).execute();
}

const insertion = prepared((db, p: EventRow) =>
  db.insertInto("event").values({
    id: p.id,
    owner_id: p.owner_id,
    name: p.name,
    description: p.description,
    start_ms: p.start_ms,
    duration_ms: p.duration_ms,
    time_zone: p.time_zone,
    capacity: p.capacity,
    place_name: p.place_name,
    place_address: p.place_address,
    place_latitude: p.place_latitude,
    place_longitude: p.place_longitude,
    cancelled: p.cancelled,
    version: p.version,
    created_ms: p.created_ms,
    updated_ms: p.updated_ms,
    kind: p.kind,
    group_id: p.group_id,
    original_start_ms: p.original_start_ms,
    all_day: p.all_day,
    start_date: p.start_date,
    end_date: p.end_date,
    recurrence: p.recurrence,
    own_columns: p.own_columns,
  }),
);

export async function insertOccurrences(sql: Sql, rows: readonly EventRow[]): Promise<void> {
  for (const row of rows) await insertion.run(sql, row);
}

const rewriting = prepared((db, p: EventRow) =>
  db
    .updateTable("event")
    .set({
      name: p.name,
      description: p.description,
      start_ms: p.start_ms,
      duration_ms: p.duration_ms,
      time_zone: p.time_zone,
      capacity: p.capacity,
      place_name: p.place_name,
      place_address: p.place_address,
      place_latitude: p.place_latitude,
      place_longitude: p.place_longitude,
      cancelled: p.cancelled,
      version: p.version,
      updated_ms: p.updated_ms,
      all_day: p.all_day,
      start_date: p.start_date,
      end_date: p.end_date,
    })
    .where("id", "=", p.id),
);

/** Occurrences as they are from now on. */
export async function updateOccurrences(sql: Sql, rows: readonly EventRow[]): Promise<void> {
  for (const row of rows) await rewriting.run(sql, row);
}
