import type { CalendarId, UserId } from "@jarvis/contract";

/** What is kept for calendars at Google; the calendar itself is one like others. */
export interface GoogleTables {
  google_calendar: GoogleCalendarTable;
  google_flow: GoogleFlowTable;
  google_revocation: GoogleRevocationTable;
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
