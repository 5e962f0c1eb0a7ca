import type { EventId, InvitationId, StreamId, UserId } from "@jarvis/contract";
import { type ExpressionBuilder, sql } from "kysely";
import type { Sql } from "../db/database.ts";
import { inList } from "../db/in-list.ts";
import { prepared } from "../db/prepared.ts";
import type { AbsenceTable, MessageTable, Schema } from "../db/schema.ts";

/** A message with its author's present name. */
export interface MessageRow extends MessageTable {
  username: string | null;
  /** JSON list of the photos that it shows; null where it shows none. */
  photos: string | null;
}

/** As part of the row, so that a page of messages costs no second query, and a message without photos hardly anything. */
const photos = sql<string | null>`(
  select nullif(json_group_array(json_object('id', f.id, 'width', f.width, 'height', f.height) order by s.position), '[]')
  from message_photo as s join photo as f on f.id = s.photo_id
  where s.event_id = m.event_id and s.seq = m.seq)`.as("photos");

function messages(db: Sql) {
  return db
    .selectFrom("message as m")
    .leftJoin("user as u", "u.id", "m.author_id")
    .select([
      "m.seq",
      "m.id",
      "m.event_id",
      "m.author_id",
      "u.username",
      "m.client_id",
      "m.content_hash",
      "m.text",
      "m.reply_to",
      "m.system",
      "m.sent_ms",
      "m.edited_ms",
      "m.deleted_ms",
    ])
    .select(photos);
}

/** Messages that the viewer may read: all but those written while they were removed. */
function readable(db: Sql, p: { event: EventId; viewer: UserId }) {
  return messages(db)
    .where("m.event_id", "=", p.event)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom("absence as a")
            .select("a.from_entry")
            .where("a.event_id", "=", p.event)
            .where("a.user_id", "=", p.viewer)
            .whereRef("a.from_message", "<=", "m.seq")
            .where((inner) =>
              inner.or([inner("a.to_message", "is", null), inner("a.to_message", ">=", inner.ref("m.seq"))]),
            ),
        ),
      ),
    );
}

interface Place {
  event: EventId;
  viewer: UserId;
  seq: number;
}

const one = prepared((db, p: Place) => readable(db, p).where("m.seq", "=", p.seq));

export function findMessage(sql: Sql, place: Place): Promise<MessageRow | undefined> {
  return one.first(sql, place);
}

const sent = prepared((db, p: { event: EventId; author: UserId; clientId: string }) =>
  messages(db)
    .where("m.event_id", "=", p.event)
    .where("m.author_id", "=", p.author)
    .where("m.client_id", "=", p.clientId),
);

/** What this author sent under this `client_id`, in this chat. */
export function findSent(
  sql: Sql,
  key: { event: EventId; author: UserId; clientId: string },
): Promise<MessageRow | undefined> {
  return sent.first(sql, key);
}

const following = prepared((db, p: Place & { limit: number }) =>
  readable(db, p).where("m.seq", ">", p.seq).orderBy("m.seq").limit(p.limit),
);
const preceding = prepared((db, p: Place & { limit: number }) =>
  readable(db, p).where("m.seq", "<", p.seq).orderBy("m.seq", "desc").limit(p.limit),
);

export function listMessagesAfter(sql: Sql, place: Place, limit: number): Promise<MessageRow[]> {
  return following.all(sql, { ...place, limit });
}

/** Newest first. */
export function listMessagesBefore(sql: Sql, place: Place, limit: number): Promise<MessageRow[]> {
  return preceding.all(sql, { ...place, limit });
}

const bySeq = prepared((db, p: { event: EventId; seqs: readonly number[] }) =>
  messages(db).where("m.event_id", "=", p.event).where(inList("m.seq", p.seqs)),
);

/** Messages by number, whoever may read them: the caller has looked at that. */
export function listMessagesBySeq(sql: Sql, event: EventId, seqs: readonly number[]): Promise<MessageRow[]> {
  return bySeq.all(sql, { event, seqs });
}

const insert = prepared((db, p: MessageTable) =>
  db.insertInto("message").values({
    event_id: p.event_id,
    seq: p.seq,
    id: p.id,
    author_id: p.author_id,
    client_id: p.client_id,
    content_hash: p.content_hash,
    text: p.text,
    reply_to: p.reply_to,
    system: p.system,
    sent_ms: p.sent_ms,
    edited_ms: p.edited_ms,
    deleted_ms: p.deleted_ms,
  }),
);

export async function insertMessage(sql: Sql, message: MessageTable): Promise<void> {
  await insert.run(sql, message);
}

const setText = prepared((db, p: { event: EventId; seq: number; text: string; at: number }) =>
  db
    .updateTable("message")
    .set({ text: p.text, edited_ms: p.at })
    .where("event_id", "=", p.event)
    .where("seq", "=", p.seq),
);

export async function updateText(
  sql: Sql,
  change: { event: EventId; seq: number; text: string; at: number },
) {
  await setText.run(sql, change);
}

const blank = prepared((db, p: { event: EventId; seq: number; at: number }) =>
  db
    .updateTable("message")
    .set({ text: "", content_hash: null, system: null, deleted_ms: p.at })
    .where("event_id", "=", p.event)
    .where("seq", "=", p.seq),
);

/** Takes everything that was said; the place, its author and the `client_id` that recognises a repeat stay. */
export async function updateDeleted(sql: Sql, change: { event: EventId; seq: number; at: number }) {
  await blank.run(sql, change);
}

const marker = prepared((db, p: { event: EventId; user: UserId }) =>
  db.selectFrom("read_marker").select("seq").where("event_id", "=", p.event).where("user_id", "=", p.user),
);

