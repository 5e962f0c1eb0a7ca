import type { EventId, UserId } from "@jarvis/contract";
import { sql as raw } from "kysely";
import type { Sql } from "../db/database.ts";
import { prepared } from "../db/prepared.ts";
import type { PollVoteTable } from "../db/schema-polls.ts";

const all = prepared((db, p: { event: EventId }) =>
  db.selectFrom("poll_vote").select(["user_id", "votes", "secret"]).where("event_id", "=", p.event),
);

export type VoteRow = Awaited<ReturnType<typeof listVotes>>[number];

/** Everybody's votes: there is a row of each person who has voted on something, and of nobody else. */
export function listVotes(sql: Sql, event: EventId) {
  return all.all(sql, { event });
}

const one = prepared((db, p: { event: EventId; user: UserId }) =>
  db.selectFrom("poll_vote").select("votes").where("event_id", "=", p.event).where("user_id", "=", p.user),
);

export async function findVotes(sql: Sql, event: EventId, user: UserId): Promise<string> {
  return (await one.first(sql, { event, user }))?.votes ?? "";
}

const upsert = prepared((db, p: PollVoteTable) =>
  db
    .insertInto("poll_vote")
    .values({ event_id: p.event_id, user_id: p.user_id, votes: p.votes, secret: p.secret })
    .onConflict((conflict) =>
      conflict.columns(["event_id", "user_id"]).doUpdateSet({ votes: p.votes, secret: p.secret }),
    ),
);
const remove = prepared((db, p: { event: EventId; user: UserId }) =>
  db.deleteFrom("poll_vote").where("event_id", "=", p.event).where("user_id", "=", p.user),
);

/** Nothing voted is no row. */
export async function updateVotes(sql: Sql, row: PollVoteTable): Promise<void> {
  if (row.votes === "") await deleteVotes(sql, row.event_id, row.user_id);
  else await upsert.run(sql, row);
}

export async function deleteVotes(sql: Sql, event: EventId, user: UserId): Promise<void> {
  await remove.run(sql, { event, user });
}

/** What people voted on the option in this slot, so that the next one there begins with nothing. */
export async function deleteVotesIn(sql: Sql, event: EventId, slot: number): Promise<void> {
  await sql
    .updateTable("poll_vote")
    .set({
      votes: raw<string>`rtrim(substr(votes, 1, ${slot}) || '-' || substr(votes, ${slot + 2}), '-')`,
    })
    .where("event_id", "=", event)
    .where(raw<boolean>`substr(votes, ${slot + 1}, 1) not in ('', '-')`)
    .execute();
  await sql.deleteFrom("poll_vote").where("event_id", "=", event).where("votes", "=", "").execute();
}
