import type { EventId, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { prepared } from "../db/prepared.ts";

export function listIdentities(sql: Sql, user: UserId) {
  return sql
    .selectFrom("identity")
    .select(["issuer", "subject", "created_ms"])
    .where("user_id", "=", user)
    .orderBy("issuer")
    .orderBy("subject")
    .execute();
}

export function listPasskeys(sql: Sql, user: UserId) {
  return sql
    .selectFrom("passkey")
    .select(["id", "name", "created_ms", "used_ms"])
    .where("user_id", "=", user)
    .orderBy("created_ms")
    .execute();
}

export function listFeeds(sql: Sql, user: UserId) {
  return sql
    .selectFrom("feed")
    .select(["id", "kind", "created_ms", "used_ms"])
    .where("user_id", "=", user)
    .orderBy("kind")
    .execute();
}

export function listSessions(sql: Sql, user: UserId) {
  return sql
    .selectFrom("session")
    .select(["id", "created_ms", "signed_in_ms", "opened_by", "used_ms", "expires_ms"])
    .where("user_id", "=", user)
    .orderBy("created_ms")
    .execute();
}

export function listFriends(sql: Sql, user: UserId) {
  return sql
    .selectFrom("friendship as f")
    .innerJoin("user as u", "u.id", "f.friend_id")
    .select(["u.id", "u.username", "f.since_ms"])
    .where("f.user_id", "=", user)
    .orderBy("f.friend_id")
    .execute();
}

export function listBlocks(sql: Sql, user: UserId) {
  return sql
    .selectFrom("block as b")
    .innerJoin("user as u", "u.id", "b.blocked_id")
    .select(["u.id", "u.username", "b.created_ms"])
    .where("b.user_id", "=", user)
    .orderBy("b.blocked_id")
    .execute();
}

/** The caller's part in every event; one that has not reached them is not theirs to know. */
export function listEvents(sql: Sql, user: UserId) {
  return sql
    .selectFrom("participant as p")
    .innerJoin("event as e", "e.id", "p.event_id")
    .select(["e.id", "e.name", "e.start_ms", "e.duration_ms"])
    .select(["p.role", "p.rsvp", "p.state", "p.delivered", "p.invited_ms", "p.answered_ms", "p.left_ms"])
    .select("p.answers")
    .where("p.user_id", "=", user)
    .where((eb) => eb.or([eb("p.delivered", "=", 1), eb("p.left_ms", "is not", null)]))
    .orderBy("p.event_id")
    .execute();
}

function eventsOf(sql: Sql, user: UserId) {
  return sql.selectFrom("participant").select("event_id").where("user_id", "=", user);
}

/** The same, with the occurrences of series among them. */
function occurrencesOf(sql: Sql, user: UserId) {
  return sql
    .selectFrom("event as e")
    .innerJoin("participant as p", "p.event_id", "e.group_id")
    .select("e.id")
    .where("p.user_id", "=", user);
}

/** What the caller answered for single occurrences of series. */
export function listOccurrenceAnswers(sql: Sql, user: UserId) {
  return sql
    .selectFrom("occurrence_rsvp")
    .select(["event_id as event", "rsvp", "answered_ms"])
    .where("group_id", "in", eventsOf(sql, user))
    .where("user_id", "=", user)
    .orderBy("event_id")
    .execute();
}

export function listTyped(sql: Sql, user: UserId) {
  return sql
    .selectFrom("invitation")
    .select(["event_id as event", "email", "created_ms"])
    .where("event_id", "in", eventsOf(sql, user))
    .where("invited_by", "=", user)
    .orderBy("event_id")
    .orderBy("id")
    .execute();
}

const messagePage = prepared((db, p: { user: UserId; event: EventId; after: number; limit: number }) =>
  db
    .selectFrom("message")
    .select(["event_id as event", "seq", "id", "text", "sent_ms", "edited_ms", "deleted_ms"])
    .select(["reply_to", "client_id", "mentions", "system"])
    .where("event_id", "=", p.event)
    .where("author_id", "=", p.user)
    .where("seq", ">", p.after)
    .orderBy("seq")
    .limit(p.limit),
);

/** Own messages of one chat, a page at a time. */
export function listMessages(sql: Sql, user: UserId, event: EventId, after: number, limit: number) {
  return messagePage.all(sql, { user, event, after, limit });
}

export async function listMemberships(sql: Sql, user: UserId): Promise<EventId[]> {
  return (await eventsOf(sql, user).orderBy("event_id").execute()).map(({ event_id }) => event_id);
}

export function listPhotos(sql: Sql, user: UserId) {
  return sql
    .selectFrom("photo")
    .select(["id", "event_id as event", "type", "width", "height", "bytes", "created_ms"])
    .where("uploader_id", "=", user)
    .orderBy("created_ms")
    .execute();
}

export function listReactions(sql: Sql, user: UserId) {
  return sql
    .selectFrom("reaction")
    .select(["event_id as event", "seq", "emoji"])
    .where("event_id", "in", eventsOf(sql, user))
    .where("user_id", "=", user)
    .orderBy("event_id")
    .orderBy("entry")
    .execute();
}

export function listPins(sql: Sql, user: UserId) {
  return sql
    .selectFrom("pin")
    .select(["event_id as event", "seq"])
    .where("event_id", "in", eventsOf(sql, user))
    .where("user_id", "=", user)
    .orderBy("event_id")
    .orderBy("seq")
    .execute();
}

/** With every option of the polls that the caller has voted in: which of them, the votes say. */
export function listVotes(sql: Sql, user: UserId) {
  return sql
    .selectFrom("poll_vote as v")
    .innerJoin("poll_option as o", "o.event_id", "v.event_id")
    .select([
      "v.event_id as event",
      "v.votes",
      "o.id as option",
      "o.slot",
      "o.start_ms",
      "o.duration_ms",
      "o.date",
    ])
    .where("v.event_id", "in", eventsOf(sql, user))
    .where("v.user_id", "=", user)
    .orderBy("v.event_id")
    .orderBy("o.slot")
    .execute();
}

/** Not where nothing has reached the caller. */
export async function listRequiredIn(sql: Sql, user: UserId): Promise<EventId[]> {
  const rows = await sql
    .selectFrom("participant as p")
    .innerJoin("poll_required as r", (on) =>
      on.onRef("r.event_id", "=", "p.event_id").onRef("r.user_id", "=", "p.user_id"),
    )
    .select("p.event_id")
    .where("p.user_id", "=", user)
    .where("p.delivered", "=", 1)
    .orderBy("p.event_id")
    .execute();
  return rows.map(({ event_id }) => event_id);
}

export function listReadMarkers(sql: Sql, user: UserId) {
  return sql
    .selectFrom("read_marker")
    .select(["event_id as event", "seq"])
    .where("event_id", "in", eventsOf(sql, user))
    .where("user_id", "=", user)
    .orderBy("event_id")
    .execute();
}

export function listFixes(sql: Sql, user: UserId) {
  return sql.selectFrom("fix").selectAll().where("user_id", "=", user).orderBy("event_id").execute();
}

export function listConsents(sql: Sql, user: UserId) {
  return sql.selectFrom("sharing").selectAll().where("user_id", "=", user).orderBy("event_id").execute();
}

export function listAvailability(sql: Sql, user: UserId) {
  return sql
    .selectFrom("availability")
    .select(["event_id as event", "from_ms", "to_ms", "updated_ms"])
    .where("user_id", "=", user)
    .orderBy("event_id")
    .execute();
}

export function listStarts(sql: Sql, user: UserId) {
  return sql
    .selectFrom("start_point")
    .select(["event_id as event", "latitude", "longitude", "mode", "updated_ms"])
    .where("user_id", "=", user)
    .orderBy("event_id")
    .execute();
}

/** Whom the caller lets see them. Whose account an unanswered invitation by e-mail has reached is not told. */
export function listAudience(sql: Sql, user: UserId) {
  return sql
    .selectFrom("share_audience as a")
    .innerJoin("event as e", "e.id", "a.event_id")
    .innerJoin("participant as p", (on) =>
      on.onRef("p.event_id", "=", "e.group_id").onRef("p.user_id", "=", "a.viewer_id"),
    )
    .select(["a.event_id", "a.viewer_id"])
    .where("a.event_id", "in", occurrencesOf(sql, user))
    .where("a.sharer_id", "=", user)
    .where((eb) => eb.or([eb("p.invitation_id", "is", null), eb("p.rsvp", "!=", "none")]))
    .orderBy("a.event_id")
    .orderBy("a.viewer_id")
    .execute();
}

export function listLocationRequests(sql: Sql, user: UserId) {
  return sql
    .selectFrom("location_request")
    .selectAll()
    .where("event_id", "in", occurrencesOf(sql, user))
    .where((eb) => eb.or([eb("from_id", "=", user), eb("to_id", "=", user)]))
    .orderBy("event_id")
    .orderBy("from_id")
    .orderBy("to_id")
    .execute();
}

export function listViews(sql: Sql, user: UserId) {
  return sql
    .selectFrom("location_view")
    .select(["event_id as event", "sharer_id as sharer", "viewer_id as viewer", "at_ms"])
    .where((eb) => eb.or([eb("sharer_id", "=", user), eb("viewer_id", "=", user)]))
    .orderBy("at_ms")
    .execute();
}

export function listShares(sql: Sql, user: UserId) {
  return sql
    .selectFrom("friend_share")
    .select(["friend_id as friend", "precision", "since_ms", "until_ms", "viewed_ms"])
    .where("user_id", "=", user)
    .orderBy("friend_id")
    .execute();
}

export function listJourneys(sql: Sql, user: UserId) {
  return sql
    .selectFrom("journey")
    .select(["event_id as event", "start_ms", "leave_told_ms", "late_s", "late_told_ms", "arrived_ms"])
    .where("user_id", "=", user)
    .orderBy("start_ms")
    .execute();
}

export function listOwnDetours(sql: Sql, user: UserId) {
  return sql
    .selectFrom("detour")
    .select(["mode", "factor", "journeys", "updated_ms"])
    .where("user_id", "=", user)
    .orderBy("mode")
    .execute();
}

export function listKeys(sql: Sql, user: UserId) {
  return sql
    .selectFrom("idempotency")
    .select(["method", "path", "key", "created_ms"])
    .where("user_id", "=", user)
    .orderBy("created_ms")
    .execute();
}
