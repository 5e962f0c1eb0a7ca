import { z } from "zod";
import { acceptedUntilCancelled, participants, participantsUntilCancelled } from "./access.ts";
import { endpoint } from "./endpoint.ts";
import { eventId, userId } from "./ids.ts";
import { limits } from "./limits.ts";
import { latitudeInput, longitudeInput, queryInt, wireNumber } from "./values.ts";

/** How somebody will come; `ride` is whatever has an engine. */
export const startMode = z.enum(["walk", "cycle", "ride"]);

/** Where the caller will set out from: the centre of its cell of about 1 km, which is all that is kept. */
export const startPoint = z.object({ latitude: wireNumber, longitude: wireNumber, mode: startMode });

/** A place to meet at. Seconds, in whole multiples of 5 minutes. */
export const meetingPlace = z.object({
  latitude: wireNumber,
  longitude: wireNumber,
  /** Of a venue of an event that the caller can read; else null. */
  name: z.string().nullable(),
  /** How long whoever comes last is on the way, how long people are on average, and between the first and the last. */
  worst_s: z.int(),
  mean_s: z.int(),
  spread_s: z.int(),
  travel: z.array(z.object({ id: userId, travel_s: z.int() })),
});

export const meetingPoint = z.object({
  /** Who counts, and by what: the start that they gave, or the position that they show the caller now. */
  from: z.array(z.object({ id: userId, source: z.enum(["start", "position"]) })),
  places: z.array(meetingPlace),
});

const own = z.object({ id: eventId });
const errors = ["unauthenticated", "no_account", "not_found"] as const;

export const meeting = {
  setStart: endpoint({
    method: "PUT",
    path: "/event/{id}/start",
    summary: "Say where the caller will set out from, for the meeting point alone",
    description:
      "Kept is the centre of its cell of about 1 km, until the event is over, or the caller takes it back, leaves or declines. Nobody else reads it. Of a series: for each occurrence by itself.",
    auth: "session",
    access: participantsUntilCancelled,
    params: own,
    body: z.object({ latitude: latitudeInput, longitude: longitudeInput, mode: startMode.optional() }),
    response: startPoint,
    errors: [...errors, "forbidden", "outside_window", "unsupported"],
  }),
  getStart: endpoint({
    method: "GET",
    path: "/event/{id}/start",
    summary: "The own start, null without one",
    auth: "session",
    access: participants,
    params: own,
    response: startPoint.nullable(),
    errors,
  }),
  removeStart: endpoint({
    method: "DELETE",
    path: "/event/{id}/start",
    summary: "Take the own start back",
    auth: "session",
    access: participants,
    params: own,
    response: z.literal("success"),
    errors,
  }),
  getMeetingPoint: endpoint({
    method: "GET",
    path: "/event/{id}/meeting_point",
    summary: "Places at which the last to arrive is there soonest",
    description:
      "Computed from the centres of cells alone, so that it is the same wherever in their cells people are. Fewer than two who gave a start or show the caller where they are: `places` is empty. Five at most, unless asked otherwise.",
    auth: "session",
    access: acceptedUntilCancelled,
    params: own,
    query: z.object({ limit: queryInt(1, limits.meetingPlaces).optional() }),
    response: meetingPoint,
    errors: [...errors, "forbidden", "outside_window", "unsupported", "unavailable"],
    rate: "meetingPoint",
  }),
} as const;

export type StartMode = z.output<typeof startMode>;
export type StartPoint = z.input<typeof startPoint>;
export type MeetingPlace = z.input<typeof meetingPlace>;
export type MeetingPoint = z.input<typeof meetingPoint>;
