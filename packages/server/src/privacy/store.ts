import { type UserId, userStream } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";

/** The account as it is, and what shows only whether there is a password. */
export function findAccount(sql: Sql, user: UserId) {
  return sql.selectFrom("user").selectAll().where("id", "=", user).executeTakeFirst();
}

export async function insertTombstone(sql: Sql, user_id: UserId, erased_ms: number): Promise<void> {
  await sql
    .insertInto("tombstone")
    .values({ user_id, erased_ms })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Accounts that were erased and are there again: a backup from before was restored. */
export async function listReturned(sql: Sql): Promise<UserId[]> {
  const rows = await sql
    .selectFrom("tombstone as t")
    .innerJoin("user as u", "u.id", "t.user_id")
    .select("t.user_id")
    .execute();
  return rows.map(({ user_id }) => user_id);
}

export async function listErasedSince(sql: Sql, since: number): Promise<UserId[]> {
  const rows = await sql.selectFrom("tombstone").select("user_id").where("erased_ms", ">", since).execute();
  return rows.map(({ user_id }) => user_id);
}

/** The events in which somebody has a row, of whatever kind: what they wrote and shared is there and nowhere else. */
function eventsOf(sql: Sql, user: UserId) {
  return sql.selectFrom("participant").select("event_id").where("user_id", "=", user);
}

/**
 * Messages keep their place and their text. Every one that a person wrote has a `client_id`, and every one that reports
 * what they did is of the system: by these they are found.
 */
export async function updateMessagesToAuthorless(sql: Sql, user: UserId): Promise<void> {
  await sql
    .updateTable("message")
    .set({ author_id: null, client_id: null, content_hash: null })
    .where("event_id", "in", eventsOf(sql, user))
    .where("author_id", "=", user)
    .where("client_id", "is not", null)
    .execute();
  await sql
    .updateTable("message")
    .set({ author_id: null })
    .where("event_id", "in", eventsOf(sql, user))
    .where("author_id", "=", user)
    .where("system", "is not", null)
    .execute();
}

/** The same, with the occurrences of series among them: what is of one occurrence is kept under its id. */
function occurrencesOf(sql: Sql, user: UserId) {
  return sql
    .selectFrom("event as e")
    .innerJoin("participant as p", "p.event_id", "e.group_id")
    .select("e.id")
    .where("p.user_id", "=", user);
}

/** Everything in events, the memberships last: they say where to look. */
export async function deleteInEvents(sql: Sql, user: UserId): Promise<void> {
  const events = occurrencesOf(sql, user);
  await sql
    .deleteFrom("occurrence_rsvp")
    .where("group_id", "in", eventsOf(sql, user))
    .where("user_id", "=", user)
    .execute();
  for (const table of [
    "sharing",
    "availability",
    "start_point",
    "read_marker",
    "absence",
    "poll_vote",
    "poll_required",
  ] as const) {
    await sql.deleteFrom(table).where("event_id", "in", events).where("user_id", "=", user).execute();
  }
  await sql
    .deleteFrom("share_audience")
    .where("event_id", "in", events)
    .where((eb) => eb.or([eb("sharer_id", "=", user), eb("viewer_id", "=", user)]))
    .execute();
  await sql
    .deleteFrom("location_request")
    .where("event_id", "in", events)
    .where((eb) => eb.or([eb("from_id", "=", user), eb("to_id", "=", user)]))
    .execute();
  await sql.deleteFrom("participant").where("user_id", "=", user).execute();
}

/**
 * Sign-ins under way that say whose they are: challenges asked for by one of the person's sessions or ID tokens, and
 * flows that lead back to a page of theirs. The sessions must still be there. The rest names nobody and expires in minutes.
 */
export async function deleteSignInsUnderWay(sql: Sql, user: UserId, presented: string | null): Promise<void> {
  const sessions = await sql
    .selectFrom("session")
    .select(["id", "id_token_hash"])
    .where("user_id", "=", user)
    .execute();
  const askers = sessions.flatMap(({ id, id_token_hash: token }) => (token ? [id, token.toHex()] : [id]));
  if (presented !== null) askers.push(presented);
  for (const asker of askers) {
    await sql.deleteFrom("passkey_challenge").where("bound_to", "=", asker).execute();
  }
  await sql.deleteFrom("sign_in_flow").where("return_path", "like", `%${user}%`).execute();
}

/** Everything that is keyed by the person. It may be run again: what a late call of theirs has left goes as well. */
export async function deleteOwn(sql: Sql, user: UserId): Promise<void> {
  const tables = [
    "fix",
    "session",
    "passkey",
    "identity",
    "idempotency",
    "friendship",
    "block",
    "last_seen",
    "calendar",
    "google_calendar",
    "google_flow",
    "feed",
    "feed_snapshot",
    "device",
    "device_tid",
    "journey",
    "detour",
    "friend_share",
  ] as const;
  for (const table of tables) {
    await sql.deleteFrom(table).where("user_id", "=", user).execute();
  }
  await sql.deleteFrom("device_tid").where("owner_id", "=", user).execute();
  await sql.deleteFrom("friendship").where("friend_id", "=", user).execute();
  await sql.deleteFrom("block").where("blocked_id", "=", user).execute();
  await sql.deleteFrom("friend_share").where("friend_id", "=", user).execute();
  await sql.deleteFrom("location_view").where("sharer_id", "=", user).execute();
  await sql.deleteFrom("location_view").where("viewer_id", "=", user).execute();
  await sql.deleteFrom("friend_request").where("to_id", "=", user).execute();
  await sql.deleteFrom("friend_request").where("from_id", "=", user).execute();
  await sql.deleteFrom("entry").where("stream", "=", userStream(user)).execute();
  await sql.deleteFrom("stream").where("id", "=", userStream(user)).execute();
  await sql.deleteFrom("user").where("id", "=", user).execute();
}
