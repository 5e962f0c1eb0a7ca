import { z } from "zod";
import {
  acceptedInWindow,
  type Access,
  chatParticipants,
  ofConnection,
  participants,
  signedIn,
} from "./access.ts";
import { endpoint } from "./endpoint.ts";
import { eventId, userId } from "./ids.ts";
import { limits } from "./limits.ts";
import { fixInput, ownFix, positionRow } from "./whereabouts.ts";
import { messageSeq, saysNothing, saysSomething, sentContent } from "./message.ts";
import { clientId, instantMs, queryInt } from "./values.ts";

/** WebSocket subprotocol of `GET /realtime`. */
export const subprotocol = "jarvis.v1";

const ref = z.union([z.string().max(64), z.number()]).optional();
/** Number of an entry in its stream: 1, 2, 3 … without gaps. Never the number of a message in its chat. */
const entrySeq = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const resumePoints = z.record(z.string().max(220), entrySeq);

/** The people of an event, or a friend who shows the caller where they are. */
const watchable = { event: eventId.optional(), user: userId.optional() };
const namesOne = ({ event, user }: { event?: string | undefined; user?: string | undefined }) =>
  (event === undefined) !== (user === undefined);
const namesNone = { message: "Name either an event or a user", path: ["event"] };

/** What a client may send. `hello` comes first, within 5 s. Any frame may carry a `ref`, which an answer to it repeats. */
export const clientFrame = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("hello"),
    token: z.string().min(1).max(16_384).optional(),
    epoch: z.string().max(100).optional(),
    resume: resumePoints.optional(),
    ref,
  }),
  z.object({ type: z.literal("resume"), streams: resumePoints, ref }),
  z
    .object({ type: z.literal("send"), chat: eventId, client_id: clientId, ...sentContent, ref })
    .refine(saysSomething, saysNothing),
  z.object({ type: z.literal("read"), chat: eventId, seq: entrySeq, ref }),
  z.object({ type: z.literal("typing"), chat: eventId, ref }),
  z.object({ type: z.literal("watch"), ...watchable, ref }).refine(namesOne, namesNone),
  z.object({ type: z.literal("unwatch"), ...watchable, ref }).refine(namesOne, namesNone),
  z.object({ type: z.literal("location"), event: eventId.optional(), ref, ...fixInput.shape }),
  z.object({ type: z.literal("ping"), ref }),
]);

/** Who gets what of each frame; `watch` of a person says nothing where nothing is shared, `location` without an event is the caller's own affair. */
export const frameAccess = {
  hello: signedIn,
  resume: chatParticipants,
  send: chatParticipants,
  read: chatParticipants,
  typing: chatParticipants,
  watch: participants,
  unwatch: ofConnection,
  location: acceptedInWindow,
  ping: signedIn,
} as const satisfies Record<z.output<typeof clientFrame>["type"], Access>;

/** Kinds of entries on `event:` streams. */
export const eventEntryKinds = [
  "message",
  "message_edited",
  "message_deleted",
  "reaction",
  "pin",
  "event",
  "people",
  "rsvp",
  "poll",
  "location_request",
  "sharing",
  "travel",
] as const;

/** Kinds of entries on `user:` streams. */
export const userEntryKinds = [
  "friend_request",
  "friend",
  "invited",
  "removed",
  "profile",
  "block",
  "calendar",
  "device",
  "share",
  "event_created",
] as const;

export type EntryKind = (typeof eventEntryKinds)[number] | (typeof userEntryKinds)[number];

const refEcho = z.union([z.string(), z.number()]).optional();

