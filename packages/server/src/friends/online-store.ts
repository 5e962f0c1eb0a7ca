import type { EventId, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { inList } from "../db/in-list.ts";
import { prepared } from "../db/prepared.ts";

/** Those of them whose online state may be shown at all, and all that decides to whom: for many people at once. */
const circles = prepared((db, p: { users: readonly UserId[]; now: number }) =>
  db
    .with("shown", (with_) =>
      with_.selectFrom("user").select("id").where(inList("id", p.users)).where("show_online", "=", 1),
    )
    .selectFrom("shown as s")
    .select((eb) => [
      "s.id as user_id",
      eb.val("shows").as("kind"),
      eb.cast<string>("s.id", "text").as("other"),
      eb.cast<number | null>(eb.lit(null), "bigint").as("end_ms"),
    ])
    .unionAll((all) =>
      all
        .selectFrom("shown as s")
        .innerJoin("friendship as f", "f.user_id", "s.id")
        .select((eb) => [
          "s.id as user_id",
          eb.val("friend").as("kind"),
          eb.cast<string>("f.friend_id", "text").as("other"),
          eb.cast<number | null>(eb.lit(null), "bigint").as("end_ms"),
        ]),
    )
    .unionAll((all) =>
      all
        .selectFrom("shown as s")
        .innerJoin("block as b", "b.user_id", "s.id")
        .select((eb) => [
          "s.id as user_id",
          eb.val("blocked").as("kind"),
          eb.cast<string>("b.blocked_id", "text").as("other"),
          eb.cast<number | null>(eb.lit(null), "bigint").as("end_ms"),
        ]),
    )
    .unionAll((all) =>
      all
        .selectFrom("shown as s")
        .innerJoin("block as b", "b.blocked_id", "s.id")
        .select((eb) => [
          "s.id as user_id",
          eb.val("blocked").as("kind"),
          eb.cast<string>("b.user_id", "text").as("other"),
          eb.cast<number | null>(eb.lit(null), "bigint").as("end_ms"),
        ]),
    )
    .unionAll((all) =>
      all
        .selectFrom("shown as s")
        .innerJoin("participant as p", "p.user_id", "s.id")
        .innerJoin("event as e", "e.id", "p.event_id")
        .select((eb) => [
          "s.id as user_id",
          eb.val("event").as("kind"),
          eb.cast<string>("e.id", "text").as("other"),
          eb("e.start_ms", "+", eb.ref("e.duration_ms")).as("end_ms"),
        ])
        .where("p.state", "=", "in")
        .where("p.delivered", "=", 1)
        .where("p.rsvp", "!=", "declined")
        // Anybody may invite anybody: until one has answered, that tells nobody whether one is there.
        .where("p.rsvp", "!=", "none")
        .where("e.cancelled", "=", 0)
        .where((eb) =>
          eb.or([
            eb("e.start_ms", "is", null),
            eb(eb("e.start_ms", "+", eb.ref("e.duration_ms")), ">", p.now),
          ]),
        ),
    ),
);

export function listCircles(sql: Sql, users: readonly UserId[], now: number) {
  return circles.all(sql, { users, now });
}

const ofEvent = prepared((db, p: { event: EventId }) =>
  db.selectFrom("participant").select("user_id").where("event_id", "=", p.event).where("state", "=", "in"),
);

export async function listPeopleIn(sql: Sql, event: EventId): Promise<UserId[]> {
  return (await ofEvent.all(sql, { event })).map(({ user_id }) => user_id);
}

const seen = prepared((db, p: { user: UserId }) =>
  db.selectFrom("last_seen").select("seen_ms").where("user_id", "=", p.user),
);

export async function findLastSeen(sql: Sql, user: UserId): Promise<number | null> {
  return (await seen.first(sql, { user }))?.seen_ms ?? null;
}

const see = prepared((db, p: { user: UserId; seenMs: number }) =>
  db
    .insertInto("last_seen")
    .columns(["user_id", "seen_ms"])
    .expression(
      db
        .selectFrom("user")
        .select((eb) => ["id", eb.val(p.seenMs).as("seen_ms")])
        .where("id", "=", p.user)
        .where("show_online", "=", 1),
    )
    .onConflict((conflict) =>
      conflict.column("user_id").doUpdateSet((eb) => ({ seen_ms: eb.ref("excluded.seen_ms") })),
    ),
);

/** Of somebody who is still there and still shows it. */
export async function upsertLastSeen(sql: Sql, user: UserId, seenMs: number): Promise<void> {
  await see.run(sql, { user, seenMs });
}
