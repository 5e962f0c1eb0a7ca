import type { EventId, Message, Photo, UserId } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Sql } from "../db/database.ts";
import { requireMember } from "../events/service.ts";
import { notFound } from "../lib/app-error.ts";
import { findMessage, listMessagesBySeq, type MessageRow } from "./messages-store.ts";
import { listReactions } from "./reactions-store.ts";
import { asSeenBy, type Reactions, toMessage } from "./rules.ts";

/** Messages of one chat as their authors see them; whoever passes them on asks who may read them. */
export async function renderMessages(sql: Sql, rows: readonly MessageRow[]): Promise<Message[]> {
  const reactions = await reactionsTo(
    sql,
    rows.filter(({ reactions_entry }) => reactions_entry !== null),
  );
  return rows.map((row) => renderRow(row, reactions.get(row.seq)));
}

/** As its author sees it. */
export async function renderMessage(sql: Sql, row: MessageRow): Promise<Message> {
  const [reactions] = row.reactions_entry === null ? [] : (await reactionsTo(sql, [row])).values();
  return renderRow(row, reactions);
}

function renderRow(row: MessageRow, reactions: Reactions | undefined): Message {
  // The columns hold what this server wrote there itself, by the contract's own types.
  const system = row.system === null ? null : (JSON.parse(row.system) as Message["system"]);
  const photos = row.photos === null ? null : (JSON.parse(row.photos) as Photo[]);
  return toMessage({ ...row, chat: row.event_id, system, photos, mentions: namedBy(row) }, reactions);
}

/** Whom a message names; null: nobody. */
export function namedBy({ mentions }: Pick<MessageRow, "mentions">): UserId[] | null {
  return mentions === null ? null : (JSON.parse(mentions) as UserId[]); // written by this server
}

/** One query for all that ever had any. */
async function reactionsTo(sql: Sql, rows: readonly MessageRow[]): Promise<Map<number, Reactions>> {
  const [first] = rows;
  const found = new Map<number, Reactions>();
  if (first === undefined) return found;
  const seqs = rows.map(({ seq }) => seq);
  for (const { seq, reactions_entry, emoji, user_id } of await listReactions(sql, first.event_id, seqs)) {
    if (reactions_entry === null) continue;
    const one = found.get(seq) ?? { reactions: [], reactions_entry };
    found.set(seq, one);
    if (emoji === null || user_id === null) continue;
    const group = one.reactions.at(-1);
    if (group?.emoji === emoji) group.users.push(user_id);
    else one.reactions.push({ emoji, users: [user_id] });
  }
  return found;
}

/** One message, as this caller may read it now. */
export async function readMessage(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  seq: number,
): Promise<Message> {
  const sql = ctx.db.read;
  await requireMember(sql, viewer.id, event);
  return asSeenBy(await renderMessage(sql, await getMessage(sql, viewer.id, event, seq)), viewer.id);
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
  const messages = await renderMessages(sql, await listMessagesBySeq(sql, event, seqs));
  return new Map(messages.map((message) => [message.seq, message]));
}
