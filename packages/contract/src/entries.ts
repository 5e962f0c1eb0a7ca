import { z } from "zod";
import { calendarState } from "./calendars.ts";
import { event, person, rsvp } from "./events.ts";
import { calendarId, deviceId, eventId, invitationId, optionId, userId } from "./ids.ts";
import { precision, sharingState, travelCode } from "./whereabouts.ts";
import { message, messageSeq } from "./message.ts";
import { tally } from "./polls.ts";
import type { EntryKind } from "./realtime.ts";
import { instantMs } from "./values.ts";

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
  all_day: true,
  start_date: true,
  end_date: true,
  recurrence: true,
  series: true,
  original_start_time: true,
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
  /** Of a series also when its occurrences have changed: they are then fetched again. */
  event: z.object({ event: eventCore }),
  people: z.union([
    z.object({ op: z.enum(["added", "role"]), person: person.extend({ email: z.null() }) }),
    z.object({ op: z.literal("removed"), user: userId }),
    z.object({ op: z.literal("removed"), invitation: invitationId }),
    /** Also of somebody who is not in the event any more, on what they wrote. */
    z.object({ op: z.literal("renamed"), user: userId, username: z.string() }),
    /** The account is no more: what they wrote stays, without author. */
    z.object({ op: z.literal("erased"), user: userId }),
  ]),
  /** `event` where it is the answer to one occurrence. */
  rsvp: z.object({ user: userId, username: z.string().nullable(), rsvp, event: eventId.optional() }),
  /**
   * What has changed in the poll after its version `since`, never by whom. Who holds `since` and applies the tallies has
   * those of `version`; who holds an older one, or is told of votes without tallies, fetches the poll.
   */
  poll: z.object({
    op: z.enum(["options", "settings", "votes"]),
    version: z.int(),
    since: z.int(),
    tallies: z.record(optionId, tally).optional(),
    removed: z.array(optionId).optional(),
  }),
  location_request: z.object({
    from: userId,
    to: userId,
    state: z.enum(["pending", "shared", "declined", "withdrawn"]),
    /** Where it is about one occurrence of a series. */
    event: eventId.optional(),
  }),
  sharing: z.object({ user: userId, state: sharingState, event: eventId.optional() }),
  /**
   * How somebody gets to an event: told to them, and but for `leave_now` to whoever may see them there when it is
   * delivered. On the event's stream where everybody in it may, with `event` where it is about one occurrence; else on
   * their own, with the event: numbers that are skipped would tell the others of it.
   */
  travel: z.object({
    user: userId,
    code: travelCode,
    /** How many seconds after the start they will be there, and within how many of it in 8 of 10 cases. */
    late_s: z.int().optional(),
    margin_s: z.int().optional(),
    /** Seconds until it is time to leave; below 0: it was. */
    leave_in_s: z.int().optional(),
    event: eventId.optional(),
  }),
  /** On the stream of whoever asks, `to` says whom. */
  friend_request: z.object({
    from: named,
    to: named.optional(),
    state: z.enum(["open", "withdrawn", "declined"]),
  }),
  /** `renamed` comes also of people who have asked, were asked or are blocked. */
  friend: z.object({ user: named, state: z.enum(["added", "removed", "renamed"]) }),
  invited: opened,
  event_created: opened,
  removed: z.object({ event: eventId }),
  profile: z.object({ version: z.int() }),
  /** Without a state where it was removed. */
  calendar: z.union([
    z.object({ id: calendarId, state: calendarState }),
    z.object({ id: calendarId, removed: z.literal(true) }),
  ]),
  /** One that was made or renamed. */
  device: z.union([
    z.object({ id: deviceId, name: z.string() }),
    z.object({ id: deviceId, removed: z.literal(true) }),
  ]),
  /** Somebody shows a friend where they are, until then; null: no longer. */
  share: z.object({
    from: userId,
    to: userId,
    until_ms: instantMs.nullable(),
    precision: precision.optional(),
  }),
  block: z.object({ user: userId, username: z.string().nullable().optional(), state: z.enum(["on", "off"]) }),
} as const satisfies Partial<Record<EntryKind, z.ZodType>>;

export type DeliveredKind = keyof typeof entryData;
export type EntryData<K extends DeliveredKind> = z.input<(typeof entryData)[K]>;
