import { z } from "zod";
import { hosts, participants, participantsUntilCancelled } from "./access.ts";
import { endpoint } from "./endpoint.ts";
import { weekdaysQuery } from "./hours.ts";
import { eventId, userId } from "./ids.ts";
import { limits } from "./limits.ts";
import { durationInput, queryInt, rangeQuery, unixSecondsInput, wireNumber } from "./values.ts";

/** The caller's consent that suggestions of this event use their free/busy; unix seconds, `null` where none is given. */
export const availability = z.object({
  share: z.boolean(),
  from: z.number().nullable(),
  to: z.number().nullable(),
  /** Who shares, for owner and hosts; else `null`. */
  sharing: z.array(userId).nullable(),
});

/** Why a slot stands where it stands: a standard code, and its numbers. */
export const reason = z.object({ code: z.string(), params: z.record(z.string(), z.number()) });

/** A time that suits. `busy` and `unknown` are numbers of people: who they are is not told. */
export const suggestion = z.object({
  start_time: wireNumber,
  duration: wireNumber,
  available: z.array(userId),
  if_needed: z.array(userId),
  busy: z.int(),
  unknown: z.int(),
  score: z.number(),
  why: z.array(reason),
});

const own = z.object({ id: eventId });
const errors = ["unauthenticated", "no_account", "not_found"] as const;

export const schedule = {
  getAvailability: endpoint({
    method: "GET",
    path: "/event/{id}/availability",
    summary: "The own consent for suggestions; for owner and hosts also who shares",
    auth: "session",
    access: participants,
    params: own,
    response: availability,
    errors,
  }),
  setAvailability: endpoint({
    method: "PUT",
    path: "/event/{id}/availability",
    summary: "Let suggestions of this event use the own free/busy, or not any more",
    description:
      "Of this range only, at most 400 days, in whole quarters of an hour. It ends with leaving, declining, removal, erasure, cancelling, and when the range has passed.",
    auth: "session",
    access: participantsUntilCancelled,
    params: own,
    body: z.discriminatedUnion(
      "share",
      [
        z.object({ share: z.literal(true), from: unixSecondsInput, to: unixSecondsInput }),
        z.object({ share: z.literal(false) }),
      ],
      { error: ({ code }) => (code === "invalid_union" ? "must be true or false" : undefined) },
    ),
    response: availability,
    errors: [...errors, "forbidden"],
  }),
  listSuggestions: endpoint({
    method: "GET",
    path: "/event/{id}/suggestions",
    summary: "Times that suit (owner and hosts), the best first",
    description:
      "Of whoever does not share (or not this range) the calendar is not looked at: they are `unknown`, unless they voted. From now, 14 days, the event's duration, 10 at most, unless asked otherwise. `weekdays` (`mo,tu`) prefers days in the event's time zone.",
    auth: "session",
    access: hosts,
    params: own,
    query: z.object({
      ...rangeQuery,
      duration: durationInput.optional().describe("Seconds; the event's unless given"),
      limit: queryInt(1, limits.suggestions).optional(),
      weekdays: weekdaysQuery
        .optional()
        .describe("Days that are preferred, in the event's time zone: `sa,su`"),
    }),
    response: z.array(suggestion),
    errors: [...errors, "forbidden"],
    rate: "suggestions",
  }),
} as const;

export type Availability = z.input<typeof availability>;
export type AvailabilityInput = z.output<typeof schedule.setAvailability.body>;
export type Suggestion = z.input<typeof suggestion>;
export type Reason = z.input<typeof reason>;
