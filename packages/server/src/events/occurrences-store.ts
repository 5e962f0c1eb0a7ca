import type { EventId, UserId } from "@jarvis/contract";
import type { ExpressionBuilder } from "kysely";
import type { Sql } from "../db/database.ts";
import { inList } from "../db/in-list.ts";
import { prepared } from "../db/prepared.ts";
import type { ParticipantTable, Schema } from "../db/schema.ts";
import type { OccurrenceRsvpTable } from "../db/schema-series.ts";
import { countAnswer } from "./people-store.ts";

export type AnswerRow = OccurrenceRsvpTable;

const membership = prepared((db, p: { event: EventId; user: UserId }) =>
  db
    .selectFrom("event as e")
    .innerJoin("event as g", "g.id", "e.group_id")
    .innerJoin("participant as p", "p.event_id", "e.group_id")
    .leftJoin("occurrence_rsvp as o", (join) =>
      join.onRef("o.event_id", "=", "e.id").onRef("o.user_id", "=", "p.user_id"),
    )
    .select(["p.role", "p.rsvp", "p.state", "p.delivered", "e.kind", "e.group_id"])
    .select(["e.cancelled", "g.cancelled as group_cancelled", "o.rsvp as own_rsvp"])
    .where("e.id", "=", p.event)
    .where("p.user_id", "=", p.user),
);

/** Somebody's part in an occurrence, which is their part in the series. */
export function findOccurrenceMembership(sql: Sql, event: EventId, user: UserId) {
  return membership.first(sql, { event, user });
}

const answers = prepared((db, p: { events: readonly EventId[] }) =>
  db.selectFrom("occurrence_rsvp").selectAll().where(inList("event_id", p.events)),
);

/** What people have answered for these occurrences alone. */
export function listAnswers(sql: Sql, events: readonly EventId[]): Promise<AnswerRow[]> {
  return answers.all(sql, { events });
}

const answersOf = prepared((db, p: { group: EventId; user: UserId }) =>
  db.deleteFrom("occurrence_rsvp").where("group_id", "=", p.group).where("user_id", "=", p.user),
);

/** Whoever leaves a series takes along what they answered for its occurrences. */
export async function deleteAnswersOf(sql: Sql, group: EventId, user: UserId): Promise<void> {
  if ((await answersOf.run(sql, { group, user })).changes > 0) await countAnswer(sql, group, user);
}

const upsert = prepared((db, p: AnswerRow) => {
  const columns = { group_id: p.group_id, rsvp: p.rsvp, answered_ms: p.answered_ms };
  return db
    .insertInto("occurrence_rsvp")
    .values({ event_id: p.event_id, user_id: p.user_id, ...columns })
    .onConflict((conflict) => conflict.columns(["event_id", "user_id"]).doUpdateSet(columns));
});

export async function upsertAnswer(sql: Sql, row: AnswerRow): Promise<void> {
  await upsert.run(sql, row);
  await countAnswer(sql, row.group_id, row.user_id);
}

const answer = prepared((db, p: { event: EventId; user: UserId }) =>
  db.selectFrom("occurrence_rsvp").selectAll().where("event_id", "=", p.event).where("user_id", "=", p.user),
);

export function findAnswer(sql: Sql, event: EventId, user: UserId): Promise<AnswerRow | undefined> {
  return answer.first(sql, { event, user });
}

const answersAhead = prepared((db, p: { group: EventId; user: UserId; now: number }) =>
  db
    .deleteFrom("occurrence_rsvp")
    .where("group_id", "=", p.group)
    .where("user_id", "=", p.user)
    .where("event_id", "in", (eb) =>
      eb
        .selectFrom("event")
        .select("id")
        .where("group_id", "=", p.group)
        .where((e) => e(e("start_ms", "+", e.ref("duration_ms")), ">", p.now)),
    ),
);

/** Drops what somebody answered for occurrences that are not over; says whether there was any. */
export async function deleteAnswersAhead(
  sql: Sql,
  group: EventId,
  user: UserId,
  now: number,
): Promise<boolean> {
  const { changes } = await answersAhead.run(sql, { group, user, now });
  if (changes > 0) await countAnswer(sql, group, user);
  return changes > 0;
}

/** How many places an answer takes beside those of the people who have accepted the series. */
function beyondSeries(eb: ExpressionBuilder<Counted, "o" | "p">) {
  return eb.fn.coalesce(
    eb.fn.sum<number>(
      eb
        .case()
        .when(eb.and([eb("o.rsvp", "=", "accepted"), eb("p.rsvp", "!=", "accepted")]))
        .then(eb.lit(1))
        .when(eb.and([eb("o.rsvp", "!=", "accepted"), eb("p.rsvp", "=", "accepted")]))
        .then(eb.lit(-1))
        .else(eb.lit(0))
        .end(),
    ),
    eb.lit(0),
  );
}

type Counted = Schema & { o: OccurrenceRsvpTable; p: ParticipantTable };

const beyond = prepared((db, p: { event: EventId }) =>
  db
    .selectFrom("occurrence_rsvp as o")
    .innerJoin("participant as p", (join) =>
      join
        .onRef("p.event_id", "=", "o.group_id")
        .onRef("p.user_id", "=", "o.user_id")
        .on("p.state", "=", "in"),
    )
    .select((eb) => beyondSeries(eb).as("count"))
    .where("o.event_id", "=", p.event),
);

/** How many more places of an occurrence are taken than people have accepted the series. */
export async function countBeyondSeries(sql: Sql, event: EventId): Promise<number> {
  return (await beyond.first(sql, { event }))?.count ?? 0;
}

const overfull = prepared((db, p: { group: EventId; accepted: number; now: number }) =>
  db
    .selectFrom("event as e")
    .leftJoin("occurrence_rsvp as o", "o.event_id", "e.id")
    .leftJoin("participant as p", (join) =>
      join
        .onRef("p.event_id", "=", "o.group_id")
        .onRef("p.user_id", "=", "o.user_id")
        .on("p.state", "=", "in"),
    )
    .select((eb) => ["e.id", eb(beyondSeries(eb), "+", p.accepted).as("taken")])
    .where("e.group_id", "=", p.group)
    .where("e.kind", "=", "occurrence")
    .where("e.cancelled", "=", 0)
    .where("e.capacity", "is not", null)
    .where((eb) => eb(eb("e.start_ms", "+", eb.ref("e.duration_ms")), ">", p.now))
    .groupBy(["e.id", "e.capacity"])
    .having((eb) => eb(eb(beyondSeries(eb), "+", p.accepted), ">", eb.ref("e.capacity")))
    .limit(1),
);

/** An occurrence that is not over and has fewer places than are taken. */
export function findOverfull(sql: Sql, group: EventId, accepted: number, now: number) {
  return overfull.first(sql, { group, accepted, now });
}
