import type { EventId, OptionId, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { inList } from "../db/in-list.ts";
import { prepared } from "../db/prepared.ts";
import type { PollOptionTable, PollTable } from "../db/schema-polls.ts";

export type PollRow = PollTable;
export type OptionRow = PollOptionTable;

const one = prepared((db, p: { event: EventId }) =>
  db.selectFrom("poll").selectAll().where("event_id", "=", p.event),
);

export function findPoll(sql: Sql, event: EventId): Promise<PollRow | undefined> {
  return one.first(sql, { event });
}

const next = prepared((db, p: { event: EventId }) =>
  db
    .insertInto("poll")
    .values({ event_id: p.event, version: 1, deadline_ms: null, hidden: 0, chosen: null })
    .onConflict((conflict) =>
      conflict.column("event_id").doUpdateSet((eb) => ({ version: eb("poll.version", "+", 1) })),
    )
    .returning("version"),
);

/** The poll's next version; an event has a poll from its first. */
export async function nextVersion(sql: Sql, event: EventId): Promise<number> {
  const row = await next.first(sql, { event });
  if (row === undefined) throw new Error(`the poll of ${event} was not written`);
  return row.version;
}

/** Once it has a version. */
export async function updatePoll(
  sql: Sql,
  event: EventId,
  change: Partial<Pick<PollRow, "deadline_ms" | "hidden" | "chosen">>,
): Promise<void> {
  await sql.updateTable("poll").set(change).where("event_id", "=", event).execute();
}

const options = prepared((db, p: { event: EventId }) =>
  db.selectFrom("poll_option").selectAll().where("event_id", "=", p.event),
);

export function listOptions(sql: Sql, event: EventId): Promise<OptionRow[]> {
  return options.all(sql, { event });
}

const option = prepared((db, p: { event: EventId; id: OptionId }) =>
  db.selectFrom("poll_option").selectAll().where("event_id", "=", p.event).where("id", "=", p.id),
);

export function findOption(sql: Sql, event: EventId, id: OptionId): Promise<OptionRow | undefined> {
  return option.first(sql, { event, id });
}

const some = prepared((db, p: { event: EventId; ids: readonly OptionId[] }) =>
  db
    .selectFrom("poll_option")
    .select(["id", "slot"])
    .where("event_id", "=", p.event)
    .where(inList("id", p.ids)),
);

/** Those of these options that are in the poll. */
export function listSlots(sql: Sql, event: EventId, ids: readonly OptionId[]) {
  return some.all(sql, { event, ids });
}

const inSlots = prepared((db, p: { event: EventId; slots: readonly number[] }) =>
  db
    .selectFrom("poll_option")
    .select(["id", "slot"])
    .where("event_id", "=", p.event)
    .where(inList("slot", p.slots)),
);

export function listOptionsIn(sql: Sql, event: EventId, slots: readonly number[]) {
  return inSlots.all(sql, { event, slots });
}

const insert = prepared((db, p: OptionRow) =>
  db.insertInto("poll_option").values({
    event_id: p.event_id,
    id: p.id,
    slot: p.slot,
    start_ms: p.start_ms,
    duration_ms: p.duration_ms,
    date: p.date,
  }),
);

export async function insertOption(sql: Sql, row: OptionRow): Promise<void> {
  await insert.run(sql, row);
}

export async function deleteOption(sql: Sql, { event_id, id }: OptionRow): Promise<void> {
  await sql.deleteFrom("poll_option").where("event_id", "=", event_id).where("id", "=", id).execute();
}

const required = prepared((db, p: { event: EventId }) =>
  db.selectFrom("poll_required").select("user_id").where("event_id", "=", p.event).orderBy("user_id"),
);

export async function listRequired(sql: Sql, event: EventId): Promise<UserId[]> {
  return (await required.all(sql, { event })).map(({ user_id }) => user_id);
}

const isRequired = prepared((db, p: { event: EventId; user: UserId }) =>
  db
    .selectFrom("poll_required")
    .select("user_id")
    .where("event_id", "=", p.event)
    .where("user_id", "=", p.user),
);
const release = prepared((db, p: { event: EventId; user: UserId }) =>
  db.deleteFrom("poll_required").where("event_id", "=", p.event).where("user_id", "=", p.user),
);

/** Whether they were among them. */
export async function deleteRequired(sql: Sql, event: EventId, user: UserId): Promise<boolean> {
  if ((await isRequired.first(sql, { event, user })) === undefined) return false;
  await release.run(sql, { event, user });
  return true;
}

const insertOne = prepared((db, p: { event: EventId; user: UserId }) =>
  db.insertInto("poll_required").values({ event_id: p.event, user_id: p.user }),
);

export async function insertRequired(sql: Sql, event: EventId, user: UserId): Promise<void> {
  await insertOne.run(sql, { event, user });
}

const asked = prepared((db, p: { event: EventId }) =>
  db
    .selectFrom("participant")
    .select(["user_id", "role", "rsvp", "state", "delivered", "invited_by", "invitation_id"])
    .where("event_id", "=", p.event)
    .where("state", "=", "in")
    .where("rsvp", "!=", "declined")
    .orderBy("user_id"),
);

export type AskedRow = Awaited<ReturnType<typeof listAsked>>[number];

/** The people who may vote, and those who look to one of them as if they might. */
export function listAsked(sql: Sql, event: EventId) {
  return asked.all(sql, { event });
}
