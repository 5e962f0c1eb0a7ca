import { z } from "zod";
import { chatParticipants, participantsAboutMessage } from "./access.ts";
import { endpoint } from "./endpoint.ts";
import { eventId } from "./ids.ts";
import { message, messageSeq, seqPath } from "./message.ts";

const mark = {
  auth: "session",
  access: participantsAboutMessage,
  errors: ["unauthenticated", "no_account", "not_found", "forbidden"],
  rate: "chat",
} as const;

const reaction = {
  ...mark,
  path: "/chat/{id}/messages/{seq}/reactions/{emoji}",
  params: z.object({ id: eventId, seq: seqPath, emoji: z.string() }),
  response: message,
} as const;

const pin = {
  ...mark,
  path: "/chat/{id}/pins/{seq}",
  params: z.object({ id: eventId, seq: seqPath }),
  response: z.object({ pins: z.array(messageSeq) }),
} as const;

/** What people put on a message: reactions and pins. */
export const marks = {
  addReaction: endpoint({
    ...reaction,
    method: "PUT",
    summary: "React to a message with an emoji",
    description:
      "One emoji as Unicode recommends it for interchange (RGI), percent-encoded. Doing it again changes nothing. A deleted message and a system message take none.",
  }),
  removeReaction: endpoint({
    ...reaction,
    method: "DELETE",
    summary: "Take a reaction of one's own back",
  }),
  pinMessage: endpoint({
    ...pin,
    method: "PUT",
    summary: "Pin a message, for everybody in the chat",
    description: "Doing it again changes nothing. A deleted message takes none, and loses its own.",
  }),
  unpinMessage: endpoint({
    ...pin,
    method: "DELETE",
    summary: "Take a pin off a message, whoever put it there",
  }),
  listPins: endpoint({
    method: "GET",
    path: "/chat/{id}/pins",
    summary: "The pinned messages, newest pin first",
    auth: "session",
    access: chatParticipants,
    params: z.object({ id: eventId }),
    response: z.array(message),
    errors: ["unauthenticated", "no_account", "not_found"],
  }),
} as const;
