import { z } from "zod";
import { selfOnly } from "./access.ts";
import { settings, userRef } from "./accounts.ts";
import { calendar } from "./calendars.ts";
import { device } from "./devices.ts";
import { endpoint } from "./endpoint.ts";
import { role, rsvp } from "./events.ts";
import { eventId, messageId, optionId, userId } from "./ids.ts";
import { precision, sharingState } from "./whereabouts.ts";
import { startPoint } from "./meeting.ts";
import { photo, photoTypes } from "./photos.ts";
import { vote } from "./polls.ts";
import { message, messageSeq } from "./message.ts";
import { instantMs, wireNumber } from "./values.ts";

const account = z.object({
  id: userId,
  username: z.string(),
  email: z.string().nullable(),
  email_confirmed: z.boolean(),
  has_password: z.boolean(),
  /** When a password from the operator stops working; null: one that the caller chose, or none. */
  password_expires_ms: instantMs.nullable(),
  time_zone: z.string(),
  locale: z.string(),
  settings,
  version: z.int(),
  created_ms: instantMs,
});

const session = z.object({
  id: z.string(),
  created_ms: instantMs,
  /** When the caller proved who they are; null where it was not recorded. */
  signed_in_ms: instantMs.nullable(),
  /** Id of the passkey or the identity that opened it; null: a password, or not recorded. */
  opened_by: z.string().nullable(),
  used_ms: instantMs,
  expires_ms: instantMs,
  /** Whether it is the one that asked. */
  current: z.boolean(),
});

/** Without its key and without what the authenticator calls it. */
const passkey = z.object({
  id: z.string(),
  name: z.string(),
  created_ms: instantMs,
  used_ms: instantMs.nullable(),
});

/** The caller's part in an event; what the event is, as long as they may read it. */
const membership = z.object({
  id: eventId,
  name: z.string().nullable(),
  start_time: wireNumber.nullable(),
  duration: wireNumber.nullable(),
  role,
  rsvp,
  state: z.enum(["in", "left", "removed"]),
  invited_ms: instantMs,
  answered_ms: instantMs.nullable(),
  left_ms: instantMs.nullable(),
  /** How often the caller's answer has changed. */
  answers: z.int(),
});

const ownMessage = z.object({
  event: eventId,
  seq: messageSeq,
  id: messageId,
  text: z.string(),
  sent_ms: instantMs,
  edited_ms: instantMs.nullable(),
  deleted_ms: instantMs.nullable(),
  reply_to: messageSeq.nullable(),
  client_id: z.string().nullable(),
  mentions: z.array(userId),
  system: message.shape.system.unwrap().nullable(),
});

const position = z.object({
  /** The one event that it was made for; null for all that the caller shares with. */
  event: eventId.nullable(),
  latitude: wireNumber,
  longitude: wireNumber,
  accuracy: z.number().nullable(),
  altitude: z.number().nullable(),
  speed: z.number().nullable(),
  heading: z.number().nullable(),
  battery: z.number().nullable(),
  at_ms: instantMs,
  received_ms: instantMs,
});

const consent = z.object({
  event: eventId,
  state: sharingState,
  precision,
  since_ms: instantMs.nullable(),
  until_ms: instantMs.nullable(),
  updated_ms: instantMs,
  /** Whether it ends soon after arriving; null: as the setting says. */
  until_arrival: z.boolean().nullable(),
  audience: z.array(userId),
});

/** With its address, which is shown nowhere else: it is the caller's own secret. Of what is in it, when they are busy is all that is held. */
const ownCalendar = calendar.extend({
  url: z.string().nullable(),
  time_zone: z.string(),
  /** How many quarters of an hour are busy by it, from two days back to 402 ahead of when it was last read. */
  busy_quarters: z.int().min(0),
});

const locationRequest = z.object({
  event: eventId,
  from: userId,
  to: userId,
  state: z.enum(["pending", "shared", "declined"]),
  created_ms: instantMs,
  answered_ms: instantMs.nullable(),
});

