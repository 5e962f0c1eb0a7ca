import type { EventId, Precision, SharingState, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { prepared } from "../db/prepared.ts";
import { blocksBetween, personIn } from "../db/relations.ts";

const sharingOf = prepared((db, p: { event: EventId; user: UserId }) =>
  db.selectFrom("sharing").selectAll().where("event_id", "=", p.event).where("user_id", "=", p.user),
);

export function findSharing(sql: Sql, event: EventId, user: UserId) {
  return sharingOf.first(sql, { event, user });
}

interface SharingValues {
  event: EventId;
  user: UserId;
  state: SharingState;
  precision: Precision;
  since: number | null;
  until: number | null;
  /** Null: as the person's setting says. */
  untilArrival: number | null;
  now: number;
}

const upsertSharing = prepared((db, p: SharingValues) =>
  db
    .insertInto("sharing")
    .values({
      event_id: p.event,
      user_id: p.user,
      state: p.state,
      precision: p.precision,
      since_ms: p.since,
      until_ms: p.until,
      updated_ms: p.now,
      until_arrival: p.untilArrival,
    })
    .onConflict((conflict) =>
      conflict.columns(["event_id", "user_id"]).doUpdateSet((eb) => ({
        state: eb.ref("excluded.state"),
        precision: eb.ref("excluded.precision"),
        since_ms: eb.ref("excluded.since_ms"),
        until_ms: eb.ref("excluded.until_ms"),
        updated_ms: eb.ref("excluded.updated_ms"),
        until_arrival: eb.ref("excluded.until_arrival"),
      })),
    ),
);

export async function updateSharing(sql: Sql, values: SharingValues): Promise<void> {
  await upsertSharing.run(sql, values);
}

const clearAudience = prepared((db, p: { event: EventId; sharer: UserId }) =>
  db.deleteFrom("share_audience").where("event_id", "=", p.event).where("sharer_id", "=", p.sharer),
);

/**
 * The people of this event at this moment, invited included; blocked pairs never see each other. Who is known as an
 * address alone is not among them: the sharer is told who sees them, and cannot be told who that is.
 */
function peopleFor(db: Sql, event: EventId, sharer: UserId) {
  return db
    .selectFrom("event as e")
    .innerJoin("participant as v", "v.event_id", "e.group_id")
    .leftJoin("occurrence_rsvp as o", (on) =>
      on.onRef("o.event_id", "=", "e.id").onRef("o.user_id", "=", "v.user_id"),
    )
    .where("e.id", "=", event)
    .where("v.user_id", "!=", sharer)
    .where("v.state", "=", "in")
    .where("v.delivered", "=", 1)
    .where("v.rsvp", "!=", "declined")
    .where((row) => row.or([row("o.rsvp", "is", null), row("o.rsvp", "!=", "declined")]))
    .where((row) => row.or([row("v.invitation_id", "is", null), row("v.rsvp", "!=", "none")]))
    .where((row) => row.not(row.exists(blocksBetween(db, sharer, personIn("v.user_id")))));
}

const fillAudience = prepared((db, p: { event: EventId; sharer: UserId; since: number }) =>
  db
    .insertInto("share_audience")
    .columns(["event_id", "sharer_id", "viewer_id", "since_ms"])
    .expression(
      peopleFor(db, p.event, p.sharer).select((row) => [
        "e.id as event_id",
        row.val(p.sharer).as("sharer_id"),
        "v.user_id",
        row.val(p.since).as("since_ms"),
      ]),
    )
    .onConflict((conflict) => conflict.doNothing()),
);

const dropOthers = prepared((db, p: { event: EventId; sharer: UserId }) =>
  db
    .deleteFrom("share_audience")
    .where("event_id", "=", p.event)
    .where("sharer_id", "=", p.sharer)
    .where("viewer_id", "not in", peopleFor(db, p.event, p.sharer).select("v.user_id")),
);

export interface AudienceChange {
  event: EventId;
  sharer: UserId;
  /** Since when those count who were not in it. */
  since: number;
  /** Whether those who are in it stay since when they are. */
  keeps: boolean;
}

/** Whoever is in the event now becomes the audience, and nobody else. */
export async function updateAudience(sql: Sql, change: AudienceChange): Promise<void> {
  const { event, sharer, since, keeps } = change;
  if (keeps) await dropOthers.run(sql, { event, sharer });
  else await clearAudience.run(sql, { event, sharer });
  await fillAudience.run(sql, { event, sharer, since });
}

const setting = prepared((db, p: { user: UserId }) =>
  db.selectFrom("user").select("until_arrival").where("id", "=", p.user),
);

/** What holds for this person's sharing where they said nothing else for an event. */
export async function findUntilArrival(sql: Sql, user: UserId): Promise<boolean> {
  return (await setting.first(sql, { user }))?.until_arrival === 1;
}

export async function deleteAudience(sql: Sql, event: EventId, sharer: UserId): Promise<void> {
  await clearAudience.run(sql, { event, sharer });
}
const eventFix = prepared((db, p: { event: EventId; user: UserId }) =>
  db.deleteFrom("fix").where("user_id", "=", p.user).where("event_id", "=", p.event),
);

export async function deleteEventFix(sql: Sql, event: EventId, user: UserId): Promise<void> {
  await eventFix.run(sql, { event, user });
}

const others = prepared((db, p: { event: EventId; sharer: UserId }) =>
  db
    .selectFrom("event as e")
    .innerJoin("participant as v", "v.event_id", "e.group_id")
    .leftJoin("occurrence_rsvp as o", (on) =>
      on.onRef("o.event_id", "=", "e.id").onRef("o.user_id", "=", "v.user_id"),
    )
    .leftJoin("share_audience as a", (on) =>
      on
        .onRef("a.event_id", "=", "e.id")
        .on("a.sharer_id", "=", p.sharer)
        .onRef("a.viewer_id", "=", "v.user_id"),
    )
    .select((eb) => [
      "v.user_id as id",
      "v.state",
      "v.delivered",
      eb.fn.coalesce("o.rsvp", "v.rsvp").as("rsvp"),
      "v.invitation_id",
      "a.viewer_id as audience",
      eb.exists(blocksBetween(db, p.sharer, personIn("v.user_id"))).as("blocked"),
    ])
    .where("e.id", "=", p.event)
    .where("v.user_id", "!=", p.sharer)
    .orderBy("v.user_id"),
);

/** Everybody else with a row in the event, and whether they are in the sharer's audience. */
export function listOthers(sql: Sql, event: EventId, sharer: UserId) {
  return others.all(sql, { event, sharer });
}

const endSharing = prepared((db, p: { event: EventId; user: UserId }) =>
  db
    .updateTable("sharing")
    .set({ state: "off", since_ms: null, until_ms: null })
    .where("event_id", "=", p.event)
    .where("user_id", "=", p.user),
);

/** Off, not forgotten: a device that goes on uploading must not turn it on again. */
export async function updateSharingToOff(sql: Sql, event: EventId, user: UserId): Promise<void> {
  await endSharing.run(sql, { event, user });
}

/** Driven from the sharers, because the key of these tables has the viewer last. */
const sharersOf = (db: Sql, event: EventId) =>
  db.selectFrom("sharing").select("user_id").where("event_id", "=", event);

const audienceWith = prepared((db, p: { event: EventId; viewer: UserId }) =>
  db
    .deleteFrom("share_audience")
    .where("event_id", "=", p.event)
    .where("viewer_id", "=", p.viewer)
    .where("sharer_id", "in", sharersOf(db, p.event)),
);

/** Nobody shares with this person any more. That they looked stays known: leaving must not cover it up. */
export async function deleteAsViewer(sql: Sql, event: EventId, viewer: UserId): Promise<void> {
  await audienceWith.run(sql, { event, viewer });
}

/** Where somebody has ever consented: only there do they have an audience. */
const eventsOf = (db: Sql, user: UserId) =>
  db.selectFrom("sharing").select("event_id").where("user_id", "=", user);

const audienceBetween = prepared((db, p: { sharer: UserId; viewer: UserId }) =>
  db
    .deleteFrom("share_audience")
    .where("event_id", "in", eventsOf(db, p.sharer))
    .where("sharer_id", "=", p.sharer)
    .where("viewer_id", "=", p.viewer)
    .returning("event_id"),
);

/** One direction, in all events. Answers where something ended. */
export async function deleteShare(sql: Sql, sharer: UserId, viewer: UserId): Promise<EventId[]> {
  const ended = await audienceBetween.all(sql, { sharer, viewer });
  return ended.map(({ event_id }) => event_id);
}

const occurrencesShared = prepared((db, p: { group: EventId }) =>
  db
    .selectFrom("event as e")
    .select("e.id")
    .where("e.group_id", "=", p.group)
    .where("e.kind", "=", "occurrence")
    .where((eb) =>
      eb.or([
        eb.exists(eb.selectFrom("sharing as s").select("s.user_id").whereRef("s.event_id", "=", "e.id")),
        eb.exists(
          eb.selectFrom("location_request as r").select("r.from_id").whereRef("r.event_id", "=", "e.id"),
        ),
      ]),
    ),
);

/** The occurrences of a series in which anybody has shared, or was asked to. */
export async function listOccurrencesShared(sql: Sql, group: EventId): Promise<EventId[]> {
  return (await occurrencesShared.all(sql, { group })).map(({ id }) => id);
}
