import { z } from "zod";
import { browsers, selfAboutOwn, selfAboutOwnFile, selfOnly } from "./access.ts";
import { endpoint } from "./endpoint.ts";
import { calendarId, userId } from "./ids.ts";
import { limits } from "./limits.ts";
import { instantMs, name } from "./values.ts";

export const calendarKind = z.enum(["url", "file", "google"]);
export type CalendarKind = z.output<typeof calendarKind>;

/** `failing` is tried again; `revoked` is not, until the person connects it anew. */
export const calendarState = z.enum(["ok", "failing", "revoked"]);
export type CalendarState = z.output<typeof calendarState>;

/** Entries that were passed over, and why. */
export const skippedEntries = z.object({ reason: z.string(), count: z.int().min(1) });

/** A calendar that the person's busy times are taken from. Its address is not part of it: that is often a secret. */
export const calendar = z.object({
  id: calendarId,
  kind: calendarKind,
  name: z.string(),
  /** Host of a calendar at an address. */
  host: z.string().nullable(),
  state: calendarState,
  /** Why it is not `ok`: `unreachable`, `gone`, `denied`, `not_a_calendar`, `too_large`, `too_expensive`; of Google's also `rate_limited`, `revoked`; others may come. */
  error: z.string().nullable(),
  /** How many of its entries count. */
  events: z.int().min(0),
  skipped: z.array(skippedEntries),
  /** When it was last read, or found unchanged. */
  fetched_ms: instantMs,
  /** When it is read again; null for a file. */
  next_ms: instantMs.nullable(),
  created_ms: instantMs,
});

const calendarName = name(limits.calendarNameCodePoints);
/** Where a browser gives its consent. */
const consent = z.object({ consent_url: z.string() });

const own = z.object({ id: userId });
const one = z.object({ id: userId, calendar: calendarId });
const ownErrors = ["unauthenticated", "no_account", "forbidden", "not_found"] as const;

/** Calendars of elsewhere, of which the times alone are kept in which the person is busy. */
export const calendars = {
  addCalendar: endpoint({
    method: "POST",
    path: "/user/{id}/calendars",
    summary: "Connect a calendar by its address, import a file, or begin to connect Google's",
    description:
      "With `url` (http, https or webcal) the iCalendar feed behind it is read now and again, hourly unless it says otherwise. A body of type `text/calendar`, of at most 1 MiB, is imported as it is; `name` is then in the query. With `google` the answer is where to send the browser, which has to be the one that made this call, signed in by cookie. Times alone are kept: no title, place or note. Whatever keeps an address from being read, the answer is the same.",
    auth: "session",
    access: selfOnly,
    params: own,
    query: z.object({ name: calendarName.optional().describe("Of a file that is imported") }),
    body: z.union([
      z.object({
        url: z
          .string('must be an address, or there must be "google": true')
          .min(1)
          .max(limits.calendarUrlLength),
        name: calendarName.optional(),
      }),
      z.object({ google: z.literal(true) }),
    ]),
    document: { type: "text/calendar", maxBytes: limits.calendarBytes },
    response: z.union([calendar, consent]),
    status: 201,
    errors: [...ownErrors, "unsupported"],
    rate: "calendar",
  }),
  listCalendars: endpoint({
    method: "GET",
    path: "/user/{id}/calendars",
    summary: "The calendars that the caller's busy times are taken from",
    auth: "session",
    access: selfOnly,
    params: own,
    response: z.array(calendar),
    errors: ownErrors,
  }),
  refreshCalendar: endpoint({
    method: "POST",
    path: "/user/{id}/calendars/{calendar}/refresh",
    summary: "Read a calendar again now",
    description: "Answers the calendar, `failing` where it could not be read. A file cannot be read again.",
    auth: "session",
    access: selfAboutOwnFile,
    params: one,
    response: calendar,
    errors: [...ownErrors, "unsupported"],
    rate: "calendar",
  }),
  removeCalendar: endpoint({
    method: "DELETE",
    path: "/user/{id}/calendars/{calendar}",
    summary: "Remove a calendar and every time that it gave, at once",
    auth: "session",
    access: selfAboutOwn,
    params: one,
    response: z.literal("success"),
    errors: ownErrors,
  }),
  finishGoogleConsent: endpoint({
    method: "GET",
    path: "/auth/google/calendar/callback",
    summary: "Google sends the browser back here",
    description:
      "Connects the calendars and goes on to `/app/calendars`, `?error=<code>` where it failed: `forbidden` where the person said no, `unauthenticated` where this is not the browser that asked, signed in by cookie to the account that asked, within ten minutes and once, `unavailable` where Google cannot be read now. It signs nobody in. Whoever connects the same Google account again renews its access.",
    auth: "none",
    access: browsers,
    redirect: true,
    query: z.object({
      code: z.string().max(8_000).optional(),
      state: z.string().max(200).optional(),
      iss: z.string().max(2_000).optional(),
      error: z.string().max(200).optional(),
    }),
    response: z.never(),
    errors: ["not_found"],
    rate: "signIn",
  }),
} as const;

export type Calendar = z.input<typeof calendar>;
