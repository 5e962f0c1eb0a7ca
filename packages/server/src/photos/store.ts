import type { EventId, PhotoId, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { inList } from "../db/in-list.ts";
import { prepared } from "../db/prepared.ts";
import type { PhotoTable } from "../db/schema.ts";

export type PhotoRow = PhotoTable;

export async function insertPhoto(sql: Sql, photo: PhotoRow): Promise<void> {
  await sql.insertInto("photo").values(photo).execute();
}

export async function countPhotos(sql: Sql, event: EventId): Promise<number> {
  const row = await sql
    .selectFrom("photo")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("event_id", "=", event)
    .executeTakeFirstOrThrow();
  return row.count;
}

/**
 * A photo that this person may see: they uploaded it, or take part in its event, and a message shows it that was not
 * written while they were removed. One query, so that there is no telling a photo that is hidden from none at all.
 */
const visible = prepared((db, p: { id: PhotoId; viewer: UserId }) =>
  db
    .selectFrom("photo as f")
    .select(["f.id", "f.type"])
    .where("f.id", "=", p.id)
    .where((eb) =>
      eb.or([
        eb("f.uploader_id", "=", p.viewer),
        eb.exists(
          eb
            .selectFrom("message_photo as s")
            .innerJoin("participant as t", "t.event_id", "s.event_id")
            .select("s.seq")
            .whereRef("s.photo_id", "=", "f.id")
            .where("t.user_id", "=", p.viewer)
            .where("t.state", "=", "in")
            .where("t.delivered", "=", 1)
            .where("t.rsvp", "!=", "declined")
            .where((shown) =>
              shown.not(
                shown.exists(
                  shown
                    .selectFrom("absence as a")
                    .select("a.from_entry")
                    .whereRef("a.event_id", "=", "s.event_id")
                    .where("a.user_id", "=", p.viewer)
                    .whereRef("a.from_message", "<=", "s.seq")
                    .where((away) =>
                      away.or([
                        away("a.to_message", "is", null),
                        away("a.to_message", ">=", away.ref("s.seq")),
                      ]),
                    ),
                ),
              ),
            ),
        ),
      ]),
    ),
);

export function findVisible(sql: Sql, id: PhotoId, viewer: UserId) {
  return visible.first(sql, { id, viewer });
}

const own = prepared((db, p: { event: EventId; uploader: UserId; ids: readonly PhotoId[] }) =>
  db
    .selectFrom("photo")
    .select(["id", "width", "height"])
    .where(inList("id", p.ids))
    .where("event_id", "=", p.event)
    .where("uploader_id", "=", p.uploader),
);

/** Of these, the ones that this person uploaded to this event. */
export function listOwn(sql: Sql, event: EventId, uploader: UserId, ids: readonly PhotoId[]) {
  return own.all(sql, { event, uploader, ids });
}

export async function insertShown(
  sql: Sql,
  event_id: EventId,
  seq: number,
  ids: readonly PhotoId[],
): Promise<void> {
  const rows = ids.map((photo_id, position) => ({ event_id, seq, position, photo_id }));
  await sql.insertInto("message_photo").values(rows).execute();
  await sql.updateTable("photo").set({ shown: 1 }).where(inList("id", ids)).execute();
}

/** Shows no photo in a message any more; gives those that it showed. */
export async function deleteShown(sql: Sql, event: EventId, seq: number): Promise<PhotoId[]> {
  const rows = await sql
    .deleteFrom("message_photo")
    .where("event_id", "=", event)
    .where("seq", "=", seq)
    .returning("photo_id")
    .execute();
  return rows.map(({ photo_id }) => photo_id);
}

/** Deletes those of these that no message shows; gives them. */
export async function deleteUnshown(sql: Sql, ids: readonly PhotoId[]): Promise<PhotoId[]> {
  const rows = await sql
    .deleteFrom("photo")
    .where(inList("id", ids))
    .where("id", "not in", (eb) =>
      eb.selectFrom("message_photo").select("photo_id").where(inList("photo_id", ids)),
    )
    .returning("id")
    .execute();
  return rows.map(({ id }) => id);
}

/** Uploaded before `until`, and never shown by a message. */
export async function listUnshown(sql: Sql, until: number, limit: number): Promise<PhotoId[]> {
  const rows = await sql
    .selectFrom("photo")
    .select("id")
    // Written out, and not a parameter: the index holds these alone.
    .where((eb) => eb("shown", "=", eb.lit(0)))
    .where("created_ms", "<", until)
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

export async function deletePhotosOfUploader(sql: Sql, uploader: UserId): Promise<PhotoId[]> {
  const theirs = sql.selectFrom("photo").select("id").where("uploader_id", "=", uploader);
  await sql.deleteFrom("message_photo").where("photo_id", "in", theirs).execute();
  const rows = await sql.deleteFrom("photo").where("uploader_id", "=", uploader).returning("id").execute();
  return rows.map(({ id }) => id);
}

export async function deletePhotosOfEvent(sql: Sql, event: EventId): Promise<PhotoId[]> {
  await sql.deleteFrom("message_photo").where("event_id", "=", event).execute();
  const rows = await sql.deleteFrom("photo").where("event_id", "=", event).returning("id").execute();
  return rows.map(({ id }) => id);
}

/** Of these, the ones that there are. */
export async function listExisting(sql: Sql, ids: readonly PhotoId[]): Promise<PhotoId[]> {
  const rows = await sql.selectFrom("photo").select("id").where(inList("id", ids)).execute();
  return rows.map(({ id }) => id);
}

export function sumPhotos(sql: Sql): Promise<{ count: number; bytes: number }> {
  return sql
    .selectFrom("photo")
    .select((eb) => [
      eb.fn.countAll<number>().as("count"),
      eb.fn.coalesce(eb.fn.sum<number>("bytes"), eb.lit(0)).as("bytes"),
    ])
    .executeTakeFirstOrThrow();
}
