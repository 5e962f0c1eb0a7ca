import type { EventId, StartMode, UserId } from "@jarvis/contract";

export interface MeetingSchema {
  start_point: StartPointTable;
}

/** Where somebody will set out from: the centre of a cell, never anything finer. */
export interface StartPointTable {
  event_id: EventId;
  user_id: UserId;
  latitude: number;
  longitude: number;
  mode: StartMode;
  updated_ms: number;
}
