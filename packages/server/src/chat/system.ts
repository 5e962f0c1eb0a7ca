import { type EventId, eventStream, type Message, type MessageId, type UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { appendMessage } from "../streams/service.ts";
import { insertMessage } from "./messages-store.ts";

export type SystemMessage = NonNullable<Message["system"]>;

/** Tells the chat, in the unit that makes it, of a change of what was agreed; null: by somebody who is no more. */
export async function postSystemMessage(
  ctx: Context,
  tx: Tx,
  event: EventId,
  author: { id: UserId; username: string } | null,
  system: SystemMessage,
): Promise<void> {
  const id = ctx.random.id() as MessageId; // ids that the server makes are branded where they are made
  const sent_ms = ctx.clock.now();
  const by = author && { id: author.id, username: author.username };
  const render = (seq: number): Message => ({ seq, id, chat: event, author: by, text: "", sent_ms, system });
  const { messageSeq } = await appendMessage(ctx, tx, eventStream(event), (seq) => ({
    message: render(seq),
  }));
  await insertMessage(tx.sql, {
    event_id: event,
    seq: messageSeq,
    id,
    author_id: author?.id ?? null,
    client_id: null,
    content_hash: null,
    text: "",
    reply_to: null,
    system: JSON.stringify(system),
    sent_ms,
    edited_ms: null,
    deleted_ms: null,
  });
}
