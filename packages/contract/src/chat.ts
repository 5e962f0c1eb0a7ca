import { z } from "zod";
import { authorAndHosts, authorOnly, participants } from "./access.ts";
import { userRef } from "./accounts.ts";
import { endpoint, idempotencyErrors } from "./endpoint.ts";
import { eventId, messageId } from "./ids.ts";
import { limits } from "./limits.ts";
import { photo, photoIds } from "./photos.ts";
import { clientId, instantMs, pageQuery, queryInt, text } from "./values.ts";

/** Number of a message in its chat: 1, 2, 3 … without gaps. Never the number of an entry in a stream. */
export const messageSeq = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
const seqPath = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)
  .pipe(messageSeq);
const pointer = queryInt(0, Number.MAX_SAFE_INTEGER);

export const messageText = text(limits.textCodePoints).refine(
  (value) => value.trim().length > 0,
  "must not be empty",
);

/** A chat message. A deleted one keeps its place and loses its text; an erased author is `null`. */
export const message = z.object({
  seq: messageSeq,
  id: messageId,
  chat: eventId,
  author: userRef.nullable(),
  text: z.string(),
  sent_ms: instantMs,
  edited_ms: instantMs.optional(),
  deleted: z.literal(true).optional(),
  reply_to: messageSeq.optional(),
  photos: z.array(photo).optional(),
  system: z.object({ code: z.string(), params: z.record(z.string(), z.string()) }).optional(),
  /** Shown to the author only. */
  client_id: z.string().optional(),
});

export const chatInfo = z.object({
  id: eventId,
  event: eventId,
  name: z.string(),
  people: z.array(userRef),
  last_seq: z.int().min(0),
  last_message: message.nullable(),
  unread: z.int().min(0),
  read: z.record(z.string(), z.int()),
});

const own = z.object({ id: eventId });
const one = z.object({ id: eventId, seq: seqPath });
const signedInErrors = ["unauthenticated", "no_account", "not_found"] as const;

/** What a message says: a text, photos, or both. */
export const sentContent = {
  text: text(limits.textCodePoints),
  reply_to: messageSeq.optional(),
  photos: photoIds.optional(),
};

export function saysSomething(sent: { text: string; photos?: readonly unknown[] | undefined }): boolean {
  return sent.text.trim().length > 0 || (sent.photos?.length ?? 0) > 0;
}
export const saysNothing = { path: ["text"], message: "must not be empty where there are no photos" };

export const sendBody = z.object({ ...sentContent, client_id: clientId }).refine(saysSomething, saysNothing);

export const chat = {
  getChat: endpoint({
    method: "GET",
    path: "/chat/{id}",
    summary: "Chat information",
    auth: "session",
    access: participants,
    params: own,
    response: chatInfo,
    errors: signedInErrors,
  }),
  sendMessage: endpoint({
    method: "POST",
    path: "/chat/{id}/messages",
    summary: "Send a message: answered once it is stored durably",
    description:
      "The same `client_id` by the same author with the same content answers 200 and the first message; with other content `client_id_reused`.",
    auth: "session",
    access: participants,
    params: own,
    body: sendBody,
    response: message,
    status: 201,
    repeatStatus: 200,
    errors: [...signedInErrors, "client_id_reused", ...idempotencyErrors],
    rate: "chat",
    idempotent: true,
  }),
  listMessages: endpoint({
    method: "GET",
    path: "/chat/{id}/messages",
    summary: "Receive messages, in order and without gaps",
    description:
      "`after` (oldest first from there) or `before` (the page that ends there); neither: the newest page. `wait` long-polls up to that many seconds for the next message after `after`.",
    auth: "session",
    access: participants,
    params: own,
    query: z.object({
      after: pointer.optional(),
      before: pointer.optional(),
      wait: queryInt(0, 60).optional(),
      ...pageQuery,
    }),
    response: z.array(message),
    paged: true,
    errors: signedInErrors,
  }),
  editMessage: endpoint({
    method: "PATCH",
    path: "/chat/{id}/messages/{seq}",
    summary: "Edit an own message",
    auth: "session",
    access: authorOnly,
    params: one,
    body: z.object({ text: messageText }),
    response: message,
    errors: [...signedInErrors, "forbidden"],
    rate: "chat",
  }),
  deleteMessage: endpoint({
    method: "DELETE",
    path: "/chat/{id}/messages/{seq}",
    summary: "Delete a message (author, owner or host): the text and its photos are gone, the place is kept",
    auth: "session",
    access: authorAndHosts,
    params: one,
    response: message,
    errors: [...signedInErrors, "forbidden"],
  }),
  markRead: endpoint({
    method: "PUT",
    path: "/chat/{id}/read",
    summary: "Move the own read marker; it never goes backwards",
    auth: "session",
    access: participants,
    params: own,
    body: z.object({ seq: z.int().min(0).max(Number.MAX_SAFE_INTEGER) }),
    response: z.object({ seq: z.int() }),
    errors: signedInErrors,
  }),
} as const;

export type Message = z.input<typeof message>;
export type ChatInfo = z.input<typeof chatInfo>;
export type SendBody = z.output<typeof sendBody>;
