import { type Event, type Place, toWireNumber } from "@jarvis/contract";
import { statusOf } from "./rules.ts";
import type { EventRow } from "./store.ts";

/** What of an event is the same for everybody who reads it; also the content of an `event` entry. */
export type EventCore = Pick<
  Event,
  | "id"
  | "version"
  | "name"
  | "description"
  | "start_time"
  | "duration"
  | "time_zone"
  | "status"
  | "capacity"
  | "place"
  | "updated_ms"
>;

export function renderEventCore(row: EventRow, now: number): EventCore {
  return {
    id: row.id,
    version: row.version,
    name: row.name,
    description: row.description,
    start_time: row.start_ms === null ? null : toWireNumber(row.start_ms / 1000),
    duration: toWireNumber(row.duration_ms / 1000),
    time_zone: row.time_zone,
    status: statusOf(row, now),
    capacity: row.capacity,
    place: renderPlace(row),
    updated_ms: row.updated_ms,
  };
}

function renderPlace(row: EventRow): Place | null {
  if (row.place_latitude === null || row.place_longitude === null) return null;
  return {
    name: row.place_name ?? "",
    address: row.place_address ?? "",
    latitude: toWireNumber(row.place_latitude),
    longitude: toWireNumber(row.place_longitude),
  };
}
