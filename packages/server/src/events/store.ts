import type { EventId, EventStatus, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { inList } from "../db/in-list.ts";
import { prepared } from "../db/prepared.ts";
import type { AbsenceTable, EventTable } from "../db/schema.ts";

export type EventRow = EventTable;
export type Absence = AbsenceTable;

const one = prepared((db, p: { id: EventId }) => db.selectFrom("event").selectAll().where("id", "=", p.id));

export function findEvent(sql: Sql, id: EventId): Promise<EventRow | undefined> {
  return one.first(sql, { id });
}

const membership = prepared((db, p: { event: EventId; user: UserId }) =>
  db
    .selectFrom("participant as p")
    .innerJoin("event as e", "e.id", "p.event_id")
    .select(["p.role", "p.rsvp", "p.state", "p.delivered", "e.cancelled", "e.kind", "e.group_id"])
    .where("p.event_id", "=", p.event)
    .where("p.user_id", "=", p.user),
);

/** Somebody's part in a plain event or a series. */
export function findMembership(sql: Sql, event: EventId, user: UserId) {
  return membership.first(sql, { event, user });
}

const readable = prepared((db, p: { user: UserId }) =>
  db
    .selectFrom("participant")
    .select("event_id")
    .where("user_id", "=", p.user)
    .where("state", "=", "in")
    .where("delivered", "=", 1)
    .where("rsvp", "!=", "declined"),
);

export function listReadable(sql: Sql, user: UserId) {
  return readable.all(sql, { user });
}

const readableOfAll = prepared((db, p: { users: readonly UserId[] }) =>
  db
    .selectFrom("participant")
    .select(["user_id", "event_id"])
    .where(inList("user_id", p.users))
    .where("state", "=", "in")
    .where("delivered", "=", 1)
    .where("rsvp", "!=", "declined"),
);

/** The same of many people. */
export function listReadableOfAll(sql: Sql, users: readonly UserId[]) {
  return readableOfAll.all(sql, { users });
}

const absences = prepared((db, p: { event: EventId; user: UserId }) =>
  db
    .selectFrom("absence")
    .selectAll()
    .where("event_id", "=", p.event)
    .where("user_id", "=", p.user)
    .orderBy("from_entry"),
);

export function listAbsences(sql: Sql, event: EventId, user: UserId): Promise<Absence[]> {
  return absences.all(sql, { event, user });
}

const standings = prepared((db, p: { user: UserId; events: readonly EventId[] }) =>
  db
    .selectFrom("participant as p")
    .leftJoin("absence as a", (join) =>
      join.onRef("a.event_id", "=", "p.event_id").onRef("a.user_id", "=", "p.user_id"),
    )
    .select([
      "p.event_id as event",
      "p.state",
      "p.delivered",
      "p.rsvp",
      "a.from_entry",
      "a.from_message",
      "a.to_entry",
      "a.to_message",
    ])
    .where("p.user_id", "=", p.user)
    .where(inList("p.event_id", p.events))
    .orderBy("a.from_entry"),
);

/** A person's part in each of these events, once for each time that they were away, or once. */
export function listStandings(sql: Sql, user: UserId, events: readonly EventId[]) {
  return standings.all(sql, { user, events });
}

export interface EventFilter {
  status?: EventStatus | undefined;
  series?: EventId | undefined;
  fromMs?: number | undefined;
  toMs?: number | undefined;
  after?: { start: number | null; id: EventId } | undefined;
  limit: number;
  now: number;
}

/**
 * A person's events by start, those without a time first; of a series its occurrences, also those that they have
 * declined. Status is asked of the clock as `statusOf` does.
 */
export function listEventsOf(sql: Sql, user: UserId, filter: EventFilter): Promise<EventRow[]> {
  const { status, series, fromMs, toMs, after, now } = filter;
  return sql
    .selectFrom("participant as p")
    .innerJoin("event as e", "e.group_id", "p.event_id")
    .selectAll("e")
    .where("p.user_id", "=", user)
    .where("p.state", "=", "in")
    .where("p.delivered", "=", 1)
    .where("p.rsvp", "!=", "declined")
    .where("e.kind", "!=", "series")
    .$if(series !== undefined, (query) =>
      query.where("e.kind", "=", "occurrence").where("e.group_id", "=", series ?? ("" as EventId)),
    ) // as below
    .$if(status !== undefined, (query) => query.where("e.cancelled", "=", status === "cancelled" ? 1 : 0))
    .$if(status === "pending", (query) =>
      query.where((eb) => eb.or([eb("e.start_ms", "is", null), eb("e.start_ms", ">", now)])),
    )
    .$if(status === "active", (query) =>
      query
        .where("e.start_ms", "<=", now)
        .where((eb) => eb(eb("e.start_ms", "+", eb.ref("e.duration_ms")), ">", now)),
    )
    .$if(status === "passed", (query) =>
      query.where((eb) => eb(eb("e.start_ms", "+", eb.ref("e.duration_ms")), "<=", now)),
    )
    .$if(fromMs !== undefined, (query) =>
      query.where((eb) => eb(eb("e.start_ms", "+", eb.ref("e.duration_ms")), ">", fromMs ?? 0)),
    )
    .$if(toMs !== undefined, (query) => query.where("e.start_ms", "<", toMs ?? 0))
    .$if(after !== undefined && after.start === null, (query) =>
      query.where((eb) =>
        eb.or([
          eb("e.start_ms", "is not", null),
          eb("e.id", ">", after?.id ?? ("" as EventId)), // never empty: `after` is there
        ]),
      ),
    )
    .$if(after !== undefined && after.start !== null, (query) =>
      query.where((eb) =>
        eb.or([
          eb("e.start_ms", ">", after?.start ?? 0),
          eb("e.start_ms", "=", after?.start ?? 0).and("e.id", ">", after?.id ?? ("" as EventId)), // as above
        ]),
      ),
    )
    .orderBy("e.start_ms", (order) => order.asc().nullsFirst())
    .orderBy("e.id")
    .limit(filter.limit)
    .execute();
}

export async function insertEvent(sql: Sql, row: EventRow): Promise<void> {
  await sql.insertInto("event").values(row).execute();
}

export type EventChange = Partial<
  Omit<EventRow, "id" | "owner_id" | "version" | "created_ms" | "updated_ms" | "original_start_ms">
>;

/** Writes a change that has been decided on, as the event's next version. */
export async function updateEvent(sql: Sql, id: EventId, change: EventChange, now: number): Promise<void> {
  await sql
    .updateTable("event")
    .set((eb) => ({ ...change, version: eb("version", "+", 1), updated_ms: now }))
    .where("id", "=", id)
    .execute();
}

export async function insertAbsence(sql: Sql, row: Absence): Promise<void> {
  await sql.insertInto("absence").values(row).execute();
}

const endAbsence = prepared((db, p: { event: EventId; user: UserId; entry: number; message: number }) =>
  db
    .updateTable("absence")
    .set({ to_entry: p.entry, to_message: p.message })
    .where("event_id", "=", p.event)
    .where("user_id", "=", p.user)
    .where("to_entry", "is", null),
);

/** Ends the open absence, if there is one. */
export async function closeAbsence(
  sql: Sql,
  event: EventId,
  user: UserId,
  to: { entry: number; message: number },
): Promise<void> {
  await endAbsence.run(sql, { event, user, ...to });
}

/** Lets an absence last until another one ends. */
export async function updateAbsenceEnd(
  sql: Sql,
  { event_id, user_id, from_entry }: Absence,
  { to_entry, to_message }: Absence,
): Promise<void> {
  await sql
    .updateTable("absence")
    .set({ to_entry, to_message })
    .where("event_id", "=", event_id)
    .where("user_id", "=", user_id)
    .where("from_entry", "=", from_entry)
    .execute();
}

export async function deleteAbsence(sql: Sql, { event_id, user_id, from_entry }: Absence): Promise<void> {
  await sql
    .deleteFrom("absence")
    .where("event_id", "=", event_id)
    .where("user_id", "=", user_id)
    .where("from_entry", "=", from_entry)
    .execute();
}
