import { z } from "zod";
import { authorAndHosts, authorOnly, chatParticipants } from "./access.ts";
import { userRef } from "./accounts.ts";
import { endpoint, idempotencyErrors } from "./endpoint.ts";
import { eventId } from "./ids.ts";
import { limits } from "./limits.ts";
import { marks } from "./marks.ts";
import {
  mentionsInput,
  message,
  messageSeq,
  messageText,
  saysNothing,
  saysSomething,
  sentContent,
  seqPath,
} from "./message.ts";
import { clientId, pageQuery, queryInt, text } from "./values.ts";

const pointer = queryInt(0, Number.MAX_SAFE_INTEGER);

export const chatInfo = z.object({
  id: eventId,
  event: eventId,
  name: z.string(),
  people: z.array(userRef),
  last_seq: z.int().min(0),
  /** Number of the newest entry of `event:<id>`: all up to it is in this answer. */
  last_entry: z.int().min(0),
  last_message: message.nullable(),
  unread: z.int().min(0),
  /** How many of the unread messages name the caller. */
  unread_mentions: z.int().min(0),
  /** Newest pin first. */
  pins: z.array(messageSeq),
  read: z.record(z.string(), z.int()),
});

const own = z.object({ id: eventId });
const one = z.object({ id: eventId, seq: seqPath });
const signedInErrors = ["unauthenticated", "no_account", "not_found"] as const;

export const sendBody = z.object({ ...sentContent, client_id: clientId }).refine(saysSomething, saysNothing);

export const chat = {
  getChat: endpoint({
    method: "GET",
    path: "/chat/{id}",
    summary: "Chat information",
    auth: "session",
    access: chatParticipants,
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
    access: chatParticipants,
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
      "`after` (oldest first from there) or `before` (the page that ends there); neither: the newest page. `wait` long-polls up to that many seconds for the next message after `after`. An `after` beyond the newest message answers `reset`: the store is an older one, fetch afresh.",
    auth: "session",
    access: chatParticipants,
    params: own,
    query: z.object({
      after: pointer.optional(),
      before: pointer.optional(),
      wait: queryInt(0, 60).optional(),
      ...pageQuery,
    }),
    response: z.array(message),
    paged: true,
    errors: [...signedInErrors, "reset"],
  }),
  searchMessages: endpoint({
    method: "GET",
    path: "/chat/{id}/search",
    summary: "Search the messages of a chat, newest first",
    description:
      "Messages that have every word of `q`; the last word may be the beginning of one. Letter case and accents do not matter.",
    auth: "session",
    access: chatParticipants,
    params: own,
    query: z.object({ q: text(limits.searchCodePoints).pipe(z.string().min(1)), ...pageQuery }),
    response: z.array(message),
    paged: true,
    errors: signedInErrors,
    rate: "search",
  }),
  editMessage: endpoint({
    method: "PATCH",
    path: "/chat/{id}/messages/{seq}",
    summary: "Edit an own message",
    description: "Whom it names is made anew.",
    auth: "session",
    access: authorOnly,
    params: one,
    body: z.object({ text: messageText, mentions: mentionsInput.optional() }),
    response: message,
    errors: [...signedInErrors, "forbidden"],
    rate: "chat",
  }),
  deleteMessage: endpoint({
    method: "DELETE",
    path: "/chat/{id}/messages/{seq}",
    summary: "Delete a message (author, owner or host): the text is gone, the place is kept",
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
    access: chatParticipants,
    params: own,
    body: z.object({ seq: z.int().min(0).max(Number.MAX_SAFE_INTEGER) }),
    response: z.object({ seq: z.int() }),
    errors: signedInErrors,
  }),
  ...marks,
} as const;

export type ChatInfo = z.input<typeof chatInfo>;
export type SendBody = z.output<typeof sendBody>;
