/** Where Google answers. A test puts a stand-in there. */
export interface GoogleEndpoints {
  readonly issuer: string;
  readonly authorization: string;
  readonly token: string;
  readonly revocation: string;
  /** Of the Calendar API, without a trailing slash. */
  readonly api: string;
}

export const googleEndpoints: GoogleEndpoints = {
  issuer: "https://accounts.google.com",
  authorization: "https://accounts.google.com/o/oauth2/v2/auth",
  token: "https://oauth2.googleapis.com/token",
  revocation: "https://oauth2.googleapis.com/revoke",
  api: "https://www.googleapis.com/calendar/v3",
};

/** As whom Google knows this server. */
export interface GoogleClient {
  readonly id: string;
  readonly secret: string;
}

/** Reading alone, of the calendars and of what is in them. */
export const calendarScope = "https://www.googleapis.com/auth/calendar.readonly";
