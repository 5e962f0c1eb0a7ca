import { z } from "zod";
import { participants, secretHolders, selfOnly } from "./access.ts";
import { endpoint } from "./endpoint.ts";
import { eventId, userId } from "./ids.ts";
import { instantMs } from "./values.ts";

/** The media type of iCalendar (RFC 5545, section 8.1); always in UTF-8. */
export const calendarType = "text/calendar";

/** Whether there is a calendar to subscribe to. Its addresses are secrets, and shown once: when it is made. */
const feed = z.object({
  exists: z.boolean(),
  created_ms: instantMs.nullable(),
  /** When a calendar last asked for it, to the hour. */
  used_ms: instantMs.nullable(),
});

const madeFeed = z.object({
  /** The calendar, for whatever takes an address. */
  url: z.string(),
  /** The same, for a link that opens the calendar app. */
  webcal: z.string(),
  /** Busy times alone, to be given to others. */
  freebusy_url: z.string(),
  /** The same calendar over CalDAV, read-only: there `secret` is the password. */
  dav_url: z.string(),
  dav_username: z.string(),
  secret: z.string(),
});

const own = z.object({ id: userId });
const ownErrors = ["unauthenticated", "no_account", "forbidden", "not_found"] as const;
const secret = z.object({ secret: z.string().max(200) });

export const feeds = {
  getFeed: endpoint({
    method: "GET",
    path: "/user/{id}/calendar",
    summary: "Whether the caller's calendar can be subscribed to",
    auth: "session",
    access: selfOnly,
    params: own,
    response: feed,
    errors: ownErrors,
  }),
  createFeed: endpoint({
    method: "POST",
    path: "/user/{id}/calendar",
    summary: "Make the addresses of the caller's calendar",
    description:
      "Needs a sign-in of the last 5 minutes. They are shown this once; those that were made before stop working. Calendars fetch when they like, often hours apart: what is urgent comes by chat.",
    auth: "session",
    access: selfOnly,
    params: own,
    response: madeFeed,
    status: 201,
    errors: [...ownErrors, "reauthenticate"],
  }),
  deleteFeed: endpoint({
    method: "DELETE",
    path: "/user/{id}/calendar",
    summary: "Make the addresses of the caller's calendar stop working, at once",
    auth: "session",
    access: selfOnly,
    params: own,
    response: z.literal("success"),
    errors: ownErrors,
  }),
  readFeed: endpoint({
    method: "GET",
    path: "/calendar/{secret}.ics",
    summary: "The calendar of whoever made this address, as iCalendar",
    description:
      "Events from 90 days back to 400 ahead. Answers 304 to `If-None-Match` and `If-Modified-Since` while nothing has changed. At most 60 calls an hour for each secret.",
    auth: "none",
    access: secretHolders,
    params: secret,
    response: z.custom<Blob>(),
    download: [calendarType],
    conditional: true,
    errors: ["not_found"],
    rate: "feedAddress",
  }),
  readFreeBusy: endpoint({
    method: "GET",
    path: "/freebusy/{secret}.ics",
    summary: "When whoever made this address is busy, and nothing else, as iCalendar",
    description:
      "Accepted events in quarters of an hour, from yesterday to 90 days ahead. At most 60 calls an hour for each secret.",
    auth: "none",
    access: secretHolders,
    params: secret,
    response: z.custom<Blob>(),
    download: [calendarType],
    conditional: true,
    errors: ["not_found"],
    rate: "feedAddress",
  }),
  readEventCalendar: endpoint({
    method: "GET",
    path: "/event/{id}/calendar.ics",
    summary: "One event as iCalendar, as the caller's calendar would have it",
    auth: "session",
    access: participants,
    params: z.object({ id: eventId }),
    response: z.custom<Blob>(),
    download: [calendarType],
    conditional: true,
    errors: ["unauthenticated", "no_account", "not_found"],
  }),
} as const;

export type Feed = z.input<typeof feed>;
export type MadeFeed = z.input<typeof madeFeed>;
