import type { StreamId } from "@jarvis/contract";
import { inList } from "./in-list.ts";
import { sessionOf } from "./kysely-session.ts";
import { prepared } from "./prepared.ts";
import type { Sql } from "./session.ts";

/** Where a stream stands. */
export interface Heads {
  last_seq: number;
  last_message: number;
}

const present = prepared((db, p: { id: StreamId }) =>
  db.selectFrom("stream").select(["last_seq", "last_message"]).where("id", "=", p.id),
);

const advance = prepared((db, p: Heads & { id: StreamId }) =>
  db.updateTable("stream").set({ last_seq: p.last_seq, last_message: p.last_message }).where("id", "=", p.id),
);

const advanceBy = prepared((db, p: { id: StreamId; entries: number; messages: number }) =>
  db
    .updateTable("stream")
    .set((eb) => ({
      last_seq: eb("last_seq", "+", p.entries),
      last_message: eb("last_message", "+", p.messages),
    }))
    .where("id", "=", p.id)
    .returning(["last_seq", "last_message"]),
);

const advanceAll = prepared((db, p: { ids: readonly StreamId[] }) =>
  db
    .updateTable("stream")
    .set((eb) => ({ last_seq: eb("last_seq", "+", 1) }))
    .where(inList("id", p.ids))
    .returning(["id", "last_seq"]),
);

/**
 * Takes the stream's next entry number, and for a message the chat's next message number: both without gaps. On SQLite two
 * statements cost half of one with RETURNING, and between them nobody else writes, since units run one after another.
 */
export async function updateHeads(sql: Sql, id: StreamId, kind: "entry" | "message"): Promise<Heads> {
  const messages = kind === "message" ? 1 : 0;
  if (sessionOf(sql).engine !== "sqlite") return advanceHead(sql, id, 1, messages);
  const heads = known(id, await present.first(sql, { id }));
  const next = { last_seq: heads.last_seq + 1, last_message: heads.last_message + messages };
  await advance.run(sql, { id, ...next });
  return next;
}

/** Takes the stream's next so many entry numbers; the last of them is the head then. */
export async function advanceHead(sql: Sql, id: StreamId, entries: number, messages = 0): Promise<Heads> {
  const heads = await inTurn(sql, [id], () => advanceBy.first(sql, { id, entries, messages }));
  return known(id, heads);
}

/** Takes the next entry number of each. */
export function advanceHeads(
  sql: Sql,
  ids: readonly StreamId[],
): Promise<{ id: StreamId; last_seq: number }[]> {
  return inTurn(sql, ids, () => advanceAll.all(sql, { ids }));
}

/** Units that share a transaction take their numbers in the order in which they came. */
async function inTurn<T>(sql: Sql, ids: readonly StreamId[], take: () => Promise<T>): Promise<T> {
  const session = sessionOf(sql);
  await session.beforeNumbers?.(ids);
  const taking = take();
  session.afterNumbers?.();
  return taking;
}

function known(id: StreamId, heads: Heads | undefined): Heads {
  if (heads === undefined) throw new Error(`stream ${id} does not exist`);
  return heads;
}
