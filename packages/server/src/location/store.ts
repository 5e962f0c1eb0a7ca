import { type EventId, locationWindow, type UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { prepared } from "../db/prepared.ts";
import { inList } from "../db/in-list.ts";
import { blocksBetween } from "../db/relations.ts";
import type { FixTable } from "../db/schema.ts";
import { upsertLocationView } from "./view-store.ts";

/** What is shared in an event is not written once consent to that has ended; a person who was erased is no more. */
function mayBeKept(db: Sql, p: FixTable) {
  return db
    .selectFrom("user as u")
    .select((eb) => [
      eb.val(p.user_id).as("user_id"),
      eb.val(p.event_id).as("event_id"),
      eb.val(p.latitude).as("latitude"),
      eb.val(p.longitude).as("longitude"),
      eb.val(p.accuracy).as("accuracy"),
      eb.val(p.altitude).as("altitude"),
      eb.val(p.speed).as("speed"),
      eb.val(p.heading).as("heading"),
      eb.val(p.battery).as("battery"),
      eb.val(p.at_ms).as("at_ms"),
      eb.val(p.received_ms).as("received_ms"),
    ])
    .where("u.id", "=", p.user_id)
    .where((eb) =>
      eb.or([
        eb(eb.val(p.event_id), "=", ""),
        eb.exists(
          eb
            .selectFrom("sharing as s")
            .select("s.user_id")
            .where("s.event_id", "=", p.event_id as EventId) // "" is no event's
            .where("s.user_id", "=", p.user_id)
            .where("s.state", "=", "on")
            .where("s.since_ms", "<=", p.received_ms)
            .where("s.until_ms", ">", p.received_ms),
        ),
      ]),
    );
}

/** The hottest write of the product: one statement. An older fix changes nothing, so that the newest never moves back. */
const upsert = prepared((db, p: FixTable) =>
  db
    .insertInto("fix")
    .columns([
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
    ])
    .expression(mayBeKept(db, p))
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

/** False where a newer fix was there already. */
export async function upsertFix(sql: Sql, fix: FixTable): Promise<boolean> {
  return (await upsert.run(sql, fix)).changes > 0;
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

/** Of people who are still in it together, if not with each other's leave: a block ends what is known of looks. */
const view = prepared((db, p: { event: EventId; sharer: UserId; viewer: UserId; at: number }) =>
  db
    .insertInto("share_view")
    .columns(["event_id", "sharer_id", "viewer_id", "at_ms"])
    .expression(
      db
        .selectFrom("event as e")
        .innerJoin("participant as m", "m.event_id", "e.group_id")
        .innerJoin("user as u", (on) => on.on("u.id", "=", p.viewer))
        .select((eb) => ["e.id", "m.user_id", "u.id as viewer_id", eb.val(p.at).as("at_ms")])
        .where("e.id", "=", p.event)
        .where("m.user_id", "=", p.sharer)
        .where("m.state", "=", "in")
        .where("m.rsvp", "!=", "declined")
        .where((eb) => eb.not(eb.exists(blocksBetween(db, p.sharer, p.viewer)))),
    )
    .onConflict((conflict) =>
      conflict
        .columns(["event_id", "sharer_id", "viewer_id"])
        .doUpdateSet((eb) => ({ at_ms: eb.ref("excluded.at_ms") })),
    ),
);

interface LookValues {
  event: EventId;
  sharer: UserId;
  viewer: UserId;
  at: number;
}

/** Also of who has left or was blocked meanwhile, the sharer's own list says that they looked: that covers nothing up. */
export async function upsertView(sql: Sql, { event, sharer, viewer, at }: LookValues): Promise<void> {
  await view.run(sql, { event, sharer, viewer, at });
  await upsertLocationView(sql, { sharer, event, viewer, at });
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
