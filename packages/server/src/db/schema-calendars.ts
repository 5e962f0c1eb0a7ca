import type { CalendarId, CalendarKind, CalendarState, UserId } from "@jarvis/contract";

/** The tables of calendars of elsewhere, as `Schema` has them. */
export interface CalendarSchema {
  calendar: CalendarTable;
  google_calendar: GoogleCalendarTable;
  google_flow: GoogleFlowTable;
  google_revocation: GoogleRevocationTable;
}

/** A calendar of elsewhere, of which times alone are kept. */
export interface CalendarTable {
  id: CalendarId;
  user_id: UserId;
  kind: CalendarKind;
  name: string;
  /** Often a secret: never shown, never logged. */
  url: string | null;
  host: string | null;
  state: CalendarState;
  error: string | null;
  /** What the last answer said of its version (RFC 9110, section 8.8). */
  etag: string | null;
  last_modified: string | null;
  /** The person's time zone when `kept` was read: whole days and floating times are in it. */
  zone: string;
  events: number;
  /** JSON list of what was passed over. */
  skipped: string;
  /** Failed attempts in a row. */
  failures: number;
  /** How often the calendar itself wants to be read. */
  refresh_ms: number | null;
  fetched_ms: number;
  next_ms: number | null;
  created_ms: number;
  busy_from_ms: number;
  busy_until_ms: number;
  /** Pairs of quarters of an hour since 1970, as little-endian 32-bit integers: from … to, the end excluded. */
  busy: Uint8Array;
  /** Times alone, in the form that is read again when the zone changes or time goes on. */
  kept: Uint8Array;
}

/** Access to somebody's calendars at Google, for the calendar of that id. */
export interface GoogleCalendarTable {
  calendar_id: CalendarId;
  user_id: UserId;
  /** A hash of the account's address there, to know it again. */
  account: string;
  /** Grows with everything that is written here, so that of two syncs at once one counts. */
  version: number;
  /** Of use only together with this server's client secret. Access tokens are never stored. */
  refresh_token: string;
  /** Times and sync tokens (`lib/google-calendar/kept.ts`). */
  kept: Uint8Array;
}

/** A consent that a browser has begun: by a hash of what it alone holds and of the state. */
export interface GoogleFlowTable {
  hash: Uint8Array;
  user_id: UserId;
  redirect_uri: string;
  expires_ms: number;
}

/** Access that is to be given back to Google. It names nobody. */
export interface GoogleRevocationTable {
  id: string;
  account: string | null;
  refresh_token: string;
  failures: number;
  next_ms: number;
  created_ms: number;
}