export async function findReadMarker(sql: Sql, event: EventId, user: UserId): Promise<number> {
  return (await marker.first(sql, { event, user }))?.seq ?? 0;
}

const mark = prepared((db, p: { event: EventId; user: UserId; seq: number }) =>
  db
    .insertInto("read_marker")
    .values({ event_id: p.event, user_id: p.user, seq: p.seq })
    .onConflict((conflict) => conflict.columns(["event_id", "user_id"]).doUpdateSet({ seq: p.seq })),
);

export async function updateReadMarker(sql: Sql, event: EventId, user: UserId, seq: number): Promise<void> {
  await mark.run(sql, { event, user, seq });
}

type UnreadRange = Place & { after: number };

/** What of a range of messages counts as unread, whether the viewer may read it or not. */
function isUnread(p: UnreadRange) {
  return (eb: ExpressionBuilder<Schema & { m: MessageTable }, "m">) =>
    eb.and([
      eb("m.event_id", "=", p.event),
      eb("m.deleted_ms", "is", null),
      eb.or([eb("m.author_id", "is", null), eb("m.author_id", "!=", p.viewer)]),
    ]);
}

/** Where what an absence hides begins in a range: one bound, so that the key is searched from there. */
function later(on: ExpressionBuilder<Schema & { a: AbsenceTable }, "a">, after: number) {
  return on.case().when("a.from_message", ">", after).then(on.ref("a.from_message")).else(after).end();
}

/**
 * All that came after, less what each absence hides of it: absences do not overlap, and asking them for each message
 * would cost their product. The cross join keeps SQLite to this order, absence by absence.
 */
const unread = prepared((db, p: UnreadRange) =>
  db.selectNoFrom((eb) =>
    eb(
      eb
        .selectFrom("message as m")
        .select((all) => all.fn.countAll<number>().as("count"))
        .where(isUnread(p))
        .where("m.seq", ">=", p.after),
      "-",
      eb
        .selectFrom("absence as a")
        .crossJoin("message as m")
        .select((hidden) => hidden.fn.countAll<number>().as("count"))
        .where("a.event_id", "=", p.event)
        .where("a.user_id", "=", p.viewer)
        .where(isUnread(p))
        .where((on) => on("m.seq", ">=", later(on, p.after)))
        .where((on) => on("m.seq", "<=", on.fn.coalesce("a.to_message", on.lit(Number.MAX_SAFE_INTEGER)))),
    ).as("count"),
  ),
);

/** How many messages of others came after `seq`. */
export async function countUnread(sql: Sql, place: Place): Promise<number> {
  return (await unread.first(sql, { ...place, after: place.seq + 1 }))?.count ?? 0;
}

const members = prepared((db, p: { event: EventId }) =>
  db
    .selectFrom("participant as p")
    .innerJoin("user as u", "u.id", "p.user_id")
    .leftJoin("read_marker as r", (join) =>
      join.onRef("r.event_id", "=", "p.event_id").onRef("r.user_id", "=", "p.user_id"),
    )
    .select(["u.id", "u.username", "r.seq"])
    .where("p.event_id", "=", p.event)
    .where("p.state", "=", "in")
    .where("p.delivered", "=", 1)
    .where("p.rsvp", "!=", "declined")
    // Until an invitation by e-mail is answered, people see the address alone: not whose it is.
    .where((eb) => eb.or([eb("p.invitation_id", "is", null), eb("p.rsvp", "!=", "none")]))
    .orderBy("p.user_id"),
);

/** The people of a chat, and how far each has read. */
export function listMembers(sql: Sql, event: EventId) {
  return members.all(sql, { event });
}

const people = prepared((db, p: { event: EventId; ids: readonly UserId[] }) =>
  db
    .selectFrom("user as u")
    .leftJoin("participant as p", (join) =>
      join.onRef("p.user_id", "=", "u.id").on("p.event_id", "=", p.event),
    )
    .select(["u.id", "u.username", "p.role", "p.rsvp"])
    .where(inList("u.id", p.ids)),
);

/** Names and parts of people in an event, for what is reported about them. */
export function listPeople(sql: Sql, event: EventId, ids: readonly UserId[]) {
  return people.all(sql, { event, ids });
}

const names = prepared((db, p: { ids: readonly UserId[] }) =>
  db.selectFrom("user").select(["id", "username"]).where(inList("id", p.ids)),
);

export function listNames(sql: Sql, ids: readonly UserId[]) {
  return names.all(sql, { ids });
}

const heads = prepared((db, p: { stream: StreamId }) =>
  db.selectFrom("stream").select("last_message").where("id", "=", p.stream),
);

export async function findLastMessage(sql: Sql, stream: StreamId): Promise<number> {
  return (await heads.first(sql, { stream }))?.last_message ?? 0;
}

const absentees = prepared((db, p: { event: EventId; seq: number }) =>
  db
    .selectFrom("absence")
    .select("user_id")
    .where("event_id", "=", p.event)
    .where("from_message", "<=", p.seq)
    .where((eb) => eb.or([eb("to_message", "is", null), eb("to_message", ">=", p.seq)])),
);

/** Who was removed when this message was written, and may never read it. */
export async function listAbsentees(sql: Sql, event: EventId, seq: number): Promise<UserId[]> {
  return (await absentees.all(sql, { event, seq })).map((row) => row.user_id);
}

const invitation = prepared((db, p: { event: EventId; user: UserId }) =>
  db
    .selectFrom("participant")
    .select("invitation_id")
    .where("event_id", "=", p.event)
    .where("user_id", "=", p.user),
);

export async function findInvitation(sql: Sql, event: EventId, user: UserId): Promise<InvitationId | null> {
  return (await invitation.first(sql, { event, user }))?.invitation_id ?? null;
}
