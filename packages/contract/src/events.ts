import { z } from "zod";
import {
  hosts,
  invitees,
  inviters,
  ownerAboutPerson,
  ownerOnly,
  participants,
  removers,
  selfOnly,
  signedIn as signedInOnly,
} from "./access.ts";
import { endpoint, idempotencyErrors } from "./endpoint.ts";
import { eventId, invitationId, userId } from "./ids.ts";
import { limits } from "./limits.ts";
import {
  calendarDate,
  durationInput,
  instantMs,
  latitudeInput,
  longitudeInput,
  name,
  pageQuery,
  rangeQuery,
  text,
  timeZone,
  unixSecondsInput,
  wireNumber,
} from "./values.ts";

export const eventStatus = z.enum(["pending", "active", "passed", "cancelled"]);
export const role = z.enum(["owner", "host", "guest"]);
export const rsvp = z.enum(["accepted", "maybe", "declined", "none"]);

/**
 * Somebody in an event. An invitation by e-mail has no `id` and no `username` until it is answered;
 * `email` is null where the caller may not see it.
 */
export const person = z.object({
  id: userId.nullable(),
  username: z.string().nullable(),
  email: z.string().nullable(),
  role,
  rsvp,
  invitation: invitationId.nullable(),
});

export const place = z.object({
  name: z.string(),
  address: z.string(),
  latitude: wireNumber,
  longitude: wireNumber,
});

/** The event, as this caller may see it. The lists carry an e-mail, or the id where the e-mail may not be shown. */
export const event = z.object({
  id: eventId,
  version: z.int(),
  name: z.string(),
  description: z.string(),
  start_time: wireNumber.nullable(),
  duration: wireNumber,
  time_zone: z.string(),
  all_day: z.boolean(),
  /** Floating dates of a whole-day event, the end excluded; `start_time` and `duration` follow from `time_zone`. */
  start_date: z.string().nullable(),
  end_date: z.string().nullable(),
  /** The rule of a series (RFC 5545, 3.3.10, without `RRULE:`); null in an occurrence. */
  recurrence: z.string().nullable(),
  /** The series of an occurrence, to which people and chat belong. */
  series: eventId.nullable(),
  /** When an occurrence takes place by the rule. */
  original_start_time: wireNumber.nullable(),
  status: eventStatus,
  owner: z.string(),
  accepted: z.array(z.string()),
  maybe: z.array(z.string()),
  invited: z.array(z.string()),
  declined: z.array(z.string()),
  people: z.array(person),
  my_rsvp: rsvp,
  capacity: z.int().nullable(),
  place: place.nullable(),
  chat_url: z.string(),
  updated_ms: instantMs,
});

const placeInput = z.object({
  latitude: latitudeInput,
  longitude: longitudeInput,
  name: text(limits.eventNameCodePoints).optional(),
  address: text(500).optional(),
});

const description = text(limits.textCodePoints);
const capacity = z.int().min(1).max(limits.peoplePerEvent);
const eventName = name(limits.eventNameCodePoints);
/** A user id or an e-mail address. */
const personRef = z.string().min(1).max(254);
const people = z.array(personRef).max(limits.arrayItems);

/** Whole days: `start_date`, and `end_date` (excluded), by default the next day; in place of `start_time` and `duration`. */
const wholeDays = {
  all_day: z.boolean().optional(),
  start_date: calendarDate.nullable().optional(),
  end_date: calendarDate.nullable().optional(),
};
/** Of an occurrence: it alone (the default), it and what follows, or all. Of a series: all. */
const scope = {
  scope: z
    .enum(["this", "following", "all"])
    .optional()
    .describe(
      "Of an occurrence: it alone (`this`, the default), it and what follows, or all that lie ahead. Of a series: `all`.",
    ),
};
/** An RRULE (RFC 5545, 3.3.10), with or without `RRULE:`. */
const recurrence = z.string().max(500).nullable().optional();

const own = z.object({ id: eventId });
const signedInErrors = ["unauthenticated", "no_account", "not_found"] as const;
const change = [...signedInErrors, "forbidden"] as const;

