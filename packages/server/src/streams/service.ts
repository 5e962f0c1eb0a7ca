import type { EntryKind, StreamId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Sql, Tx } from "../db/database.ts";
import type { EntryTable } from "../db/schema.ts";
import {
  advanceHead,
  findMeta,
  insertEntries,
  insertEntry,
  insertMeta,
  insertStream,
  listEntries,
  listHeads,
  updateHeads,
} from "./store.ts";

/** References that say what an entry is about; it is rendered from the present state for whoever reads it. */
export type EntryData = Record<string, string | number | boolean | null>;

export interface Appended {
  seq: number;
  /** Number of the message, where the entry reports a new one. */
  messageSeq: number;
}

/** Creates the stream of a new event or user: in the unit of work that creates it. */
export function createStream(tx: Tx, id: StreamId): Promise<void> {
  return insertStream(tx.sql, id);
}

/**
 * Writes a durable, numbered entry in the unit of work that makes the change it reports, and announces it once that
 * unit is on disk. `rendered` spares delivery the look-up where the writer has the public form at hand.
 */
export async function append(
  ctx: Context,
  tx: Tx,
  stream: StreamId,
  kind: EntryKind,
  data: EntryData,
  rendered?: Record<string, unknown>,
): Promise<Appended> {
  const heads = await updateHeads(tx.sql, stream, "entry");
  await write(ctx, tx, { stream, seq: heads.last_seq, kind, data, rendered });
  return { seq: heads.last_seq, messageSeq: heads.last_message };
}

/** Takes the next numbers of an event's stream and chat for a message that `entryFor` then describes. */
export async function appendMessage(
  ctx: Context,
  tx: Tx,
  stream: StreamId,
  render: (messageSeq: number) => Record<string, unknown>,
): Promise<Appended> {
  const heads = await updateHeads(tx.sql, stream, "message");
  const messageSeq = heads.last_message;
  await write(ctx, tx, {
    stream,
    seq: heads.last_seq,
    kind: "message",
    data: { seq: messageSeq },
    rendered: render(messageSeq),
  });
  return { seq: heads.last_seq, messageSeq };
}

/** The same entry on many streams, each once, for the price of a few statements. */
export async function appendToAll(
  ctx: Context,
  tx: Tx,
  streams: readonly StreamId[],
  kind: EntryKind,
  data: EntryData,
): Promise<void> {
  if (streams.length === 0) return;
  const at_ms = ctx.clock.now();
  const heads = await insertEntries(tx.sql, streams, { kind, data: JSON.stringify(data), at_ms });
  tx.onCommit(() => {
    for (const { id, last_seq } of heads)
      ctx.bus.publish({ type: "entry", stream: id, seq: last_seq, kind, data, at_ms });
  });
}

/** Several entries at the end of one stream, with their numbers in that order. */
export async function appendSeveral(
  ctx: Context,
  tx: Tx,
  stream: StreamId,
  entries: readonly { kind: EntryKind; data: EntryData }[],
): Promise<number[]> {
  if (entries.length === 0) return [];
  const { last_seq } = await advanceHead(tx.sql, stream, entries.length);
  const first = last_seq - entries.length + 1;
  for (const [index, entry] of entries.entries())
    await write(ctx, tx, { stream, seq: first + index, ...entry });
  return entries.map((_, index) => first + index);
}

interface NewEntry {
  stream: StreamId;
  seq: number;
  kind: EntryKind;
  data: EntryData;
  rendered?: Record<string, unknown> | undefined;
}

async function write(ctx: Context, tx: Tx, entry: NewEntry): Promise<void> {
  const { stream, seq, kind, data, rendered } = entry;
  const at_ms = ctx.clock.now();
  await insertEntry(tx.sql, { stream, seq, kind, data: JSON.stringify(data), at_ms });
  tx.onCommit(() => {
    ctx.bus.publish({ type: "entry", stream, seq, kind, data, at_ms, ...(rendered ? { rendered } : {}) });
  });
}

/** Entries after a number, oldest first. */
export function entriesAfter(sql: Sql, stream: StreamId, seq: number, limit: number): Promise<EntryTable[]> {
  return listEntries(sql, stream, seq, limit);
}

/** Where the streams stand; one that does not exist is absent. */
export async function headsOf(sql: Sql, ids: readonly StreamId[]) {
  const rows = await listHeads(sql, ids);
  return new Map(rows.map((row) => [row.id, row]));
}

/** Names this history: made once for each store, so that a resume point of another one is recognised. */
export function epochOf(ctx: Context): Promise<string> {
  return ctx.db.write(async (tx) => {
    const known = await findMeta(tx.sql, "epoch");
    if (known !== undefined) return known;
    const made = ctx.random.id();
    await insertMeta(tx.sql, "epoch", made);
    return made;
  });
}
