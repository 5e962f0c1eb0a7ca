import {
  type EventId,
  eventStream,
  type Message,
  type MessageId,
  type Photo,
  type SendBody,
  type UserId,
} from "@jarvis/contract";
import type { Creation, Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Sql, Tx } from "../db/database.ts";
import { requireMember } from "../events/service.ts";
import { AppError } from "../lib/app-error.ts";
import { sha256 } from "../lib/ids.ts";
import { photosToShow, showPhotos } from "../photos/showing.ts";
import { appendMessage } from "../streams/service.ts";
import { mayMention } from "./mention-rules.ts";
import { findMentions, storeMentions } from "./mentions.ts";
import { renderMessage } from "./messages.ts";
import { findMessage, findSent, insertMessage, type MessageRow } from "./messages-store.ts";
import { contentOf, isRepeat } from "./rules.ts";

export type Send = Pick<SendBody, "text" | "client_id" | "reply_to" | "mentions" | "photos">;

/**
 * Stores a message and reports it, once for each `client_id`: a repeat answers the first message as it is now. Once it is
 * on the disk and reported, `stored` hears its number, before whatever comes after it is reported.
 */
export async function sendMessage(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  input: Send,
  creation: Creation | null = null,
  stored?: (seq: number) => void,
): Promise<{ message: Message; repeat: boolean }> {
  // Whoever writes waits, rather than a reader is cut.
  if (ctx.backlog.isFull) await ctx.backlog.room();
  const hash = sha256(contentOf(input));
  const store = async (tx: Tx): Promise<{ message: Message; repeat: boolean }> => {
    await requireMember(tx.sql, viewer.id, event);
    const earlier = await findSent(tx.sql, { event, author: viewer.id, clientId: input.client_id });
    if (earlier !== undefined) {
      const message = await repeated(tx.sql, earlier, hash);
      await creation?.keep(tx, String(earlier.seq));
      if (stored !== undefined) tx.onCommit(() => stored(earlier.seq));
      return { message, repeat: true };
    }
    await requireTarget(tx.sql, viewer.id, event, input.reply_to);
    const mentions = mayMention(input) ? await findMentions(tx.sql, event, input) : null;
    const ids = input.photos ?? [];
    const photos = ids.length === 0 ? null : await photosToShow(tx.sql, viewer.id, event, ids);
    const draft = draftOf(ctx, viewer, event, input, { mentions, photos });
    const { messageSeq } = await appendMessage(ctx, tx, eventStream(event), (seq) => ({
      message: draft(seq),
    }));
    const message = draft(messageSeq);
    await insertMessage(tx.sql, rowOf(message, viewer.id, input, hash));
    if (mentions !== null) await storeMentions(tx.sql, { event, seq: messageSeq }, null, mentions);
    if (photos !== null) await showPhotos(tx, event, messageSeq, ids);
    await creation?.keep(tx, String(messageSeq));
    if (stored !== undefined) tx.onCommit(() => stored(messageSeq));
    return { message, repeat: false };
  };
  // Membership and messages change with an entry in this log; photos go without one.
  return ctx.db.write(store, { together: eventStream(event), alone: input.photos !== undefined });
}

async function repeated(sql: Sql, earlier: MessageRow, hash: Uint8Array): Promise<Message> {
  if (!isRepeat(earlier.content_hash, hash)) throw new AppError("client_id_reused");
  return renderMessage(sql, earlier);
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
  { mentions, photos }: { mentions: UserId[] | null; photos: Photo[] | null },
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
    ...(mentions === null ? {} : { mentions }),
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
