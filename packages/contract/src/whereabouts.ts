import { z } from "zod";
import { userRef } from "./accounts.ts";
import { eventId, userId } from "./ids.ts";
import {
  instantMs,
  latitudeInput,
  longitudeInput,
  numberLike,
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

/** How the caller gets to an event. */
export const ownJourney = z.object({
  distance_m: z.number().nullable(),
  /** In m/s. */
  speed: z.number().nullable(),
  mode: travelMode.nullable(),
  /** Seconds until arrival, 0 once arrived. */
  eta_s: z.number().nullable(),
  /** In 8 of 10 cases arrival is within this many seconds of `eta_s`. */
  eta_margin_s: z.number().nullable(),
  arrived: z.boolean(),
  /** When to leave at the latest; null once they have set out, and once it has begun. */
  leave_by_ms: instantMs.nullable(),
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

export type FixInput = z.output<typeof fixInput>;
export type OwnFix = z.input<typeof ownFix>;
export type PositionRow = z.input<typeof positionRow>;
export type OwnJourney = z.input<typeof ownJourney>;
export type TrailPoint = z.input<typeof trailPoint>;
export type Sharing = z.input<typeof sharing>;
export type TravelCode = z.output<typeof travelCode>;
export type TravelMode = z.output<typeof travelMode>;
export type OutgoingShare = z.input<typeof outgoingShare>;
export type IncomingShare = z.input<typeof incomingShare>;
export type LocationView = z.input<typeof locationView>;
export type SharingState = z.output<typeof sharingState>;
export type Precision = z.output<typeof precision>;