/** Everything that is held about a person, without secrets: of others only what that person may see of them. */
export const userExport = z.object({
  exported_ms: instantMs,
  account,
  identities: z.array(
    z.object({ id: z.string(), issuer: z.string(), subject: z.string(), created_ms: instantMs }),
  ),
  passkeys: z.array(passkey),
  sessions: z.array(session),
  /** What opens the caller's calendar, and their busy times. */
  feeds: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(["calendar", "freebusy"]),
      created_ms: instantMs,
      used_ms: instantMs.nullable(),
    }),
  ),
  /** Phones that report positions, and how OwnTracks on them calls whom they were shown. */
  devices: z.array(device.extend({ tids: z.array(z.object({ user: userId, tid: z.string() })) })),
  friends: z.array(userRef.extend({ since_ms: instantMs })),
  friend_requests: z.object({
    incoming: z.array(userRef.extend({ created_ms: instantMs })),
    outgoing: z.array(userRef.extend({ created_ms: instantMs })),
  }),
  blocks: z.array(userRef.extend({ created_ms: instantMs })),
  events: z.array(membership),
  /** What the caller answered for single occurrences of series. */
  occurrence_answers: z.array(z.object({ event: eventId, rsvp, answered_ms: instantMs })),
  /** Open invitations by e-mail that the caller typed. */
  invitations: z.array(z.object({ event: eventId, email: z.string(), created_ms: instantMs })),
  messages: z.array(ownMessage),
  /** What the caller uploaded, shown in a message or not; the images are at `/photos/<id>`. */
  photos: z.array(
    photo.extend({ event: eventId, type: z.enum(photoTypes), bytes: z.int(), created_ms: instantMs }),
  ),
  reactions: z.array(z.object({ event: eventId, seq: messageSeq, emoji: z.string() })),
  /** Pins that the caller put on messages, and that are still there. */
  pins: z.array(z.object({ event: eventId, seq: messageSeq })),
  /** What the caller has voted in polls, on which time. */
  votes: z.array(
    z.object({
      event: eventId,
      option: optionId,
      start_time: wireNumber.nullable(),
      duration: wireNumber.nullable(),
      date: z.string().nullable(),
      vote,
    }),
  ),
  /** Events in whose polls the caller's answer decides. */
  required_in: z.array(eventId),
  read_markers: z.array(z.object({ event: eventId, seq: z.int() })),
  calendars: z.array(ownCalendar),
  positions: z.array(position),
  consents: z.array(consent),
  /** Consents that suggestions of an event use the caller's free/busy of this range. */
  availability: z.array(
    z.object({ event: eventId, from_ms: instantMs, to_ms: instantMs, updated_ms: instantMs }),
  ),
  /** Where the caller will set out from for an event: the centre of a cell of about 1 km. */
  starts: z.array(startPoint.extend({ event: eventId, updated_ms: instantMs })),
  location_requests: z.array(locationRequest),
  /** What was told of the caller's ways to events; kept for a month. */
  journeys: z.array(
    z.object({
      event: eventId,
      start_ms: instantMs,
      leave_told_ms: instantMs.nullable(),
      late_s: z.int().nullable(),
      late_told_ms: instantMs.nullable(),
      arrived_ms: instantMs.nullable(),
    }),
  ),
  /** How much longer than a straight line the caller's ways have been. */
  detours: z.array(
    z.object({
      mode: z.enum(["walk", "cycle", "ride"]),
      factor: z.number(),
      journeys: z.int(),
      updated_ms: instantMs,
    }),
  ),
  /** Who looked at the caller's positions, and at whose the caller did. */
  views: z.array(z.object({ event: eventId.nullable(), sharer: userId, viewer: userId, at_ms: instantMs })),
  /** To whom the caller shows where they are beside events. */
  shares: z.array(
    z.object({
      friend: userId,
      precision,
      since_ms: instantMs,
      until_ms: instantMs,
      viewed_ms: instantMs.nullable(),
    }),
  ),
  /** When the caller was last connected, to the minute; null where it is not kept, as with `show_online` off. */
  last_seen_ms: instantMs.nullable(),
  idempotency_keys: z.array(
    z.object({ method: z.string(), path: z.string(), key: z.string(), created_ms: instantMs }),
  ),
});

const ownCall = {
  auth: "session",
  access: selfOnly,
  params: z.object({ id: userId }),
  errors: ["unauthenticated", "no_account", "forbidden", "not_found", "reauthenticate"],
} as const;

export const privacy = {
  exportUser: endpoint({
    ...ownCall,
    method: "GET",
    path: "/user/{id}/export",
    summary: "Export all that is held about the caller",
    description: "Needs a sign-in of the last 5 minutes.",
    response: userExport,
    rate: "export",
  }),
  eraseUser: endpoint({
    ...ownCall,
    method: "DELETE",
    path: "/user/{id}",
    summary: "Erase the own account",
    description:
      "Needs a sign-in of the last 5 minutes. Sessions, positions and relations are gone at once; messages stay without author and without photos; an owned event passes to its oldest host, else it is cancelled, and deleted where nobody else was in it. The address and the identities may sign up afresh.",
    response: z.literal("success"),
  }),
} as const;

export type UserExport = z.input<typeof userExport>;
