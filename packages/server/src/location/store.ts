import { type EventId, locationWindow, type UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { prepared } from "../db/prepared.ts";
import { preparedRows } from "../db/prepared-rows.ts";
import { inList } from "../db/in-list.ts";
import type { FixTable } from "../db/schema.ts";

const columns = [
  "user_id",
  "event_id",
  "latitude",
  "longitude",
  "accuracy",
  "altitude",
  "speed",
  "heading",
  "battery",
  "at_ms",
  "received_ms",
] as const;

/**
 * The hottest write of the product. What is shared in an event is not written once consent to that has ended; a person who
 * was erased is no more. An older fix changes nothing, so that the newest never moves back.
 */
const upsert = preparedRows<FixTable>(
  {
    user_id: "text",
    event_id: "text",
    latitude: "double precision",
    longitude: "double precision",
    accuracy: "double precision",
    altitude: "double precision",
    speed: "double precision",
    heading: "double precision",
    battery: "double precision",
    at_ms: "bigint",
    received_ms: "bigint",
  },
  (db, fixes) =>
    db
      .with(`f(${columns.join(", ")})` as "f", () => fixes)
      .insertInto("fix")
      .columns(columns)
      .expression((db) =>
        db
          .selectFrom("f")
          .innerJoin("user as u", "u.id", "f.user_id")
          .select(columns.map((column) => `f.${column}` as const))
          .where((eb) =>
            eb.or([
              eb("f.event_id", "=", ""),
              eb.exists(
                eb
                  .selectFrom("sharing as s")
                  .select("s.user_id")
                  .whereRef("s.event_id", "=", "f.event_id")
                  .whereRef("s.user_id", "=", "f.user_id")
                  .where("s.state", "=", "on")
                  .whereRef("s.since_ms", "<=", "f.received_ms")
                  .whereRef("s.until_ms", ">", "f.received_ms"),
              ),
            ]),
          ),
      )
      .onConflict((conflict) =>
        conflict
          .columns(["user_id", "event_id"])
          .doUpdateSet((eb) => ({
            latitude: eb.ref("excluded.latitude"),
            longitude: eb.ref("excluded.longitude"),
            accuracy: eb.ref("excluded.accuracy"),
            altitude: eb.ref("excluded.altitude"),
            speed: eb.ref("excluded.speed"),
            heading: eb.ref("excluded.heading"),
            battery: eb.ref("excluded.battery"),
            at_ms: eb.ref("excluded.at_ms"),
            received_ms: eb.ref("excluded.received_ms"),
          }))
          .whereRef("excluded.at_ms", ">=", "fix.at_ms"),
      ),
);

/** How many of them were stored: not where a newer one was there already. Of each person and event there is one at most. */
export async function upsertFixes(sql: Sql, fixes: readonly FixTable[]): Promise<number> {
  return (await upsert.run(sql, fixes)).changes;
}

const person = prepared((db, p: { user: UserId }) =>
  db.selectFrom("user").select("id").where("id", "=", p.user),
);

export async function isPerson(sql: Sql, user: UserId): Promise<boolean> {
  return (await person.first(sql, { user })) !== undefined;
}

const ownFixes = prepared((db, p: { users: readonly UserId[] }) =>
  db.selectFrom("fix").selectAll().where(inList<UserId>("user_id", p.users)),
);

export function listOwnFixes(sql: Sql, users: readonly UserId[]) {
  return users.length === 0 ? Promise.resolve([]) : ownFixes.all(sql, { users });
}

const newestFixes = prepared((db, p: { after: number; limit: number }) =>
  db.selectFrom("fix").selectAll().where("at_ms", ">", p.after).orderBy("at_ms", "desc").limit(p.limit),
);

/** Newest first. */
export function listNewestFixes(sql: Sql, afterMs: number, limit: number) {
  return newestFixes.all(sql, { after: afterMs, limit });
}

/** Driven from the viewer's events: the key of the audience has the viewer last. */
const watchable = prepared((db, p: { viewer: UserId; now: number }) =>
  db
    .selectFrom("participant as v")
    .innerJoin("event as e", "e.group_id", "v.event_id")
    .innerJoin("sharing as s", "s.event_id", "e.id")
    .select("e.id")
    .distinct()
    .where("v.user_id", "=", p.viewer)
    .where("v.state", "=", "in")
    .where("e.cancelled", "=", 0)
    .where((eb) => eb(eb("e.start_ms", "-", locationWindow.beforeMs), "<=", p.now))
    .where((eb) =>
      eb(eb(eb("e.start_ms", "+", eb.ref("e.duration_ms")), "+", locationWindow.afterMs), ">", p.now),
    ),
);

/** Events of this person whose window is open and in which anybody has ever shared. */
export async function listWatchableEvents(sql: Sql, viewer: UserId, now: number): Promise<EventId[]> {
  return (await watchable.all(sql, { viewer, now })).map(({ id }) => id);
}

const audienceOf = prepared((db, p: { event: EventId; sharer: UserId; viewer: UserId }) =>
  db
    .selectFrom("share_audience as a")
    .innerJoin("sharing as s", (on) =>
      on.onRef("s.event_id", "=", "a.event_id").onRef("s.user_id", "=", "a.sharer_id"),
    )
    .select(["s.state", "s.since_ms", "s.until_ms"])
    .where("a.event_id", "=", p.event)
    .where("a.sharer_id", "=", p.sharer)
    .where("a.viewer_id", "=", p.viewer),
);

/** The consent that has this viewer in its audience. */
export function findConsentTo(sql: Sql, event: EventId, sharer: UserId, viewer: UserId) {
  return audienceOf.first(sql, { event, sharer, viewer });
}
