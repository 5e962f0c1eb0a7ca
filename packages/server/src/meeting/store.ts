import type { EventId, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { inList } from "../db/in-list.ts";
import { prepared } from "../db/prepared.ts";
import type { StartPointTable } from "../db/schema-meeting.ts";

const startOf = prepared((db, p: { event: EventId; user: UserId }) =>
  db.selectFrom("start_point").selectAll().where("event_id", "=", p.event).where("user_id", "=", p.user),
);

export function findStart(sql: Sql, event: EventId, user: UserId): Promise<StartPointTable | undefined> {
  return startOf.first(sql, { event, user });
}

const upsert = prepared((db, p: StartPointTable) => {
  const columns = { latitude: p.latitude, longitude: p.longitude, mode: p.mode, updated_ms: p.updated_ms };
  return db
    .insertInto("start_point")
    .values({ event_id: p.event_id, user_id: p.user_id, ...columns })
    .onConflict((conflict) => conflict.columns(["event_id", "user_id"]).doUpdateSet(columns));
});

export async function upsertStart(sql: Sql, row: StartPointTable): Promise<void> {
  await upsert.run(sql, row);
}

const remove = prepared((db, p: { event: EventId; user: UserId }) =>
  db.deleteFrom("start_point").where("event_id", "=", p.event).where("user_id", "=", p.user),
);

export async function deleteStart(sql: Sql, event: EventId, user: UserId): Promise<void> {
  await remove.run(sql, { event, user });
}

const removeInGroup = prepared((db, p: { event: EventId; user: UserId }) =>
  db
    .deleteFrom("start_point")
    .where("user_id", "=", p.user)
    .where("event_id", "in", (eb) =>
      eb
        .selectFrom("event")
        .select("id")
        .where((row) => row.or([row("id", "=", p.event), row("group_id", "=", p.event)])),
    ),
);

/** In a series, in all of its occurrences as well. */
export async function deleteStarts(sql: Sql, event: EventId, user: UserId): Promise<void> {
  await removeInGroup.run(sql, { event, user });
}

const batch = 500;

const over = prepared((db, p: { now: number }) =>
  db
    .selectFrom("start_point as s")
    .innerJoin("event as e", "e.id", "s.event_id")
    .innerJoin("event as h", "h.id", "e.group_id")
    .select(["s.event_id", "s.user_id"])
    .where((eb) =>
      eb.or([
        eb("e.cancelled", "=", 1),
        eb("h.cancelled", "=", 1),
        eb(eb("e.start_ms", "+", eb.ref("e.duration_ms")), "<=", p.now),
      ]),
    )
    .limit(batch),
);

/** Deletes some starts of events that are over. */
export async function deleteEndedStarts(sql: Sql, now: number): Promise<{ count: number; isMore: boolean }> {
  const rows = await over.all(sql, { now });
  for (const { event_id, user_id } of rows) await deleteStart(sql, event_id, user_id);
  return { count: rows.length, isMore: rows.length === batch };
}

const accepted = prepared((db, p: { event: EventId; group: EventId }) =>
  db
    .selectFrom("participant as p")
    .leftJoin("occurrence_rsvp as o", (on) =>
      on.onRef("o.user_id", "=", "p.user_id").on("o.event_id", "=", p.event),
    )
    .leftJoin("start_point as s", (on) =>
      on.onRef("s.user_id", "=", "p.user_id").on("s.event_id", "=", p.event),
    )
    .select((eb) => [
      "p.user_id",
      "p.state",
      "p.delivered",
      eb.fn.coalesce("o.rsvp", "p.rsvp").as("rsvp"),
      "s.latitude",
      "s.longitude",
      "s.mode",
    ])
    .where("p.event_id", "=", p.group)
    .where("p.state", "=", "in")
    .orderBy("p.user_id"),
);

/** Whoever is in the event, with where they will set out from. An occurrence has its series' people. */
export function listStarts(sql: Sql, { event, group }: { event: EventId; group: EventId }) {
  return accepted.all(sql, { event, group });
}

export type StartRow = Awaited<ReturnType<typeof listStarts>>[number];

const venuesAtMost = 2_000;

const venues = prepared((db, p: { events: readonly EventId[] }) =>
  db
    .selectFrom("event")
    .select(["place_name as name", "place_latitude as latitude", "place_longitude as longitude"])
    .distinct()
    .where(inList<EventId>("group_id", p.events))
    .where("place_name", "is not", null)
    .where("place_name", "!=", "")
    .where("place_latitude", "is not", null)
    .where("place_longitude", "is not", null)
    .orderBy("place_name")
    .orderBy("place_latitude")
    .orderBy("place_longitude")
    .limit(venuesAtMost),
);

/** Places with a name and coordinates, of these events and their occurrences. */
export function listVenues(sql: Sql, events: readonly EventId[]) {
  return venues.all(sql, { events });
}
