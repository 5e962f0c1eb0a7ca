import type { UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { prepared } from "../db/prepared.ts";
import type { FeedTable } from "../db/schema.ts";

const byHash = prepared((db, p: { hash: Uint8Array }) =>
  db.selectFrom("feed").selectAll().where("hash", "=", p.hash),
);

export function findFeedByHash(sql: Sql, hash: Uint8Array): Promise<FeedTable | undefined> {
  return byHash.first(sql, { hash });
}

const entries = prepared(
  (db, p: { user: UserId; fromMs: number; toMs: number }) =>
    db
      .selectFrom("participant as p")
      .innerJoin("event as e", "e.id", "p.event_id")
      .select(["e.id", "e.name", "e.description", "e.start_ms", "e.duration_ms"])
      .select(["e.place_name", "e.place_address", "e.place_latitude", "e.place_longitude"])
      .select(["e.cancelled", "e.version", "e.created_ms", "e.updated_ms"])
      .select(["p.rsvp", "p.answers", "p.answered_ms"])
      .where("p.user_id", "=", p.user)
      .where("p.state", "=", "in")
      .where("p.delivered", "=", 1)
      .where("p.rsvp", "!=", "declined")
      .where("e.start_ms", "<", p.toMs)
      .where((eb) => eb(eb("e.start_ms", "+", eb.ref("e.duration_ms")), ">", p.fromMs))
      .orderBy("e.start_ms")
      .orderBy("e.id")
      .$narrowType<{ start_ms: number }>(), // compared above
);

/** What somebody's calendar has: the events of the range that they read and have not declined. */
export function listEntries(sql: Sql, user: UserId, { fromMs, toMs }: { fromMs: number; toMs: number }) {
  return entries.all(sql, { user, fromMs, toMs });
}