export const events = {
  createEvent: endpoint({
    method: "POST",
    path: "/event",
    summary: "Create an event",
    description:
      "Without `start_time` the time is still to be found. `people` are user ids or e-mail addresses. `duration` is needed, except with `all_day`.",
    auth: "session",
    access: signedInOnly,
    body: z.object({
      name: eventName,
      start_time: unixSecondsInput.nullable().optional(),
      duration: durationInput.optional(),
      ...wholeDays,
      recurrence,
      description: description.optional(),
      time_zone: timeZone.optional(),
      place: placeInput.nullable().optional(),
      people: people.optional(),
      capacity: capacity.nullable().optional(),
    }),
    response: event,
    status: 201,
    repeatStatus: 200,
    // not_found: a repeat of a creation that the caller may not see any more.
    errors: ["unauthenticated", "no_account", "unsupported", "not_found", ...idempotencyErrors],
    idempotent: true,
    rate: "event",
  }),
  getEvent: endpoint({
    method: "GET",
    path: "/event/{id}",
    summary: "Access information: people, time, place, chat",
    auth: "session",
    access: participants,
    params: own,
    response: event,
    errors: signedInErrors,
  }),
  updateEvent: endpoint({
    method: "PATCH",
    path: "/event/{id}",
    summary: "Change an event (owner and hosts)",
    description: 'Honours `If-Match: "<version>"`. `start_time: null` takes the time back.',
    auth: "session",
    access: hosts,
    params: own,
    query: z.object(scope),
    body: z
      .object({
        name: eventName,
        start_time: unixSecondsInput.nullable(),
        duration: durationInput,
        description,
        time_zone: timeZone,
        place: placeInput.nullable(),
        capacity: capacity.nullable(),
        ...wholeDays,
        recurrence,
      })
      .partial(),
    response: event,
    errors: [...change, "changed", "unsupported"],
  }),
  cancelEvent: endpoint({
    method: "DELETE",
    path: "/event/{id}",
    summary: "Cancel an event (owner): it is kept and its chat stays readable",
    auth: "session",
    access: ownerOnly,
    params: own,
    query: z.object(scope),
    response: event,
    errors: change,
  }),
  listEvents: endpoint({
    method: "GET",
    path: "/user/{id}/events",
    summary: "The own events, by start time, those without a time first",
    auth: "session",
    access: selfOnly,
    params: z.object({ id: userId }),
    query: z.object({
      status: eventStatus.optional(),
      series: eventId.optional().describe("The occurrences of this series alone"),
      ...rangeQuery,
      ...pageQuery,
    }),
    response: z.array(event),
    paged: true,
    errors: [...signedInErrors, "forbidden"],
  }),
  addPeople: endpoint({
    method: "POST",
    path: "/event/{id}/people",
    summary: "Invite people (owner and hosts)",
    auth: "session",
    access: inviters,
    params: own,
    body: z.object({ people: people.min(1) }),
    response: event,
    errors: [...change, "unsupported", ...idempotencyErrors],
    idempotent: true,
  }),
  removePerson: endpoint({
    method: "DELETE",
    path: "/event/{id}/people/{person}",
    summary: "Remove a person or an invitation; a person may remove themselves",
    auth: "session",
    access: removers,
    params: z.object({ id: eventId, person: z.string().max(254) }),
    response: z.literal("success"),
    errors: [...change, "unsupported"],
  }),
  setRole: endpoint({
    method: "PATCH",
    path: "/event/{id}/people/{person}",
    summary: "Make a guest a host, or a host a guest (owner)",
    auth: "session",
    access: ownerAboutPerson,
    params: z.object({ id: eventId, person: userId }),
    body: z.object({ role: z.enum(["host", "guest"]) }),
    response: event,
    errors: [...change, "unsupported"],
  }),
  setRsvp: endpoint({
    method: "PUT",
    path: "/event/{id}/rsvp",
    summary: "Answer an invitation, or change the answer",
    auth: "session",
    access: invitees,
    params: own,
    body: z.object({ status: z.enum(["accepted", "maybe", "declined"]) }),
    response: z.enum(["accepted", "maybe", "declined"]),
    errors: [...change, "event_full"],
  }),
  setPlace: endpoint({
    method: "PUT",
    path: "/event/{id}/place",
    summary: "Set where it takes place (owner and hosts)",
    auth: "session",
    access: hosts,
    params: own,
    body: placeInput,
    response: event,
    errors: change,
  }),
} as const;

export type Event = z.input<typeof event>;
export type Person = z.input<typeof person>;
export type Place = z.input<typeof place>;
export type EventStatus = z.output<typeof eventStatus>;
export type Role = z.output<typeof role>;
export type SeriesScope = NonNullable<z.output<typeof events.updateEvent.query>["scope"]>;
export type Rsvp = z.output<typeof rsvp>;
export type PlaceInput = z.output<typeof placeInput>;
export type EventInput = z.output<typeof events.createEvent.body>;
export type EventPatch = z.output<typeof events.updateEvent.body>;
