import type { StreamId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { inList } from "../db/in-list.ts";
import { prepared } from "../db/prepared.ts";
import { advanceHeads } from "../db/stream-heads.ts";
import type { EntryTable } from "../db/schema.ts";

export { advanceHead, type Heads, updateHeads } from "../db/stream-heads.ts";

const insert = prepared((db, p: EntryTable) =>
  db.insertInto("entry").values({ stream: p.stream, seq: p.seq, kind: p.kind, data: p.data, at_ms: p.at_ms }),
);

export async function insertEntry(sql: Sql, entry: EntryTable): Promise<void> {
  await insert.run(sql, entry);
}

const insertHeads = prepared(
  (db, p: { ids: readonly StreamId[]; kind: EntryTable["kind"]; data: string; at_ms: number }) =>
    db
      .insertInto("entry")
      .columns(["stream", "seq", "kind", "data", "at_ms"])
      .expression(
        db
          .selectFrom("stream")
          .select((eb) => [
            "id as stream",
            "last_seq as seq",
            eb.val(p.kind).as("kind"),
            eb.val(p.data).as("data"),
            eb.val(p.at_ms).as("at_ms"),
          ])
          .where(inList("id", p.ids)),
      ),
);

/** The same entry at the end of many streams, in two statements; gives the number that it has in each. */
export async function insertEntries(
  sql: Sql,
  ids: readonly StreamId[],
  entry: Omit<EntryTable, "stream" | "seq">,
): Promise<{ id: StreamId; last_seq: number }[]> {
  const advanced = await advanceHeads(sql, ids);
  if (advanced.length !== ids.length) throw new Error("a stream does not exist");
  await insertHeads.run(sql, { ids, kind: entry.kind, data: entry.data, at_ms: entry.at_ms });
  return advanced;
}

export async function insertStream(sql: Sql, id: StreamId): Promise<void> {
  await sql.insertInto("stream").values({ id, last_seq: 0, last_message: 0, pruned_seq: 0 }).execute();
}

const after = prepared((db, p: { stream: StreamId; after: number; limit: number }) =>
  db
    .selectFrom("entry")
    .select(["stream", "seq", "kind", "data", "at_ms"])
    .where("stream", "=", p.stream)
    .where("seq", ">", p.after)
    .orderBy("seq")
    .limit(p.limit),
);

export function listEntries(
  sql: Sql,
  stream: StreamId,
  afterSeq: number,
  limit: number,
): Promise<EntryTable[]> {
  return after.all(sql, { stream, after: afterSeq, limit });
}

const heads = prepared((db, p: { ids: readonly StreamId[] }) =>
  db.selectFrom("stream").selectAll().where(inList("id", p.ids)),
);

export function listHeads(sql: Sql, ids: readonly StreamId[]) {
  return heads.all(sql, { ids });
}

const headsAfter = prepared((db, p: { after: string; limit: number }) =>
  db
    .selectFrom("stream")
    .select(["id", "last_seq", "pruned_seq"])
    .where("id", ">", p.after as StreamId) // any text has a place among them
    .orderBy("id")
    .limit(p.limit),
);

/** A page of all streams, by id. */
export function listHeadsAfter(sql: Sql, after: string, limit: number) {
  return headsAfter.all(sql, { after, limit });
}

export async function findHead(sql: Sql, id: StreamId) {
  return (await heads.all(sql, { ids: [id] }))[0];
}

const ages = prepared((db, p: { stream: StreamId; after: number; limit: number }) =>
  db
    .selectFrom("entry")
    .select(["seq", "at_ms"])
    .where("stream", "=", p.stream)
    .where("seq", ">", p.after)
    .orderBy("seq")
    .limit(p.limit),
);

/** When the entries after a number were written. */
export function listAges(sql: Sql, stream: StreamId, after: number, limit: number) {
  return ages.all(sql, { stream, after, limit });
}

const deleteUpTo = prepared((db, p: { stream: StreamId; seq: number }) =>
  db.deleteFrom("entry").where("stream", "=", p.stream).where("seq", "<=", p.seq),
);

export async function deleteEntriesUpTo(sql: Sql, stream: StreamId, seq: number): Promise<void> {
  await deleteUpTo.run(sql, { stream, seq });
}

const prunedUpTo = prepared((db, p: { id: StreamId; seq: number }) =>
  db.updateTable("stream").set({ pruned_seq: p.seq }).where("id", "=", p.id),
);

export async function updatePruned(sql: Sql, id: StreamId, seq: number): Promise<void> {
  await prunedUpTo.run(sql, { id, seq });
}

const meta = prepared((db, p: { key: string }) =>
  db.selectFrom("meta").select("value").where("key", "=", p.key),
);

export async function findMeta(sql: Sql, key: string): Promise<string | undefined> {
  return (await meta.first(sql, { key }))?.value;
}

export async function insertMeta(sql: Sql, key: string, value: string): Promise<void> {
  await sql.insertInto("meta").values({ key, value }).execute();
}

const metas = prepared((db, p: { keys: readonly string[] }) =>
  db.selectFrom("meta").select("value").where(inList("key", p.keys)),
);

export function listMeta(sql: Sql, keys: readonly string[]): Promise<{ value: string }[]> {
  return metas.all(sql, { keys });
}

const metaPut = prepared((db, p: { key: string; value: string }) =>
  db
    .insertInto("meta")
    .values({ key: p.key, value: p.value })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ value: p.value })),
);

export async function upsertMeta(sql: Sql, key: string, value: string): Promise<void> {
  await metaPut.run(sql, { key, value });
}
