import type { EventId, UserId } from "@jarvis/contract";

export interface ScheduleSchema {
  availability: AvailabilityTable;
}

/** Consent that suggestions of an event use somebody's free/busy of this range. */
export interface AvailabilityTable {
  event_id: EventId;
  user_id: UserId;
  from_ms: number;
  to_ms: number;
  updated_ms: number;
}
