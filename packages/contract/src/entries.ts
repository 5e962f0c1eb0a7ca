import { z } from "zod";
import { event, person, rsvp } from "./events.ts";
import { eventId, invitationId, userId } from "./ids.ts";
import { sharingState } from "./location.ts";
import { message, messageSeq } from "./message.ts";
import type { EntryKind } from "./realtime.ts";

/** A name is null once its account is erased. */
const named = z.object({ id: userId, username: z.string().nullable() });
const aboutMessage = z.object({ message });
/** From entry `last_seq` on, this connection hears the event's stream. */
const opened = z.object({ event: eventId, last_seq: z.int().min(0) });

const eventCore = event.pick({
  id: true,
  version: true,
  name: true,
  description: true,
  start_time: true,
  duration: true,
  time_zone: true,
  status: true,
  capacity: true,
  place: true,
  updated_ms: true,
});

/**
 * What an entry of each kind carries as `data` when it is delivered. It is rendered at that moment from what is then
 * true, and never carries an e-mail. Kinds of features that do not exist yet have no schema.
 */
export const entryData = {
  message: aboutMessage,
  message_edited: aboutMessage,
  message_deleted: aboutMessage,
  /** `seq` is the message's. */
  reaction: z.object({ seq: messageSeq, user: userId, emoji: z.string(), op: z.enum(["added", "removed"]) }),
  pin: z.object({ seq: messageSeq, user: userId, op: z.enum(["pinned", "unpinned"]) }),
  event: z.object({ event: eventCore }),
  people: z.union([
    z.object({ op: z.enum(["added", "role"]), person: person.extend({ email: z.null() }) }),
    z.object({ op: z.literal("removed"), user: userId }),
    z.object({ op: z.literal("removed"), invitation: invitationId }),
  ]),
  rsvp: z.object({ user: userId, username: z.string().nullable(), rsvp }),
  location_request: z.object({ from: userId, to: userId, state: z.enum(["pending", "shared", "declined"]) }),
  sharing: z.object({ user: userId, state: sharingState }),
  friend_request: z.object({ from: named, state: z.enum(["open", "withdrawn"]) }),
  friend: z.object({ user: named, state: z.enum(["added", "removed"]) }),
  invited: opened,
  event_created: opened,
  removed: z.object({ event: eventId }),
  profile: z.object({ version: z.int() }),
  block: z.object({ user: userId, state: z.enum(["on", "off"]) }),
} as const satisfies Partial<Record<EntryKind, z.ZodType>>;

export type DeliveredKind = keyof typeof entryData;
export type EntryData<K extends DeliveredKind> = z.input<(typeof entryData)[K]>;
