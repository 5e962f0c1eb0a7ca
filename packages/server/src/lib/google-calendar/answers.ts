import { z } from "zod";

const token = z.string().max(4_096).optional();

/** A page of `calendarList.list`, as far as `calendarListFields` asks for it. */
export const calendarListPage = z.object({
  nextPageToken: token,
  items: z.array(z.unknown()).default([]),
});
export const calendarListFields = "nextPageToken,items(id,primary,selected,accessRole)";

export const calendarListEntry = z.object({
  id: z.string().min(1).max(1_024),
  primary: z.boolean().default(false),
  selected: z.boolean().default(false),
  accessRole: z.string().default("none"),
});

/** A page of `events.list`. An event is looked at by itself: one that is odd spoils no other. */
export const eventsPage = z.object({
  timeZone: z.string().max(100).optional(),
  nextPageToken: token,
  nextSyncToken: token,
  items: z.array(z.unknown()).default([]),
});

/** Times alone, and what says whether they are busy: no title, place or note, nobody's name or address. */
export const eventsFields =
  "timeZone,nextPageToken,nextSyncToken,items(id,status,start,end,recurrence,recurringEventId,originalStartTime,transparency,eventType,attendees(self,responseStatus))";

const eventTime = z.object({
  date: z.string().max(32).optional(),
  dateTime: z.string().max(64).optional(),
  timeZone: z.string().max(100).optional(),
});
export type EventTime = z.output<typeof eventTime>;

export const eventId = z.object({ id: z.string().min(1).max(1_024) });

/** `Events` resource. Of a cancelled one no more than the id is certain. */
export const event = eventId.extend({
  status: z.string().optional(),
  start: eventTime.optional(),
  end: eventTime.optional(),
  recurrence: z.array(z.string()).max(2_000).optional(),
  recurringEventId: z.string().max(1_024).optional(),
  originalStartTime: eventTime.optional(),
  transparency: z.string().optional(),
  eventType: z.string().optional(),
  attendees: z
    .array(z.object({ self: z.boolean().optional(), responseStatus: z.string().optional() }))
    .optional(),
});
export type GoogleEvent = z.output<typeof event>;

/** Errors of the API: `reason` is what they are told apart by. */
export const apiError = z.object({
  error: z.object({ errors: z.array(z.object({ reason: z.string() })).default([]) }),
});
