import { GoogleFault } from "../../../src/lib/google-calendar/fault.ts";
import { toICalendar } from "../../../src/lib/google-calendar/icalendar.ts";
import { type Kept, packKept, unpackKept } from "../../../src/lib/google-calendar/kept.ts";
import { createGoogleOAuth } from "../../../src/lib/google-calendar/oauth.ts";
import { openSession } from "../../../src/lib/google-calendar/session.ts";
import { syncCalendars } from "../../../src/lib/google-calendar/sync.ts";
import { secureRandom } from "../../../src/lib/ids.ts";
import { type GoogleStandIn, startGoogle } from "../google-stand-in.ts";
import { span } from "./events.ts";
import { client } from "./oauth.ts";
import { type PatientClock, patientClock } from "./patient-clock.ts";

export const none: Kept = new Map();

/** A person whose calendars are synced again and again, and how. */
export class Syncing implements AsyncDisposable {
  readonly google: GoogleStandIn = startGoogle();
  readonly clock: PatientClock;
  kept: Kept = none;
  patienceMs = 60_000;
  refreshToken = "1//0-given-before";
  accessToken: string | undefined;

  constructor(clock = patientClock()) {
    this.clock = clock;
    this.google.oauth.refreshTokens.add(this.refreshToken);
  }

  async sync(): Promise<string[]> {
    const { endpoints } = this.google;
    const oauth = createGoogleOAuth(client, endpoints, this.clock);
    const parts = { oauth, endpoints, clock: this.clock, random: secureRandom(this.clock) };
    const session = openSession(parts, this);
    const { kept } = await syncCalendars(session, this.kept, { clock: this.clock, salt: "a person" });
    this.kept = unpackKept(packKept(kept));
    return this.lines();
  }

  async fails(): Promise<GoogleFault> {
    try {
      await this.sync();
    } catch (error) {
      if (error instanceof GoogleFault) return error;
      throw error;
    }
    throw new Error("it did not fail");
  }

  get calendar() {
    const now = this.clock.now();
    return toICalendar(this.kept, { fromMs: now, untilMs: now + 400 * 86_400_000, maxBytes: 1_000_000 });
  }

  /** Of the iCalendar what says when, an event in a line. */
  lines(): string[] {
    const text = new TextDecoder().decode(this.calendar.text);
    const blocks = text.split("BEGIN:VEVENT\r\n").slice(1);
    return blocks.map((block) =>
      block.split("\r\n").slice(1, block.split("\r\n").indexOf("END:VEVENT")).join(" "),
    );
  }

  /** Queries of `events.list` so far. */
  get lists(): URLSearchParams[] {
    return this.google.calls
      .filter(({ pathname }) => pathname.endsWith("/events"))
      .map((url) => url.searchParams);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.google[Symbol.asyncDispose]() as Promise<void>; // it has no other way to end
  }
}

// The clock begins on 1 June 2030, 12:00 UTC.
export const lunch = "DTSTART:20300602T100000Z DTEND:20300602T110000Z";
export const dinner = "DTSTART:20300603T180000Z DTEND:20300603T200000Z";

export function lunchAndDinner({ google }: Syncing): void {
  google.primary.put(
    { id: "lunch", ...span("2030-06-02T12:00:00+02:00", "2030-06-02T13:00:00+02:00") },
    { id: "dinner", ...span("2030-06-03T18:00:00Z", "2030-06-03T20:00:00Z") },
  );
}
