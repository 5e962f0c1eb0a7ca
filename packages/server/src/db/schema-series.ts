import type { EventId, Rsvp, UserId } from "@jarvis/contract";

/** The tables of series, as `Schema` has them: the occurrences themselves are events. */
export interface SeriesSchema {
  series_part: SeriesPartTable;
  occurrence_rsvp: OccurrenceRsvpTable;
}

/** From one original start on, by which rule a series goes on and what its occurrences are made with. */
export interface SeriesPartTable {
  series_id: EventId;
  from_ms: number;
  rule: string;
  /** Local time, in `zone`, at which the rule begins: from the two the original starts follow. */
  anchor: string;
  zone: string;
  /** Occurrences exist for original starts before this; null: all that there will ever be. */
  until_ms: number | null;
  name: string;
  description: string;
  time_zone: string;
  /** Time of day in `time_zone`; null: whole days. */
  local_time: string | null;
  duration_ms: number;
  days: number | null;
  capacity: number | null;
  place_name: string | null;
  place_address: string | null;
  place_latitude: number | null;
  place_longitude: number | null;
}

/** What somebody answered for one occurrence, in place of what they answered for the series. */
export interface OccurrenceRsvpTable {
  event_id: EventId;
  user_id: UserId;
  group_id: EventId;
  rsvp: Exclude<Rsvp, "none">;
  answered_ms: number;
}
