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
    .innerJoin("event as e", "e.id", "p.event_id")
    .selectAll("e")
    .where("p.user_id", "=", p.user)
    .where("p.state", "=", "in")
    .where("p.delivered", "=", 1)
    .where("p.rsvp", "!=", "declined")
    .where("e.start_ms", "<", p.toMs)
    .where((eb) => eb(eb("e.start_ms", "+", eb.ref("e.duration_ms")), ">", p.fromMs))
    .orderBy("e.start_ms")
    .orderBy("e.id")
    .limit(p.limit),
);

/** The events in the range that somebody takes part in or is invited to. */
export function listOwn(sql: Sql, range: OwnRange) {
  return own.all(sql, range);
}

type SharedRange = OwnRange & { viewer: UserId };

const shared = prepared((db, p: SharedRange) =>
  db
    .selectFrom("participant as mine")
    .innerJoin("participant as theirs", "theirs.event_id", "mine.event_id")
    .innerJoin("event as e", "e.id", "mine.event_id")
    .selectAll("e")
    .where("mine.user_id", "=", p.viewer)
    .where("theirs.user_id", "=", p.user)
    .where("mine.state", "=", "in")
    .where("theirs.state", "=", "in")
    .where("mine.rsvp", "=", "accepted")
    .where("theirs.rsvp", "=", "accepted")
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
    .innerJoin("event as e", "e.id", "theirs.event_id")
    .leftJoin("participant as mine", (join) =>
      join
        .onRef("mine.event_id", "=", "theirs.event_id")
        .on("mine.user_id", "=", p.viewer)
        .on("mine.state", "=", "in")
        .on("mine.rsvp", "=", "accepted"),
    )
    .select(["e.start_ms", "e.duration_ms"])
    .where("theirs.user_id", "=", p.user)
    .where("theirs.state", "=", "in")
    .where("theirs.rsvp", "=", "accepted")
    .where("mine.user_id", "is", null)
    .where("e.cancelled", "=", 0)
    .where("e.start_ms", "<", p.toMs)
    .where((eb) => eb(eb("e.start_ms", "+", eb.ref("e.duration_ms")), ">", p.fromMs))
    .orderBy("e.start_ms"),
);

/** When somebody is busy with what the viewer has not accepted as well. */
export function listRest(sql: Sql, range: { user: UserId; viewer: UserId; fromMs: number; toMs: number }) {
  return rest.all(sql, range);
}
