import {
  type ChatInfo,
  type EventId,
  eventStream,
  type Message,
  type MessageId,
  type Person,
  type Photo,
  type SendBody,
  type UserId,
} from "@jarvis/contract";
import type { Creation, Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Sql } from "../db/database.ts";
import { type EventParticipant, eventFacts, requireParticipant } from "../events/service.ts";
import { blockedOf } from "../friends/relations.ts";
import { AppError, notFound } from "../lib/app-error.ts";
import { sha256 } from "../lib/ids.ts";
import { hidePhotos, photosToShow, showPhotos } from "../photos/showing.ts";
import { append, appendMessage } from "../streams/service.ts";
import {
  asSeenBy,
  canDelete,
  canEdit,
  contentOf,
  isRepeat,
  movedMarker,
  toMessage,
  toPerson,
} from "./rules.ts";
import {
  countUnread,
  findInvitation,
  findLastMessage,
  findMessage,
  findReadMarker,
  findSent,
  insertMessage,
  listAbsentees,
  listMembers,
  listMessagesBefore,
  listMessagesBySeq,
  listNames,
  listPeople,
  type MessageRow,
  updateDeleted,
  updateReadMarker,
  updateText,
} from "./store.ts";

export type Send = Pick<SendBody, "text" | "client_id" | "reply_to" | "photos">;

/** Stores a message and reports it, once for each `client_id`: a repeat answers the first message as it is now. */
export async function sendMessage(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  input: Send,
  creation: Creation | null = null,
): Promise<{ message: Message; repeat: boolean }> {
  const hash = sha256(contentOf(input));
  return ctx.db.write(async (tx) => {
    await requireParticipant(tx.sql, viewer.id, event);
    const earlier = await findSent(tx.sql, { event, author: viewer.id, clientId: input.client_id });
    if (earlier !== undefined) {
      const message = repeated(earlier, hash);
      await creation?.keep(tx, String(earlier.seq));
      return { message, repeat: true };
    }
    await requireTarget(tx.sql, viewer.id, event, input.reply_to);
    const ids = input.photos ?? [];
    const photos = ids.length === 0 ? null : await photosToShow(tx.sql, viewer.id, event, ids);
    const draft = draftOf(ctx, viewer, event, input, photos);
    const { messageSeq } = await appendMessage(ctx, tx, eventStream(event), (seq) => ({
      message: draft(seq),
    }));
    const message = draft(messageSeq);
    await insertMessage(tx.sql, rowOf(message, viewer.id, input, hash));
    if (photos !== null) await showPhotos(tx, event, messageSeq, ids);
    await creation?.keep(tx, String(messageSeq));
    return { message, repeat: false };
  });
}

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

function repeated(earlier: MessageRow, hash: Uint8Array): Message {
  if (!isRepeat(earlier.content_hash, hash)) throw new AppError("client_id_reused");
  return renderRow(earlier);
}

async function requireTarget(
  sql: Sql,
  viewer: UserId,
  event: EventId,
  replyTo: number | undefined,
): Promise<void> {
  if (replyTo === undefined || (await findMessage(sql, { event, viewer, seq: replyTo })) !== undefined)
    return;
  throw invalid("reply_to", "is not a message of this chat");
}

function invalid(path: string, message: string): AppError {
  return new AppError("invalid_input", { detail: `${path}: ${message}`, errors: [{ path, message }] });
}

/** The message but for its number, which the stream gives. */
function draftOf(
  ctx: Context,
  viewer: Viewer,
  chat: EventId,
  input: Send,
  photos: Photo[] | null,
): (seq: number) => Message {
  const id = ctx.random.id() as MessageId; // ids that the server makes are branded where they are made
  const sent_ms = ctx.clock.now();
  const { text, client_id, reply_to } = input;
  const author = { id: viewer.id, username: viewer.username };
  return (seq) => ({
    seq,
    id,
    chat,
    author,
    text,
    sent_ms,
    ...(reply_to === undefined ? {} : { reply_to }),
    ...(photos === null ? {} : { photos }),
    client_id,
  });
}

function rowOf(message: Message, author: UserId, input: Send, hash: Uint8Array) {
  return {
    event_id: message.chat as EventId, // it was made with one
    seq: message.seq,
    id: message.id as MessageId,
    author_id: author,
    client_id: input.client_id,
    content_hash: hash,
    text: input.text,
    reply_to: input.reply_to ?? null,
    system: null,
    sent_ms: message.sent_ms,
    edited_ms: null,
    deleted_ms: null,
  };
}

/** As its author sees it. */
export function renderRow(row: MessageRow): Message {
  // These columns hold what this server wrote there itself, by the contract's own types.
  const system = row.system === null ? null : (JSON.parse(row.system) as Message["system"]);
  const photos = row.photos === null ? null : (JSON.parse(row.photos) as Photo[]);
  return toMessage({ ...row, chat: row.event_id, system, photos });
}

async function getMessage(sql: Sql, viewer: UserId, event: EventId, seq: number): Promise<MessageRow> {
  const row = await findMessage(sql, { event, viewer, seq });
  if (row === undefined) throw notFound();
  return row;
}

