import type { EventId, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";

/** The events in which somebody has a row: what they put on messages is there and nowhere else. */
function eventsOf(sql: Sql, user: UserId) {
  return sql.selectFrom("participant").select("event_id").where("user_id", "=", user);
}

export function listReactionsOf(sql: Sql, user: UserId) {
  return sql
    .selectFrom("reaction")
    .select(["event_id", "seq", "emoji"])
    .where("event_id", "in", eventsOf(sql, user))
    .where("user_id", "=", user)
    .orderBy("event_id")
    .orderBy("entry")
    .execute();
}

/** The messages that name somebody, with all whom they name. */
export function listMentionsOf(sql: Sql, user: UserId) {
  return sql
    .selectFrom("mention as n")
    .innerJoin("message as m", (on) => on.onRef("m.event_id", "=", "n.event_id").onRef("m.seq", "=", "n.seq"))
    .select(["m.event_id", "m.seq", "m.mentions"])
    .where("n.event_id", "in", eventsOf(sql, user))
    .where("n.user_id", "=", user)
    .orderBy("m.event_id")
    .orderBy("m.seq")
    .execute();
}

/** System messages that are about somebody. */
export function listReportsOf(sql: Sql, user: UserId) {
  return sql
    .selectFrom("message")
    .select(["event_id", "seq", "system"])
    .where("event_id", "in", eventsOf(sql, user))
    .where("system", "is not", null)
    .where("system", "like", `%${user}%`)
    .orderBy("event_id")
    .orderBy("seq")
    .execute();
}

export async function updateSystem(sql: Sql, event: EventId, seq: number, system: string): Promise<void> {
  await sql
    .updateTable("message")
    .set({ system })
    .where("event_id", "=", event)
    .where("seq", "=", seq)
    .execute();
}

/** Takes somebody's id out of what the chats keep beside the messages: pins stay. */
export async function deleteMarksOf(sql: Sql, user: UserId): Promise<void> {
  const events = eventsOf(sql, user);
  await sql.deleteFrom("reaction").where("event_id", "in", events).where("user_id", "=", user).execute();
  await sql
    .updateTable("pin")
    .set({ user_id: null })
    .where("event_id", "in", events)
    .where("user_id", "=", user)
    .execute();
}
