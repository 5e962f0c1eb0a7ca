import type { EventId, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { inList } from "../db/in-list.ts";
import { prepared } from "../db/prepared.ts";
import type { OccurrenceRsvpTable } from "../db/schema.ts";

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
  await answersOf.run(sql, { group, user });
}
