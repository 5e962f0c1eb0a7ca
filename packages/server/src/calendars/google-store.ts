import type { CalendarId, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import type { GoogleCalendarTable, GoogleFlowTable, GoogleRevocationTable } from "../db/schema-calendars.ts";

export type GoogleRow = GoogleCalendarTable;
export type FlowRow = GoogleFlowTable;
export type RevocationRow = GoogleRevocationTable;

export function findGoogle(sql: Sql, id: CalendarId): Promise<GoogleRow | undefined> {
  return sql.selectFrom("google_calendar").selectAll().where("calendar_id", "=", id).executeTakeFirst();
}

export async function findByAccount(
  sql: Sql,
  user: UserId,
  account: string,
): Promise<CalendarId | undefined> {
  const row = await sql
    .selectFrom("google_calendar")
    .select("calendar_id")
    .where("user_id", "=", user)
    .where("account", "=", account)
    .executeTakeFirst();
  return row?.calendar_id;
}

export function listAccounts(sql: Sql, user: UserId) {
  return sql
    .selectFrom("google_calendar")
    .select(["account", "refresh_token"])
    .where("user_id", "=", user)
    .execute();
}

export async function insertGoogle(sql: Sql, row: GoogleRow): Promise<void> {
  await sql.insertInto("google_calendar").values(row).execute();
}

/** False where it was changed since that version was read, or is gone. */
export async function updateGoogle(
  sql: Sql,
  { id, version }: { id: CalendarId; version: number | null },
  change: Partial<Pick<GoogleRow, "refresh_token" | "kept">>,
): Promise<boolean> {
  const row = await sql
    .updateTable("google_calendar")
    .set((eb) => ({ ...change, version: eb("version", "+", 1) }))
    .where("calendar_id", "=", id)
    .$if(version !== null, (query) => query.where("version", "=", version))
    .returning("version")
    .executeTakeFirst();
  return row !== undefined;
}

export function deleteGoogle(sql: Sql, id: CalendarId): Promise<GoogleRow | undefined> {
  return sql.deleteFrom("google_calendar").where("calendar_id", "=", id).returningAll().executeTakeFirst();
}

/** All that somebody has connected, and what they have begun. */
export async function deleteGoogleOf(sql: Sql, user: UserId): Promise<GoogleRow[]> {
  await sql.deleteFrom("google_flow").where("user_id", "=", user).execute();
  return sql.deleteFrom("google_calendar").where("user_id", "=", user).returningAll().execute();
}

export async function insertFlow(sql: Sql, row: FlowRow): Promise<void> {
  await sql.insertInto("google_flow").values(row).execute();
}

/** Takes it away: it can be used once, by whom it is of. */
export function deleteFlow(sql: Sql, hash: Uint8Array, user: UserId): Promise<FlowRow | undefined> {
  return sql
    .deleteFrom("google_flow")
    .where("hash", "=", hash)
    .where("user_id", "=", user)
    .returningAll()
    .executeTakeFirst();
}

export async function deleteFlowsUntil(sql: Sql, now: number): Promise<void> {
  await sql.deleteFrom("google_flow").where("expires_ms", "<=", now).execute();
}

export async function insertRevocation(sql: Sql, row: RevocationRow): Promise<void> {
  await sql.insertInto("google_revocation").values(row).execute();
}

export function listRevocationsDue(sql: Sql, now: number, limit: number): Promise<RevocationRow[]> {
  return sql
    .selectFrom("google_revocation")
    .selectAll()
    .where("next_ms", "<=", now)
    .orderBy("next_ms")
    .limit(limit)
    .execute();
}

export async function updateRevocation(
  sql: Sql,
  id: string,
  change: Pick<RevocationRow, "failures" | "next_ms">,
): Promise<void> {
  await sql.updateTable("google_revocation").set(change).where("id", "=", id).execute();
}

export async function deleteRevocation(sql: Sql, id: string): Promise<void> {
  await sql.deleteFrom("google_revocation").where("id", "=", id).execute();
}

/** The person has granted it anew: Google would take that back as well. */
export async function deleteRevocationsOf(sql: Sql, account: string): Promise<void> {
  await sql.deleteFrom("google_revocation").where("account", "=", account).execute();
}
