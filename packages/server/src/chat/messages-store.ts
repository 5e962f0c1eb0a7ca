import type { EventId, UserId } from "@jarvis/contract";
import { type Selectable, sql } from "kysely";
import type { Sql } from "../db/database.ts";
import { dialectOf } from "../db/dialect.ts";
import { inList } from "../db/in-list.ts";
import { prepared } from "../db/prepared.ts";
import type { MessageTable } from "../db/schema.ts";

/** A message with its author's present name. */
export interface MessageRow extends Selectable<MessageTable> {
  username: string | null;
  /** JSON list of the photos that it shows; null where it shows none. */
  photos: string | null;
}

/** As part of the row, so that a page of messages costs no second query, and a message without photos hardly anything. */
function photosOf(db: Sql) {
  return db
    .selectFrom("message_photo as s")
    .innerJoin("photo as f", "f.id", "s.photo_id")
    .select(
      dialectOf(db).jsonList({ id: "f.id", width: "f.width", height: "f.height" }, "s.position").as("list"),
    )
    .whereRef("s.event_id", "=", sql.ref("m.event_id"))
    .whereRef("s.seq", "=", sql.ref("m.seq"))
    .as("photos");
}

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
      "m.mentions",
      "m.reactions_entry",
    ])
    .select(() => photosOf(db));
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

export interface Place {
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

const wasSent = prepared((db, p: { event: EventId; author: UserId; clientId: string }) =>
  db
    .selectFrom("message")
    .select("seq")
    .where("event_id", "=", p.event)
    .where("author_id", "=", p.author)
    .where("client_id", "=", p.clientId),
);

/** What this author sent under this `client_id`, in this chat. */
export async function findSent(
  sql: Sql,
  key: { event: EventId; author: UserId; clientId: string },
): Promise<MessageRow | undefined> {
  // Nearly every send is new: the index alone says so, at a third of the price of the whole row's query.
  return (await wasSent.first(sql, key)) === undefined ? undefined : sent.first(sql, key);
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

const readableBySeq = prepared((db, p: { event: EventId; viewer: UserId; seqs: readonly number[] }) =>
  readable(db, p).where(inList("m.seq", p.seqs)),
);

/** Of these messages those that the viewer may read, in no order. */
export function listReadable(
  sql: Sql,
  event: EventId,
  viewer: UserId,
  seqs: readonly number[],
): Promise<MessageRow[]> {
  return readableBySeq.all(sql, { event, viewer, seqs });
}

/** Whom it names, and what others put on it, comes later. */
export type NewMessage = Omit<MessageTable, "mentions" | "reactions_entry">;

const insert = prepared((db, p: NewMessage) =>
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

export async function insertMessage(sql: Sql, message: NewMessage): Promise<void> {
  await insert.run(sql, message);
}

const deleted = prepared((db, p: { event: EventId; seqs: readonly number[] }) =>
  db
    .selectFrom("message")
    .select("seq")
    .where("event_id", "=", p.event)
    .where(inList("seq", p.seqs))
    .where("deleted_ms", "is not", null),
);

/** Which of these are deleted. */
export async function listDeleted(sql: Sql, event: EventId, seqs: readonly number[]): Promise<number[]> {
  return (await deleted.all(sql, { event, seqs })).map(({ seq }) => seq);
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
    .set({
      text: "",
      content_hash: null,
      system: null,
      mentions: null,
      reactions_entry: null,
      deleted_ms: p.at,
    })
    .where("event_id", "=", p.event)
    .where("seq", "=", p.seq),
);

/** Takes everything that was said; the place, its author and the `client_id` that recognises a repeat stay. */
export async function updateDeleted(sql: Sql, change: { event: EventId; seq: number; at: number }) {
  await blank.run(sql, change);
}
