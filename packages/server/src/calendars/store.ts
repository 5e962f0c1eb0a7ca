import type { CalendarId, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { inList } from "../db/in-list.ts";
import { prepared } from "../db/prepared.ts";
import type { CalendarTable } from "../db/schema-calendars.ts";

export type CalendarRow = CalendarTable;

/** What names a calendar: its owner's id beside its own, so that nobody reaches another's. */
export interface CalendarKey {
  readonly user: UserId;
  readonly id: CalendarId;
}

const shown = [
  "id",
  "user_id",
  "kind",
  "name",
  "url",
  "host",
  "state",
  "error",
  "etag",
  "last_modified",
  "zone",
  "events",
  "skipped",
  "failures",
  "refresh_ms",
  "fetched_ms",
  "next_ms",
  "created_ms",
  "busy_from_ms",
  "busy_until_ms",
] as const;

const byUser = prepared((db, p: { user: UserId }) =>
  db.selectFrom("calendar").select(shown).where("user_id", "=", p.user).orderBy("created_ms").orderBy("id"),
);

export function listCalendars(sql: Sql, user: UserId) {
  return byUser.all(sql, { user });
}

export function listWithBusy(sql: Sql, user: UserId): Promise<CalendarRow[]> {
  return sql
    .selectFrom("calendar")
    .selectAll()
    .where("user_id", "=", user)
    .orderBy("created_ms")
    .orderBy("id")
    .execute();
}

const one = prepared((db, p: CalendarKey) =>
  db.selectFrom("calendar").selectAll().where("id", "=", p.id).where("user_id", "=", p.user),
);

export function findCalendar(sql: Sql, key: CalendarKey): Promise<CalendarRow | undefined> {
  return one.first(sql, { user: key.user, id: key.id });
}

const busy = prepared((db, p: { users: readonly UserId[] }) =>
  db.selectFrom("calendar").select(["user_id", "busy"]).where(inList("user_id", p.users)),
);

export function listBusy(sql: Sql, users: readonly UserId[]) {
  return busy.all(sql, { users });
}

export async function countCalendars(sql: Sql, user: UserId): Promise<number> {
  const { n } = await sql
    .selectFrom("calendar")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .where("user_id", "=", user)
    .executeTakeFirstOrThrow();
  return n;
}

const zone = prepared((db, p: { user: UserId }) =>
  db.selectFrom("user").select("time_zone").where("id", "=", p.user),
);

/** The person's time zone; undefined once the account is gone. */
export async function findZone(sql: Sql, user: UserId): Promise<string | undefined> {
  return (await zone.first(sql, { user }))?.time_zone;
}

export async function insertCalendar(sql: Sql, row: CalendarRow): Promise<void> {
  await sql.insertInto("calendar").values(row).execute();
}

export async function updateCalendar(
  sql: Sql,
  { user, id }: CalendarKey,
  change: Partial<CalendarRow>,
): Promise<void> {
  await sql.updateTable("calendar").set(change).where("id", "=", id).where("user_id", "=", user).execute();
}

/** Whether it was there. */
export async function deleteCalendar(sql: Sql, { user, id }: CalendarKey): Promise<boolean> {
  const { numDeletedRows } = await sql
    .deleteFrom("calendar")
    .where("id", "=", id)
    .where("user_id", "=", user)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

const due = prepared((db, p: { now: number; limit: number }) =>
  db
    .selectFrom("calendar")
    .select(["id", "user_id as user"])
    .where("next_ms", "is not", null)
    .where("next_ms", "<=", p.now)
    .orderBy("next_ms")
    .limit(p.limit),
);

/** Calendars whose turn it is to be read, the longest overdue first. */
export function listDue(sql: Sql, now: number, limit: number): Promise<CalendarKey[]> {
  return due.all(sql, { now, limit });
}

const stale = prepared((db, p: { until: number; limit: number }) =>
  db
    .selectFrom("calendar")
    .select(["id", "user_id as user"])
    .where("busy_until_ms", "<", p.until)
    .orderBy("busy_until_ms")
    .limit(p.limit),
);

/** Calendars that were read for less of the future than may be asked for, the most urgent first. */
export function listStale(sql: Sql, until: number, limit: number): Promise<CalendarKey[]> {
  return stale.all(sql, { until, limit });
}

/** Up to when this person's calendars count as read. */
export async function updateUntil(sql: Sql, user: UserId, busy_until_ms: number): Promise<void> {
  await sql.updateTable("calendar").set({ busy_until_ms }).where("user_id", "=", user).execute();
}
