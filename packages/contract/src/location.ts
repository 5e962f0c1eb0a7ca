import { z } from "zod";
import {
  acceptedAboutAsker,
  acceptedAboutSharer,
  acceptedInWindow,
  acceptedUntilCancelled,
  acceptedUntilEnd,
  participants,
  selfAboutAnybody,
  selfAboutFriend,
  selfOnly,
  selfOrSharer,
} from "./access.ts";
import { userRef } from "./accounts.ts";
import { endpoint } from "./endpoint.ts";
import { eventId, userId } from "./ids.ts";
import {
  instantMs,
  latitudeInput,
  longitudeInput,
  numberLike,
  pageQuery,
  unixSecondsInput,
  wireNumber,
} from "./values.ts";

/** A fix as a client uploads it. Lengths in metres, speed in m/s, heading in degrees, battery in percent. */
export const fixInput = z.object({
  latitude: latitudeInput,
  longitude: longitudeInput,
  accuracy: numberLike(0, 10_000_000).optional(),
  altitude: numberLike(-20_000, 1_000_000).optional(),
  speed: numberLike(0, 100_000).optional(),
  heading: numberLike(0, 360).optional(),
  battery: numberLike(0, 100).optional(),
  /** When the fix was made, unix seconds; now when absent; at most 60 s in the future. */
  at: unixSecondsInput.optional(),
});

/** The caller's own newest fix, or that of a friend who shows it to them. */
export const ownFix = z.object({
  latitude: wireNumber,
  longitude: wireNumber,
  accuracy: z.number().nullable(),
  altitude: z.number().nullable(),
  speed: z.number().nullable(),
  heading: z.number().nullable(),
  battery: z.number().nullable(),
  at_ms: instantMs,
});

/** How somebody travels. */
export const travelMode = z.enum(["still", "walk", "cycle", "ride"]);

/** What is told of somebody on their way. */
export const travelCode = z.enum(["leave_now", "running_late", "on_time", "arrived"]);

export const travelState = z.enum(["travelling", "arrived", "stale", "paused"]);

/** Somebody else's position in an event. A `paused` row carries nothing but `id`, `username` and `state`. */
export const positionRow = z.object({
  id: userId,
  username: z.string(),
  latitude: wireNumber.optional(),
  longitude: wireNumber.optional(),
  accuracy: z.number().nullable().optional(),
  at_ms: instantMs.optional(),
  state: travelState,
  distance_m: z.number().nullable().optional(),
  /** In m/s. This, `mode` and `battery` are null of somebody who shares `coarse`, and while they are unknown. */
  speed: z.number().nullable().optional(),
  mode: travelMode.nullable().optional(),
  /** In percent. */
  battery: z.number().nullable().optional(),
  /** Seconds until arrival, 0 once arrived; null without a place and while nobody can tell. `coarse`: in steps of 300. */
  eta_s: z.number().nullable().optional(),
  /** In 8 of 10 cases arrival is within this many seconds of `eta_s`. */
  eta_margin_s: z.number().nullable().optional(),
});

/** Where somebody has been. */
export const trailPoint = z.object({
  latitude: wireNumber,
  longitude: wireNumber,
  accuracy: z.number().nullable(),
  at_ms: instantMs,
});

export const sharingState = z.enum(["on", "paused", "off"]);
export const precision = z.enum(["exact", "coarse"]);

/** The caller's consent to be located by this event's people. */
export const sharing = z.object({
  state: sharingState,
  precision,
  /** Who may see the caller: the people who were in the event when consent was given. */
  audience: z.array(userId),
  /** Who came later and sees nothing until the caller consents again. */
  pending: z.array(userId),
  until_ms: instantMs.nullable(),
  /** Who looked, and when last. */
  viewers: z.array(z.object({ id: userId, at_ms: instantMs })),
  /** Whether it ends by itself soon after the caller has arrived. */
  until_arrival: z.boolean(),
});

