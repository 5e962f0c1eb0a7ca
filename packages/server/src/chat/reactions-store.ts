import type { EventId, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { inList } from "../db/in-list.ts";
import { prepared } from "../db/prepared.ts";
import type { ReactionTable } from "../db/schema.ts";

export type ReactionRow = ReactionTable;

interface Place {
  event: EventId;
  seq: number;
}

const given = prepared((db, p: { event: EventId; seqs: readonly number[] }) =>
  db
    .selectFrom("message as m")
    .leftJoin("reaction as r", (join) =>
      join.onRef("r.event_id", "=", "m.event_id").onRef("r.seq", "=", "m.seq"),
    )
    .select(["m.seq", "m.reactions_entry", "r.emoji", "r.user_id"])
    .where("m.event_id", "=", p.event)
    .where(inList("m.seq", p.seqs))
    .orderBy("m.seq")
    .orderBy("r.since_entry")
    .orderBy("r.entry"),
);

/** The reactions to these messages in their order, and up to which entry that is all: both as of one moment. */
export function listReactions(sql: Sql, event: EventId, seqs: readonly number[]) {
  return given.all(sql, { event, seqs });
}

const groups = prepared((db, p: Place) =>
  db
    .selectFrom("reaction")
    .select((eb) => ["emoji", eb.fn.min<number>("since_entry").as("since_entry")])
    .where("event_id", "=", p.event)
    .where("seq", "=", p.seq)
    .groupBy("emoji"),
);

/** The different emoji on a message, and since which entry each is there. */
export function listEmoji(sql: Sql, place: Place) {
  return groups.all(sql, place);
}

const own = prepared((db, p: Place & { user: UserId }) =>
  db
    .selectFrom("reaction")
    .select("emoji")
    .where("event_id", "=", p.event)
    .where("user_id", "=", p.user)
    .where("seq", "=", p.seq),
);

export async function listOwnEmoji(sql: Sql, place: Place, user: UserId): Promise<string[]> {
  return (await own.all(sql, { ...place, user })).map(({ emoji }) => emoji);
}

const insert = prepared((db, p: ReactionTable) =>
  db.insertInto("reaction").values({
    event_id: p.event_id,
    user_id: p.user_id,
    seq: p.seq,
    emoji: p.emoji,
    entry: p.entry,
    since_entry: p.since_entry,
  }),
);

export async function insertReaction(sql: Sql, row: ReactionRow): Promise<void> {
  await insert.run(sql, row);
}

const remove = prepared((db, p: Place & { user: UserId; emoji: string }) =>
  db
    .deleteFrom("reaction")
    .where("event_id", "=", p.event)
    .where("user_id", "=", p.user)
    .where("seq", "=", p.seq)
    .where("emoji", "=", p.emoji),
);

export async function deleteReaction(sql: Sql, place: Place, user: UserId, emoji: string): Promise<void> {
  await remove.run(sql, { ...place, user, emoji });
}

const removeAll = prepared((db, p: Place) =>
  db.deleteFrom("reaction").where("event_id", "=", p.event).where("seq", "=", p.seq),
);

export async function deleteReactionsTo(sql: Sql, place: Place): Promise<void> {
  await removeAll.run(sql, place);
}

const touch = prepared((db, p: Place & { entry: number }) =>
  db
    .updateTable("message")
    .set({ reactions_entry: p.entry })
    .where("event_id", "=", p.event)
    .where("seq", "=", p.seq),
);

/** Up to which entry the message's reactions are those in the store. */
export async function updateReactionsEntry(sql: Sql, place: Place, entry: number): Promise<void> {
  await touch.run(sql, { ...place, entry });
}
