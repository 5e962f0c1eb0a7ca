import type { EventId, UserId } from "@jarvis/contract";

/** The tables of journeys, as `Schema` has them. */
export interface TravelSchema {
  journey: JourneyTable;
  detour: DetourTable;
}

/** What was told of somebody on their way to an event, so that it is told once. */
export interface JourneyTable {
  event_id: EventId;
  user_id: UserId;
  /** To which start and place it belongs: with another one, everything begins anew. */
  start_ms: number;
  place_latitude: number;
  place_longitude: number;
  /** When they were told to leave. */
  leave_told_ms: number | null;
  /** What was last said of how late they will be; null: nothing, or that they are on time. */
  late_s: number | null;
  late_told_ms: number | null;
  arrived_ms: number | null;
}

/** Path length ÷ straight line of somebody's journeys that have ended in an arrival. */
export interface DetourTable {
  user_id: UserId;
  mode: "walk" | "cycle" | "ride";
  factor: number;
  journeys: number;
  updated_ms: number;
}