/** What a server sends. Clients ignore frame types and entry kinds that they do not know. */
export const serverFrame = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("welcome"),
    user: userId,
    epoch: z.string(),
    streams: z.record(z.string(), entrySeq),
    ref: refEcho,
  }),
  z.object({
    type: z.literal("entry"),
    stream: z.string(),
    seq: entrySeq,
    kind: z.string(),
    data: z.record(z.string(), z.unknown()),
    at_ms: instantMs,
  }),
  z.object({
    type: z.literal("ack"),
    chat: eventId,
    client_id: z.string(),
    seq: messageSeq,
    ref: refEcho,
  }),
  z.object({ type: z.literal("position"), event: eventId, user: userId, ...positionRow.shape }),
  z.object({
    type: z.literal("friend_position"),
    user: userId,
    ...ownFix.pick({
      latitude: true,
      longitude: true,
      accuracy: true,
      at_ms: true,
      speed: true,
      battery: true,
    }).shape,
  }),
  z.object({ type: z.literal("typing"), chat: eventId, user: userId }),
  z.object({ type: z.literal("read"), chat: eventId, user: userId, seq: entrySeq }),
  z.object({ type: z.literal("online"), user: userId, online: z.boolean() }),
  z.object({ type: z.literal("pong"), ref: refEcho }),
  z.object({ type: z.literal("skip"), stream: z.string(), from: entrySeq, to: entrySeq }),
  z.object({ type: z.literal("reset"), stream: z.string(), last_seq: entrySeq }),
  z.object({ type: z.literal("error"), code: z.string(), ref: refEcho, client_id: z.string().optional() }),
]);

/** Opaque: how far the streams of one account were heard. */
/** Of 500 streams, a cursor has 6,000 characters. */
const resumeCursor = z.string().max(8_000);
const signedInErrors = ["unauthenticated", "no_account", "forbidden"] as const;

/** The same frames over HTTP, for where a WebSocket does not get through. */
export const streams = {
  streamFrames: endpoint({
    method: "GET",
    path: "/realtime/sse",
    summary: "Hear everything over server-sent events",
    description:
      "Each server frame is one event: `event` is its type, `data` the frame, `id` a cursor that stands for everything up to it. `Last-Event-ID`, or else `resume`, goes on after such a cursor. `watch`, as often as needed, asks for the positions of an event, and as `user:<id>` for those of a friend who shares. The server's last event is `end` with `{code}`, a close code of the WebSocket; `retry` says when to come back.",
    auth: "session",
    access: signedIn,
    query: z.object({
      resume: resumeCursor.optional(),
      watch: z.array(eventId).max(limits.watchedByStream).optional(),
    }),
    response: serverFrame,
    events: true,
    errors: signedInErrors,
  }),
  pollFrames: endpoint({
    method: "GET",
    path: "/realtime/poll",
    summary: "Hear everything by asking again and again",
    description:
      "The server frames since the cursor `resume`, and the cursor to go on with: at once when there are any, else after at most `wait` seconds (25 unless given) with none. Without `resume`: `welcome` and a cursor, at once.",
    auth: "session",
    access: signedIn,
    query: z.object({ resume: resumeCursor.optional(), wait: queryInt(0, 60).optional() }),
    response: z.object({ frames: z.array(serverFrame), cursor: z.string() }),
    errors: signedInErrors,
  }),
} as const;

export type ClientFrame = z.output<typeof clientFrame>;
/** A client frame before parsing: what an application writes. */
export type ClientFrameInput = z.input<typeof clientFrame>;
export type ServerFrame = z.input<typeof serverFrame>;
export type EntryFrame = Extract<ServerFrame, { type: "entry" }>;
export type PositionFrame = Extract<ServerFrame, { type: "position" }>;
export type FriendPositionFrame = Extract<ServerFrame, { type: "friend_position" }>;

/** Why a server closes a socket. 1012 means: restarting, reconnect and resume. */
export const closeCodes = {
  badFrame: 4400,
  unauthenticated: 4401,
  noHello: 4408,
  frameTooLarge: 4413,
  tooFast: 4429,
  tooSlow: 4503,
  restart: 1012,
} as const;

export const realtimeLimits = {
  cursorStreams: limits.cursorStreams,
  pollFrames: limits.pollFrames,
  keepAliveMs: 20_000,
  frameBytes: limits.frameBytes,
  helloMs: limits.helloMs,
  queueBytes: limits.socketQueueBytes,
} as const;
