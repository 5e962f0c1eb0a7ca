import type { UserId } from "@jarvis/contract";
import type { Selectable } from "kysely";
import type { Sql } from "../db/database.ts";
import { prepared } from "../db/prepared.ts";
import type { UserTable } from "../db/schema.ts";

export type UserRow = Selectable<UserTable>;

const user = prepared((db, p: { id: UserId }) => db.selectFrom("user").selectAll().where("id", "=", p.id));

export function findUser(sql: Sql, id: UserId): Promise<UserRow | undefined> {
  return user.first(sql, { id });
}

interface OwnRange {
  user: UserId;
  fromMs: number;
  toMs: number;
  limit: number;
}

const own = prepared((db, p: OwnRange) =>
  db
    .selectFrom("participant as p")
    .innerJoin("event as e", "e.group_id", "p.event_id")
    .leftJoin("occurrence_rsvp as o", (join) =>
      join.onRef("o.event_id", "=", "e.id").onRef("o.user_id", "=", "p.user_id"),
    )
    .selectAll("e")
    .where("p.user_id", "=", p.user)
    .where("p.state", "=", "in")
    .where("p.delivered", "=", 1)
    .where("p.rsvp", "!=", "declined")
    .where("e.kind", "!=", "series")
    .where((eb) => eb.or([eb("o.rsvp", "is", null), eb("o.rsvp", "!=", "declined")]))
    .where("e.start_ms", "<", p.toMs)
    .where((eb) => eb(eb("e.start_ms", "+", eb.ref("e.duration_ms")), ">", p.fromMs))
    .orderBy("e.start_ms")
    .orderBy("e.id")
    .limit(p.limit),
);

/** The events in the range that somebody takes part in or is invited to; of a series its occurrences. */
export function listOwn(sql: Sql, range: OwnRange) {
  return own.all(sql, range);
}

type SharedRange = OwnRange & { viewer: UserId };

const shared = prepared((db, p: SharedRange) =>
  db
    .selectFrom("participant as mine")
    .innerJoin("participant as theirs", "theirs.event_id", "mine.event_id")
    .innerJoin("event as e", "e.group_id", "mine.event_id")
    .leftJoin("occurrence_rsvp as my", (join) =>
      join.onRef("my.event_id", "=", "e.id").onRef("my.user_id", "=", "mine.user_id"),
    )
    .leftJoin("occurrence_rsvp as their", (join) =>
      join.onRef("their.event_id", "=", "e.id").onRef("their.user_id", "=", "theirs.user_id"),
    )
    .selectAll("e")
    .where("mine.user_id", "=", p.viewer)
    .where("theirs.user_id", "=", p.user)
    .where("mine.state", "=", "in")
    .where("theirs.state", "=", "in")
    // Whoever has declined the series has taken back every answer.
    .where("mine.rsvp", "!=", "declined")
    .where("theirs.rsvp", "!=", "declined")
    .where((eb) => eb(eb.fn.coalesce("my.rsvp", "mine.rsvp"), "=", "accepted"))
    .where((eb) => eb(eb.fn.coalesce("their.rsvp", "theirs.rsvp"), "=", "accepted"))
    .where("e.kind", "!=", "series")
    .where("e.start_ms", "<", p.toMs)
    .where((eb) => eb(eb("e.start_ms", "+", eb.ref("e.duration_ms")), ">", p.fromMs))
    .orderBy("e.start_ms")
    .orderBy("e.id")
    .limit(p.limit),
);

/** The events in the range that both have accepted. */
export function listShared(sql: Sql, range: SharedRange) {
  return shared.all(sql, range);
}

const rest = prepared((db, p: { user: UserId; viewer: UserId; fromMs: number; toMs: number }) =>
  db
    .selectFrom("participant as theirs")
    .innerJoin("event as e", "e.group_id", "theirs.event_id")
    .leftJoin("participant as mine", (join) =>
      join
        .onRef("mine.event_id", "=", "theirs.event_id")
        .on("mine.user_id", "=", p.viewer)
        .on("mine.state", "=", "in"),
    )
    .leftJoin("occurrence_rsvp as my", (join) =>
      join.onRef("my.event_id", "=", "e.id").on("my.user_id", "=", p.viewer),
    )
    .leftJoin("occurrence_rsvp as their", (join) =>
      join.onRef("their.event_id", "=", "e.id").onRef("their.user_id", "=", "theirs.user_id"),
    )
    .select(["e.start_ms", "e.duration_ms"])
    .where("theirs.user_id", "=", p.user)
    .where("theirs.state", "=", "in")
    .where((eb) => eb(eb.fn.coalesce("their.rsvp", "theirs.rsvp"), "=", "accepted"))
    .where((eb) =>
      eb.or([eb("mine.rsvp", "is", null), eb(eb.fn.coalesce("my.rsvp", "mine.rsvp"), "!=", "accepted")]),
    )
    .where("e.kind", "!=", "series")
    .where("e.cancelled", "=", 0)
    .where("e.start_ms", "<", p.toMs)
    .where((eb) => eb(eb("e.start_ms", "+", eb.ref("e.duration_ms")), ">", p.fromMs))
    .orderBy("e.start_ms"),
);

/** When somebody is busy with what the viewer has not accepted as well. */
export function listRest(sql: Sql, range: { user: UserId; viewer: UserId; fromMs: number; toMs: number }) {
  return rest.all(sql, range);
}