export function editMessage(
  ctx: Context,
  viewer: Viewer,
  place: { event: EventId; seq: number },
  text: string,
): Promise<Message> {
  const { event, seq } = place;
  return ctx.db.write(async (tx) => {
    await requireParticipant(tx.sql, viewer.id, event);
    const row = await getMessage(tx.sql, viewer.id, event, seq);
    if (!canEdit(row, viewer.id)) throw new AppError("forbidden");
    const at = ctx.clock.now();
    await updateText(tx.sql, { event, seq, text, at });
    const message = renderRow({ ...row, text, edited_ms: at });
    await append(ctx, tx, eventStream(event), "message_edited", { seq }, { message });
    return message;
  });
}

/** Takes the text away and keeps the place. Deleting again changes and reports nothing. */
export async function deleteMessage(
  ctx: Context,
  viewer: Viewer,
  place: { event: EventId; seq: number },
): Promise<Message> {
  const { event, seq } = place;
  const deleted = await ctx.db.write(async (tx) => {
    const { role } = await requireParticipant(tx.sql, viewer.id, event);
    const row = await getMessage(tx.sql, viewer.id, event, seq);
    if (!canDelete(row, { id: viewer.id, role })) throw new AppError("forbidden");
    if (row.deleted_ms !== null) return asSeenBy(renderRow(row), viewer.id);
    const at = ctx.clock.now();
    await updateDeleted(tx.sql, { event, seq, at });
    if (row.photos !== null) await hidePhotos(ctx, tx, event, seq);
    const message = renderRow({ ...row, text: "", system: null, photos: null, deleted_ms: at });
    await append(ctx, tx, eventStream(event), "message_deleted", { seq }, { message });
    return asSeenBy(message, viewer.id);
  });
  // Whoever is told that a photo is deleted finds its files gone.
  await ctx.photos.deletions.settled();
  return deleted;
}

/** Moves the caller's marker, and tells the others if it moved. */
export function markRead(ctx: Context, viewer: Viewer, event: EventId, wanted: number): Promise<number> {
  return ctx.db.write(async (tx) => {
    const participant = await requireParticipant(tx.sql, viewer.id, event);
    const present = await findReadMarker(tx.sql, event, viewer.id);
    const seq = movedMarker(present, wanted, await findLastMessage(tx.sql, eventStream(event)));
    if (seq === present) return seq;
    await updateReadMarker(tx.sql, event, viewer.id, seq);
    if (await isNamed(tx.sql, participant)) {
      tx.onCommit(() => ctx.bus.publish({ type: "read", event, user: viewer.id, seq }));
    }
    return seq;
  });
}

/** Tells the others that somebody is writing; nothing is stored. */
export async function announceTyping(ctx: Context, viewer: Viewer, event: EventId): Promise<void> {
  const participant = await requireParticipant(ctx.db.read, viewer.id, event);
  if (await isNamed(ctx.db.read, participant)) ctx.bus.publish({ type: "typing", event, user: viewer.id });
}

/** Until an invitation by e-mail is answered, nobody is told which account holds the address. */
async function isNamed(sql: Sql, { event, user, rsvp }: EventParticipant): Promise<boolean> {
  return rsvp !== "none" || (await findInvitation(sql, event, user)) === null;
}

export async function getChat(ctx: Context, viewer: Viewer, event: EventId): Promise<ChatInfo> {
  const sql = ctx.db.read;
  await requireParticipant(sql, viewer.id, event);
  const { name } = await eventFacts(sql, event);
  const members = await listMembers(sql, event);
  const own = await findReadMarker(sql, event, viewer.id);
  const blocked = new Set(await blockedOf(sql, viewer.id));
  const newest = await listMessagesBefore(sql, { event, viewer: viewer.id, seq: Number.MAX_SAFE_INTEGER }, 1);
  return {
    id: event,
    event,
    name,
    people: members.map(({ id, username }) => ({ id, username })),
    last_seq: await findLastMessage(sql, eventStream(event)),
    last_message: newest.map((row) => asSeenBy(renderRow(row), viewer.id))[0] ?? null,
    unread: await countUnread(sql, { event, viewer: viewer.id, seq: own }),
    read: Object.fromEntries(
      members.flatMap(({ id, seq }) => (seq === null || blocked.has(id) ? [] : [[id, seq]])),
    ),
  };
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

/** A person in an event as everybody in it may know them, by id. */
export async function peopleOf(
  sql: Sql,
  event: EventId,
  ids: readonly UserId[],
): Promise<Map<UserId, Person>> {
  const rows = await listPeople(sql, event, ids);
  return new Map(rows.map((row) => [row.id, toPerson(row)]));
}

export async function namesOf(sql: Sql, ids: readonly UserId[]): Promise<Map<UserId, string>> {
  const rows = await listNames(sql, ids);
  return new Map(rows.map(({ id, username }) => [id, username]));
}

/** Who was removed when a message was written: for them it never happened, nor do its edits. */
export function absenteesOf(sql: Sql, event: EventId, seq: number): Promise<UserId[]> {
  return listAbsentees(sql, event, seq);
}
