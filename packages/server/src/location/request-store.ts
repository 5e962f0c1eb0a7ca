import type { EventId, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { prepared } from "../db/prepared.ts";
import { blocksBetween } from "../db/relations.ts";
import type { LocationRequestTable } from "../db/schema.ts";

export type RequestRow = LocationRequestTable;

const one = prepared((db, p: { event: EventId; from: UserId; to: UserId }) =>
  db
    .selectFrom("location_request")
    .selectAll()
    .where("event_id", "=", p.event)
    .where("from_id", "=", p.from)
    .where("to_id", "=", p.to),
);

export function findRequest(sql: Sql, event: EventId, from: UserId, to: UserId) {
  return one.first(sql, { event, from, to });
}

const upsert = prepared((db, p: LocationRequestTable) =>
  db
    .insertInto("location_request")
    .values({
      event_id: p.event_id,
      from_id: p.from_id,
      to_id: p.to_id,
      state: p.state,
      created_ms: p.created_ms,
      answered_ms: p.answered_ms,
    })
    .onConflict((conflict) =>
      conflict.columns(["event_id", "from_id", "to_id"]).doUpdateSet((eb) => ({
        state: eb.ref("excluded.state"),
        created_ms: eb.ref("excluded.created_ms"),
        answered_ms: eb.ref("excluded.answered_ms"),
      })),
    ),
);

export async function updateRequest(sql: Sql, request: LocationRequestTable): Promise<void> {
  await upsert.run(sql, request);
}

const ofPerson = prepared((db, p: { event: EventId; user: UserId }) =>
  db
    .selectFrom("location_request")
    .selectAll()
    .where("event_id", "=", p.event)
    .where((eb) => eb.or([eb("from_id", "=", p.user), eb("to_id", "=", p.user)]))
    .orderBy("created_ms")
    .orderBy("from_id")
    .orderBy("to_id"),
);

export function listRequests(sql: Sql, event: EventId, user: UserId) {
  return ofPerson.all(sql, { event, user });
}

/** Whom somebody may ask: how that person stands in the event, and whether the two are blocked from each other. */
const target = prepared((db, p: { event: EventId; from: UserId; to: UserId }) =>
  db
    .selectFrom("event as e")
    .innerJoin("participant as m", "m.event_id", "e.group_id")
    .leftJoin("occurrence_rsvp as o", (on) =>
      on.onRef("o.event_id", "=", "e.id").onRef("o.user_id", "=", "m.user_id"),
    )
    .select((eb) => [
      "m.state",
      "m.delivered",
      eb.fn.coalesce("o.rsvp", "m.rsvp").as("rsvp"),
      "m.invitation_id",
      eb.exists(blocksBetween(db, p.from, p.to)).as("blocked"),
    ])
    .where("e.id", "=", p.event)
    .where("m.user_id", "=", p.to),
);

export function findTarget(sql: Sql, event: EventId, from: UserId, to: UserId) {
  return target.first(sql, { event, from, to });
}

const openOf = prepared((db, p: { event: EventId; user: UserId }) =>
  db
    .deleteFrom("location_request")
    .where("event_id", "=", p.event)
    .where("state", "=", "pending")
    .where((eb) => eb.or([eb("from_id", "=", p.user), eb("to_id", "=", p.user)])),
);

/** What looks open to its author alone ends as the open ones do, or it would tell which it was; it stays remembered. */
const silentOf = prepared((db, p: { event: EventId; user: UserId; now: number }) =>
  db
    .updateTable("location_request")
    .set({ answered_ms: p.now })
    .where("event_id", "=", p.event)
    .where("state", "=", "declined")
    .where("answered_ms", "is", null)
    .where((eb) => eb.or([eb("from_id", "=", p.user), eb("to_id", "=", p.user)])),
);

/** Ends what is open in an event from and to a person who leaves it. */
export async function closeRequests(sql: Sql, event: EventId, user: UserId, now: number): Promise<void> {
  await openOf.run(sql, { event, user });
  await silentOf.run(sql, { event, user, now });
}

/** The events that somebody is in, and the occurrences of those that are series. */
function eventsIn(db: Sql, user: UserId) {
  return db
    .selectFrom("participant as p")
    .innerJoin("event as e", "e.group_id", "p.event_id")
    .select("e.id")
    .where("p.user_id", "=", user);
}

const openBetween = prepared((db, p: { from: UserId; to: UserId }) =>
  db
    .selectFrom("location_request")
    .selectAll()
    .where("event_id", "in", eventsIn(db, p.from))
    .where("from_id", "=", p.from)
    .where("to_id", "=", p.to)
    .where("state", "=", "pending"),
);

/** One direction, in all events. */
export function listOpenRequestsTo(sql: Sql, from: UserId, to: UserId): Promise<RequestRow[]> {
  return openBetween.all(sql, { from, to });
}

export async function deleteRequest(sql: Sql, { event_id, from_id, to_id }: RequestRow): Promise<void> {
  await sql
    .deleteFrom("location_request")
    .where("event_id", "=", event_id)
    .where("from_id", "=", from_id)
    .where("to_id", "=", to_id)
    .execute();
}
