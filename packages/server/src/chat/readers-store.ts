import type { EventId, StreamId, UserId } from "@jarvis/contract";
import type { ExpressionBuilder } from "kysely";
import type { Sql } from "../db/database.ts";
import { prepared } from "../db/prepared.ts";
import type { AbsenceTable, MessageTable, Schema } from "../db/schema.ts";
import type { Place } from "./messages-store.ts";

const marker = prepared((db, p: { event: EventId; user: UserId }) =>
  db.selectFrom("read_marker").select("seq").where("event_id", "=", p.event).where("user_id", "=", p.user),
);

export async function findReadMarker(sql: Sql, event: EventId, user: UserId): Promise<number> {
  return (await marker.first(sql, { event, user }))?.seq ?? 0;
}

const mark = prepared((db, p: { event: EventId; user: UserId; seq: number }) =>
  db
    .insertInto("read_marker")
    .values({ event_id: p.event, user_id: p.user, seq: p.seq })
    .onConflict((conflict) => conflict.columns(["event_id", "user_id"]).doUpdateSet({ seq: p.seq })),
);

export async function updateReadMarker(sql: Sql, event: EventId, user: UserId, seq: number): Promise<void> {
  await mark.run(sql, { event, user, seq });
}

type UnreadRange = Place & { after: number };

/** What of a range of messages counts as unread, whether the viewer may read it or not. */
function isUnread(p: UnreadRange) {
  return (eb: ExpressionBuilder<Schema & { m: MessageTable }, "m">) =>
    eb.and([
      eb("m.event_id", "=", p.event),
      eb("m.deleted_ms", "is", null),
      eb.or([eb("m.author_id", "is", null), eb("m.author_id", "!=", p.viewer)]),
    ]);
}

/** Where what an absence hides begins in a range: one bound, so that the key is searched from there. */
function later(on: ExpressionBuilder<Schema & { a: AbsenceTable }, "a">, after: number) {
  return on.case().when("a.from_message", ">", after).then(on.ref("a.from_message")).else(after).end();
}

/**
 * All that came after, less what each absence hides of it: absences do not overlap, and asking them for each message
 * would cost their product. The cross join keeps SQLite to this order, absence by absence.
 */
const unread = prepared((db, p: UnreadRange) =>
  db.selectNoFrom((eb) =>
    eb(
      eb
        .selectFrom("message as m")
        .select((all) => all.fn.countAll<number>().as("count"))
        .where(isUnread(p))
        .where("m.seq", ">=", p.after),
      "-",
      eb
        .selectFrom("absence as a")
        .crossJoin("message as m")
        .select((hidden) => hidden.fn.countAll<number>().as("count"))
        .where("a.event_id", "=", p.event)
        .where("a.user_id", "=", p.viewer)
        .where(isUnread(p))
        .where((on) => on("m.seq", ">=", later(on, p.after)))
        .where((on) => on("m.seq", "<=", on.fn.coalesce("a.to_message", on.lit(Number.MAX_SAFE_INTEGER)))),
    ).as("count"),
  ),
);

/** How many messages of others came after `seq`. */
export async function countUnread(sql: Sql, place: Place): Promise<number> {
  return (await unread.first(sql, { ...place, after: place.seq + 1 }))?.count ?? 0;
}

const heads = prepared((db, p: { stream: StreamId }) =>
  db.selectFrom("stream").select("last_message").where("id", "=", p.stream),
);

export async function findLastMessage(sql: Sql, stream: StreamId): Promise<number> {
  return (await heads.first(sql, { stream }))?.last_message ?? 0;
}
