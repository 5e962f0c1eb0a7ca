import type { EventId, Message, UserId } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Sql } from "../db/database.ts";
import { requireParticipant } from "../events/service.ts";
import { notFound } from "../lib/app-error.ts";
import { findMessage, listMessagesBySeq, type MessageRow } from "./messages-store.ts";
import { asSeenBy, toMessage } from "./rules.ts";

/** One message, as this caller may read it now. */
export async function readMessage(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  seq: number,
): Promise<Message> {
  await requireParticipant(ctx.db.read, viewer.id, event);
  return asSeenBy(renderRow(await getMessage(ctx.db.read, viewer.id, event, seq)), viewer.id);
}

/** As its author sees it. */
export function renderRow(row: MessageRow): Message {
  // The column holds what this server wrote there itself, by the contract's own type.
  const system = row.system === null ? null : (JSON.parse(row.system) as Message["system"]);
  return toMessage({ ...row, chat: row.event_id, system });
}

/** Throws `not_found` for one that this person may not read. */
export async function getMessage(sql: Sql, viewer: UserId, event: EventId, seq: number): Promise<MessageRow> {
  const row = await findMessage(sql, { event, viewer, seq });
  if (row === undefined) throw notFound();
  return row;
}

/** Messages by number, as their authors see them; whoever passes them on asks who may read them. */
export async function messagesBySeq(
  sql: Sql,
  event: EventId,
  seqs: readonly number[],
): Promise<Map<number, Message>> {
  const rows = await listMessagesBySeq(sql, event, seqs);
  return new Map(rows.map((row) => [row.seq, renderRow(row)]));
}