/** The caller shows a friend where they are, outside any event. */
export const outgoingShare = z.object({
  user: userRef,
  precision,
  since_ms: instantMs,
  until_ms: instantMs,
  /** When the friend last looked; null: never. */
  viewed_ms: instantMs.nullable(),
});
export const incomingShare = z.object({ user: userRef, precision, until_ms: instantMs });
/** Who looked where the caller was, and when last; `event` null: through a share. */
export const locationView = z.object({ event: eventId.nullable(), user: userRef, at_ms: instantMs });

const ownEvent = z.object({ id: eventId });
const ownAboutFriend = z.object({ id: userId, friend: userId });
const signedInErrors = ["unauthenticated", "no_account", "not_found"] as const;
const success = z.literal("success");

export const location = {
  uploadLocation: endpoint({
    method: "POST",
    path: "/user/{id}/location",
    summary: "Upload location information",
    description: "An older fix never replaces a newer one. Seen by others only where the caller shares.",
    auth: "session",
    access: selfOnly,
    params: z.object({ id: userId }),
    body: fixInput,
    response: success,
    errors: [...signedInErrors, "forbidden"],
    rate: "position",
  }),
  getOwnLocation: endpoint({
    method: "GET",
    path: "/user/{id}/location",
    summary: "The own newest fix, or that of a friend who shows it to the caller",
    description:
      "The own is kept for 24 hours at most. A friend's was made since the share began and not more than 10 minutes ago; of a `coarse` share the centre of its cell, and null for what tells more. Everybody else's, and before a fix: `not_found`.",
    auth: "session",
    access: selfOrSharer,
    params: z.object({ id: userId }),
    response: ownFix,
    errors: signedInErrors,
  }),
  setShare: endpoint({
    method: "PUT",
    path: "/user/{id}/shares/{friend}",
    summary: "Show a friend where the caller is, for a time",
    description:
      "Outside any event, until then: 15 minutes to 8 hours from now. Again: another end, and another precision where it is named; what was made before the first still is not shown.",
    auth: "session",
    access: selfAboutFriend,
    params: ownAboutFriend,
    body: z.object({ until: unixSecondsInput, precision: precision.optional() }),
    response: outgoingShare,
    errors: [...signedInErrors, "forbidden", "limit_exceeded"],
  }),
  endShare: endpoint({
    method: "DELETE",
    path: "/user/{id}/shares/{friend}",
    summary: "Show a friend no longer where the caller is",
    auth: "session",
    access: selfAboutAnybody,
    params: ownAboutFriend,
    response: success,
    errors: [...signedInErrors, "forbidden"],
  }),
  listShares: endpoint({
    method: "GET",
    path: "/user/{id}/shares",
    summary: "To whom the caller shows where they are, and who shows it to the caller",
    auth: "session",
    access: selfOnly,
    params: z.object({ id: userId }),
    response: z.object({ outgoing: z.array(outgoingShare), incoming: z.array(incomingShare) }),
    errors: [...signedInErrors, "forbidden"],
  }),
  listLocationViews: endpoint({
    method: "GET",
    path: "/user/{id}/location_views",
    summary: "Who looked where the caller was, newest first, for 30 days",
    auth: "session",
    access: selfOnly,
    params: z.object({ id: userId }),
    query: z.object(pageQuery),
    response: z.array(locationView),
    paged: true,
    errors: [...signedInErrors, "forbidden"],
  }),
  uploadEventLocation: endpoint({
    method: "POST",
    path: "/event/{id}/location",
    summary: "Upload location information for an event alone",
    description:
      "Turns sharing on only if it was never set for this event; after `paused` or `off`: `sharing_off`.",
    auth: "session",
    access: acceptedInWindow,
    params: ownEvent,
    body: fixInput,
    response: success,
    errors: [...signedInErrors, "forbidden", "outside_window", "sharing_off"],
    rate: "position",
  }),
  getSharing: endpoint({
    method: "GET",
    path: "/event/{id}/sharing",
    summary: "The own consent for this event",
    auth: "session",
    access: participants,
    params: ownEvent,
    response: sharing,
    errors: signedInErrors,
  }),
  setSharing: endpoint({
    method: "PUT",
    path: "/event/{id}/sharing",
    summary: "Give, pause or withdraw consent",
    description: "Given, it fixes its start, its end and its audience; nobody else can lengthen or widen it.",
    auth: "session",
    access: acceptedUntilEnd,
    params: ownEvent,
    body: z.object({
      state: sharingState,
      precision: precision.optional(),
      until_arrival: z.boolean().optional(),
    }),
    response: sharing,
    errors: [...signedInErrors, "forbidden", "outside_window"],
  }),
  listLocations: endpoint({
    method: "GET",
    path: "/event/{id}/locations",
    summary: "Where the others are",
    auth: "session",
    access: acceptedInWindow,
    params: ownEvent,
    response: z.array(positionRow),
    errors: [...signedInErrors, "forbidden", "outside_window"],
  }),
  getLocation: endpoint({
    method: "GET",
    path: "/event/{id}/location/{user}",
    summary: "Where one person is",
    auth: "session",
    access: acceptedAboutSharer,
    params: z.object({ id: eventId, user: userId }),
    response: positionRow,
    errors: [...signedInErrors, "forbidden", "outside_window"],
  }),
  getTrail: endpoint({
    method: "GET",
    path: "/event/{id}/trail/{user}",
    summary: "Where one person has been in the last 30 minutes",
    description:
      "Oldest first, at most 120 points: since the caller came into the audience and the person last turned sharing on. Kept in memory alone.",
    auth: "session",
    access: acceptedAboutSharer,
    params: z.object({ id: eventId, user: userId }),
    response: z.array(trailPoint),
    errors: [...signedInErrors, "forbidden", "outside_window"],
  }),
  requestLocation: endpoint({
    method: "POST",
    path: "/event/{id}/location_request",
    summary: "Ask a participant to share",
    auth: "session",
    access: acceptedUntilCancelled,
    params: ownEvent,
    body: z.object({ user: userId }),
    response: z.enum(["pending", "shared"]),
    errors: [...signedInErrors, "forbidden"],
  }),
  listLocationRequests: endpoint({
    method: "GET",
    path: "/event/{id}/location_requests",
    summary: "The own open requests in this event",
    auth: "session",
    access: participants,
    params: ownEvent,
    response: z.object({
      incoming: z.array(z.object({ id: userId, created_ms: instantMs })),
      outgoing: z.array(z.object({ id: userId, created_ms: instantMs })),
    }),
    errors: signedInErrors,
  }),
  answerLocationRequest: endpoint({
    method: "PUT",
    path: "/event/{id}/location_request/{from}",
    summary: "Answer a request; accepting shares as `PUT …/sharing` does",
    auth: "session",
    access: acceptedAboutAsker,
    params: z.object({ id: eventId, from: userId }),
    body: z.object({ answer: z.enum(["accept", "decline"]) }),
    response: z.enum(["shared", "declined"]),
    errors: [...signedInErrors, "forbidden", "outside_window"],
  }),
} as const;

export type FixInput = z.output<typeof fixInput>;
export type OwnFix = z.input<typeof ownFix>;
export type PositionRow = z.input<typeof positionRow>;
export type TrailPoint = z.input<typeof trailPoint>;
export type Sharing = z.input<typeof sharing>;
export type TravelCode = z.output<typeof travelCode>;
export type TravelMode = z.output<typeof travelMode>;
export type OutgoingShare = z.input<typeof outgoingShare>;
export type IncomingShare = z.input<typeof incomingShare>;
export type LocationView = z.input<typeof locationView>;
export type SharingState = z.output<typeof sharingState>;
export type Precision = z.output<typeof precision>;
