import type { EventId, Rsvp, UserId } from "@jarvis/contract";

/** The tables of series beside their rows in `event`. */
export interface SeriesSchema {
  series_part: SeriesPartTable;
  occurrence_rsvp: OccurrenceRsvpTable;
}

/** What a row of `event` says of how it recurs. */
export interface RecurringColumns {
  kind: "single" | "series" | "occurrence";
  /** Whose people, chat and stream it has: the series' id for an occurrence, else its own. */
  group_id: EventId;
  /** When an occurrence takes place by its rule, whatever became of it since: its id is made of it. */
  original_start_ms: number | null;
  all_day: number;
  /** Floating dates of a whole-day event, the end excluded; `start_ms` and `duration_ms` follow from them. */
  start_date: string | null;
  end_date: string | null;
  /** The rule of a series. */
  recurrence: string | null;
  /** JSON list of what an occurrence was given for itself: changes of the series leave it. */
  own_columns: string | null;
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
