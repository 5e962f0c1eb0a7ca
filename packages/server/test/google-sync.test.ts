import { describe, expect, test } from "bun:test";
import { calendarScope } from "../src/lib/google-calendar/endpoints.ts";
import { GoogleFault } from "../src/lib/google-calendar/fault.ts";
import { toICalendar } from "../src/lib/google-calendar/icalendar.ts";
import { type Kept, packKept, unpackKept } from "../src/lib/google-calendar/kept.ts";
import { createGoogleOAuth } from "../src/lib/google-calendar/oauth.ts";
import { openSession } from "../src/lib/google-calendar/session.ts";
import { maxPages, syncCalendars } from "../src/lib/google-calendar/sync.ts";
import { secureRandom } from "../src/lib/ids.ts";
import { type GoogleStandIn, googleAddress, once, startGoogle } from "./support/google-stand-in.ts";
import { at, day, series, span } from "./support/google/events.ts";
import { failures } from "./support/google/failure.ts";
import { client } from "./support/google/oauth.ts";
import { type PatientClock, patientClock } from "./support/google/patient-clock.ts";

const none: Kept = new Map();
const events = "/events";

/** A person whose calendars are synced again and again, and how. */
class Syncing implements AsyncDisposable {
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
      .filter(({ pathname }) => pathname.endsWith(events))
      .map((url) => url.searchParams);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.google[Symbol.asyncDispose]() as Promise<void>; // it has no other way to end
  }
}

// The clock begins on 1 June 2030, 12:00 UTC.
const lunch = "DTSTART:20300602T100000Z DTEND:20300602T110000Z";
const dinner = "DTSTART:20300603T180000Z DTEND:20300603T200000Z";

function lunchAndDinner({ google }: Syncing): void {
  google.primary.put(
    { id: "lunch", ...span("2030-06-02T12:00:00+02:00", "2030-06-02T13:00:00+02:00") },
    { id: "dinner", ...span("2030-06-03T18:00:00Z", "2030-06-03T20:00:00Z") },
  );
}

describe("a sync with Google", () => {
  test("asks for times alone, and reads them", async () => {
    await using person = new Syncing();
    lunchAndDinner(person);
    expect(await person.sync()).toEqual([lunch, dinner]);
    for (const url of person.google.calls) {
      expect(url.searchParams.get("fields")).not.toMatch(
        /summary|description|location|email|displayName|creator|organizer|\*/,
      );
    }
    expect(person.lists[0]?.get("maxAttendees")).toBe("1");
    expect(JSON.stringify([...person.kept])).not.toMatch(/ann\.canary|lunch|dinner|Secret|Hideout/);
    expect(person.calendar.events).toBe(2);
  });

  test("goes on from its sync token: changed, new, deleted", async () => {
    await using person = new Syncing();
    lunchAndDinner(person);
    await person.sync();
    person.google.primary.put({ id: "tea", ...span("2030-06-04T15:00:00Z", "2030-06-04T16:00:00Z") });
    person.google.primary.put({ id: "dinner", ...span("2030-06-03T19:00:00Z", "2030-06-03T21:00:00Z") });
    person.google.primary.cancel("lunch");
    expect(await person.sync()).toEqual([
      "DTSTART:20300603T190000Z DTEND:20300603T210000Z",
      "DTSTART:20300604T150000Z DTEND:20300604T160000Z",
    ]);
    expect([...(person.lists[1]?.keys() ?? [])]).not.toContain("timeMin");
    expect(person.lists[1]?.get("syncToken")).toBe("sync-2");
    await person.sync();
    expect(person.lists[2]?.get("syncToken")).toBe("sync-5");
  });

  test("pages, in the first sync and in a later one, and takes the token of the last page alone", async () => {
    await using person = new Syncing();
    person.google.primary.pageSize = 3;
    const many = (from: number, to: number) => {
      for (let n = from; n < to; n++) {
        const hour = String(n).padStart(2, "0");
        person.google.primary.put({
          id: `n${n}`,
          ...span(`2030-06-02T${hour}:00:00Z`, `2030-06-02T${hour}:30:00Z`),
        });
      }
    };
    many(0, 10);
    expect((await person.sync()).length).toBe(10);
    many(5, 20);
    expect((await person.sync()).length).toBe(20);
    expect(person.lists.map((query) => query.get("pageToken") !== null)).toEqual([
      ...[false, true, true, true],
      ...[false, true, true, true, true],
    ]);
    expect(person.lists.slice(4).every((query) => query.get("syncToken") === "sync-10")).toBe(true);
  });

  test("misses nothing that changes while it pages", async () => {
    await using person = new Syncing();
    person.google.primary.pageSize = 1;
    lunchAndDinner(person);
    person.google.faults.push((url) => {
      if (url.searchParams.get("pageToken") === null) return undefined;
      person.google.primary.put({ id: "lunch", ...span("2030-06-02T07:00:00Z", "2030-06-02T08:00:00Z") });
      return failures.backend();
    });
    expect(await person.sync()).toEqual([lunch, dinner]);
    expect(await person.sync()).toEqual(["DTSTART:20300602T070000Z DTEND:20300602T080000Z", dinner]);
  });

  test("begins afresh where Google does not take the sync token any more (410)", async () => {
    await using person = new Syncing();
    lunchAndDinner(person);
    await person.sync();
    person.google.primary.cancel("lunch");
    person.google.primary.endSyncTokens();
    expect(await person.sync()).toEqual([dinner]);
    expect(person.lists.map((query) => query.get("syncToken"))).toEqual([null, "sync-2", null]);
    await person.sync();
    expect(person.lists.at(-1)?.get("syncToken")).toBe("sync-4");
  });

  test("reads the primary calendar, and those shown that the person may write to", async () => {
    await using person = new Syncing();
    const { google } = person;
    const busy = (hour: number) => span(`2030-06-02T${hour}:00:00Z`, `2030-06-02T${hour}:30:00Z`);
    google.primary.put({ id: "a", ...busy(10) });
    const family = google.addCalendar("family@group.calendar.google.com", {
      accessRole: "writer",
      selected: true,
    });
    family.put({ id: "a", ...busy(11) });
    google
      .addCalendar("hidden@group.calendar.google.com", { accessRole: "owner" })
      .put({ id: "a", ...busy(12) });
    google
      .addCalendar("boss@example.org", { accessRole: "reader", selected: true })
      .put({ id: "a", ...busy(13) });
    expect(await person.sync()).toEqual([
      "DTSTART:20300602T100000Z DTEND:20300602T103000Z",
      "DTSTART:20300602T110000Z DTEND:20300602T113000Z",
    ]);
    google.removeCalendar(family.id);
    expect(await person.sync()).toEqual(["DTSTART:20300602T100000Z DTEND:20300602T103000Z"]);
    expect(JSON.stringify([...person.kept])).not.toContain("family");
    expect(googleAddress).toContain("canary");
  });
});

describe("what counts as busy", () => {
  test("is what is not declined, transparent, deleted, a birthday or a place of work", async () => {
    await using person = new Syncing();
    const put = (id: string, hour: number, more: object) =>
      person.google.primary.put({
        id,
        ...span(`2030-06-02T${hour}:00:00Z`, `2030-06-02T${hour}:30:00Z`),
        ...more,
      });
    const people = (mine: string) => [
      { email: "eve@example.org", responseStatus: "declined" },
      { email: googleAddress, self: true, responseStatus: mine },
      { email: "bob@example.org", organizer: true, responseStatus: "accepted" },
    ];
    put("declined", 10, { attendees: people("declined") });
    put("accepted", 11, { attendees: people("accepted") });
    put("unanswered", 12, { attendees: people("needsAction") });
    put("transparent", 13, { transparency: "transparent" });
    put("tentative", 14, { status: "tentative" });
    put("workingLocation", 15, { eventType: "workingLocation" });
    put("birthday", 16, { eventType: "birthday" });
    put("outOfOffice", 17, { eventType: "outOfOffice" });
    put("focusTime", 18, { eventType: "focusTime" });
    put("fromGmail", 19, { eventType: "fromGmail" });
    const hours = (await person.sync()).map((line) => Number(/T(\d\d)/.exec(line)?.[1]));
    expect(hours).toEqual([11, 12, 14, 17, 18, 19]);
    // Declining takes a time back, and accepting brings it again.
    put("accepted", 11, { attendees: people("declined") });
    put("declined", 10, { attendees: people("accepted") });
    const later = (await person.sync()).map((line) => Number(/T(\d\d)/.exec(line)?.[1]));
    expect(later).toEqual([10, 12, 14, 17, 18, 19]);
  });

  test("is a series with its rule, less the instances that are deleted, declined, moved or free", async () => {
    await using person = new Syncing();
    const { primary } = person.google;
    primary.put(
      series("weekly", "2030-06-03T09:00:00", "2030-06-03T10:00:00", [
        "RRULE:FREQ=WEEKLY",
        "EXDATE;TZID=Europe/Berlin:20300610T090000",
      ]),
    );
    primary.cancelInstance("weekly", at("2030-06-17T09:00:00+02:00"));
    const instance = (original: string, more: object) =>
      primary.put({
        id: `weekly_${original}`,
        recurringEventId: "weekly",
        originalStartTime: at(original),
        ...span(original, original.replace("T09", "T10")),
        ...more,
      });
    instance("2030-06-24T09:00:00+02:00", { attendees: [{ self: true, responseStatus: "declined" }] });
    instance("2030-07-01T09:00:00+02:00", span("2030-07-02T14:00:00+02:00", "2030-07-02T15:00:00+02:00"));
    instance("2030-11-04T09:00:00+01:00", { transparency: "transparent" });
    const zone = "TZID=Europe/Berlin";
    expect(await person.sync()).toEqual([
      [
        `DTSTART;${zone}:20300603T090000 DTEND;${zone}:20300603T100000 RRULE:FREQ=WEEKLY EXDATE;${zone}:20300610T090000`,
        `EXDATE;${zone}:20300617T090000 EXDATE;${zone}:20300624T090000`,
        `EXDATE;${zone}:20300701T090000 EXDATE;${zone}:20301104T090000`,
      ].join(" "),
      "DTSTART:20300702T120000Z DTEND:20300702T130000Z",
    ]);
    primary.cancel("weekly");
    expect(await person.sync()).toEqual([]);
    expect(person.calendar.events).toBe(0);
  });

  test("is an instance by itself where the person is asked to that one alone", async () => {
    await using person = new Syncing();
    const { primary } = person.google;
    const one = { id: "board_1", recurringEventId: "board", originalStartTime: at("2030-06-05T09:00:00Z") };
    primary.put(series("board", "2030-06-05T09:00:00", "2030-06-05T10:00:00", ["RRULE:FREQ=DAILY"]));
    await person.sync();
    // Taken out of the series, and kept in one of its instances, in whatever order Google tells it.
    primary.put({ ...one, ...span("2030-06-05T09:00:00Z", "2030-06-05T10:00:00Z") });
    const kept = structuredClone(one);
    primary.cancel("board");
    primary.put({ ...kept, ...span("2030-06-05T09:00:00Z", "2030-06-05T10:00:00Z") });
    expect(await person.sync()).toEqual(["DTSTART:20300605T090000Z DTEND:20300605T100000Z"]);
  });

  test("is a whole day as a floating one", async () => {
    await using person = new Syncing();
    person.google.primary.put(
      { id: "trip", start: day("2030-06-07"), end: day("2030-06-09") },
      { id: "yearly", start: day("2030-06-07"), end: day("2030-06-08"), recurrence: ["RRULE:FREQ=YEARLY"] },
    );
    expect(await person.sync()).toEqual([
      "DTSTART;VALUE=DATE:20300607 DTEND;VALUE=DATE:20300608 RRULE:FREQ=YEARLY",
      "DTSTART;VALUE=DATE:20300607 DTEND;VALUE=DATE:20300609",
    ]);
  });

  test("is forgotten a month after it was", async () => {
    await using person = new Syncing();
    lunchAndDinner(person);
    await person.sync();
    person.clock.set(person.clock.now() + 60 * 86_400_000);
    await person.sync();
    expect(JSON.stringify([...person.kept].map(([, { items }]) => items.size))).toBe("[0]");
  });
});

describe("a Google in trouble", () => {
  test.each([
    ["429", failures.tooMany],
    ["403 userRateLimitExceeded", failures.userRate],
    ["403 rateLimitExceeded", failures.rate],
    ["500", failures.backend],
    ["503 of a proxy", failures.proxy],
  ])("is asked again after a wait, for the same page (%s)", async (_, answer) => {
    await using person = new Syncing();
    person.google.primary.pageSize = 1;
    lunchAndDinner(person);
    const second = (url: URL) => (url.searchParams.get("pageToken") === null ? undefined : answer());
    person.google.faults.push(second, second, second);
    expect(await person.sync()).toEqual([lunch, dinner]);
    expect(person.google.faults).toEqual([]);
    const [first = 0, then = 0, last = 0] = person.clock.waits;
    expect([person.clock.waits.length, first >= 1_000, first < 2_000, then >= 2_000, then < 3_000]).toEqual([
      3,
      true,
      true,
      true,
      true,
    ]);
    expect([last >= 4_000, last < 5_000]).toEqual([true, true]);
  });

  test("is left alone for as long as it says", async () => {
    await using person = new Syncing(patientClock(undefined, (ms) => ms !== 10_000 && ms !== 20_000));
    lunchAndDinner(person);
    person.google.faults.push(once(events, () => failures.tooMany({ "retry-after": "37" })));
    expect(await person.sync()).toEqual([lunch, dinner]);
    expect(person.clock.waits).toEqual([37_000]);
  });

  test("is waited for no longer than there is patience, and nothing of what was read counts", async () => {
    await using person = new Syncing();
    lunchAndDinner(person);
    await person.sync();
    person.google.primary.cancel("lunch");
    person.google.primary.cancel("dinner");
    person.google.primary.pageSize = 1;
    const second = (url: URL) =>
      url.searchParams.get("pageToken") === null ? undefined : failures.backend();
    for (let n = 0; n < 20; n++) person.google.faults.push(second);
    expect(await person.fails()).toMatchObject({ code: "unavailable" });
    expect(person.clock.waits.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(60_000);
    expect(person.google.faults.length).toBeGreaterThan(5);
    person.google.faults.length = 0;
    expect(person.lines()).toEqual([lunch, dinner]);
    expect(await person.sync()).toEqual([]);
    expect(person.lists.at(-2)?.get("syncToken")).toBe("sync-2");
  });

  test("gets a fresh access token when it takes the old one no more, in the middle", async () => {
    await using person = new Syncing();
    person.google.primary.pageSize = 1;
    lunchAndDinner(person);
    person.google.faults.push((url) => {
      if (url.searchParams.get("pageToken") === null) return undefined;
      person.google.oauth.accessTokens.clear();
      return failures.credentials();
    });
    expect(await person.sync()).toEqual([lunch, dinner]);
    expect([person.google.oauth.refreshed, person.clock.waits]).toEqual([2, []]);
  });

  test.each([
    ["revoked", (google: GoogleStandIn) => google.oauth.revokeAll()],
    ["refused", (google: GoogleStandIn) => void (google.oauth.knowsClient = false)],
    ["refused", (google: GoogleStandIn) => void google.faults.push(once(events, failures.scope))],
    ["unavailable", (google: GoogleStandIn) => google.faults.push(...endless("/token", failures.proxy))],
    ["bad_answer", (google: GoogleStandIn) => void google.faults.push(once(events, () => new Response("{")))],
    [
      "bad_answer",
      (google: GoogleStandIn) => void google.faults.push(once(events, () => Response.json({ items: 3 }))),
    ],
    [
      "bad_answer",
      (google: GoogleStandIn) => void google.faults.push(once(events, () => Response.json({ items: [] }))),
    ],
    ["too_large", (google: GoogleStandIn) => void google.faults.push(once(events, tooLarge))],
    [
      "refused",
      (google: GoogleStandIn) =>
        void google.faults.push(once(events, () => Response.redirect("http://127.0.0.1:1/"))),
    ],
  ])("is told apart: %s", async (code, happens) => {
    await using person = new Syncing();
    lunchAndDinner(person);
    happens(person.google);
    const fault = await person.fails();
    expect([fault.code, fault.cause, fault.message]).toEqual([code as typeof fault.code, undefined, code]);
  });

  test("does not keep a sync for ever: pages are counted, empty ones too", async () => {
    await using person = new Syncing();
    const page = () => Response.json({ items: [], nextPageToken: "again" });
    for (let n = 0; n < 300; n++) person.google.faults.push(once(events, page));
    expect(await person.fails()).toMatchObject({ code: "too_large" });
    expect(person.lists.length).toBeLessThanOrEqual(maxPages);
    expect(person.kept).toBe(none);
  });
});

describe("hostile events", () => {
  test("are skipped and counted, each by itself", async () => {
    await using person = new Syncing();
    lunchAndDinner(person);
    const times = span("2030-06-05T09:00:00Z", "2030-06-05T10:00:00Z");
    const { primary } = person.google;
    primary.put(
      { id: "february", ...span("2031-02-30T09:00:00Z", "2031-02-30T10:00:00Z") },
      { id: "backwards", ...span("2030-06-05T10:00:00Z", "2030-06-05T09:00:00Z") },
      { id: "mixed", start: day("2030-06-05"), end: at("2030-06-05T10:00:00Z") },
      { id: "no times" },
      { id: "numbers", start: { dateTime: 5 }, end: [] },
      { id: "long ago", ...span("0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z") },
      {
        id: "zone",
        start: { dateTime: "2030-06-05T09:00:00", timeZone: "Mars/Olympus" },
        end: at("2030-06-05T10:00:00Z"),
      },
      {
        ...series("injected", "2030-06-05T09:00:00", "2030-06-05T10:00:00", [
          "RRULE:FREQ=DAILY\r\nEND:VCALENDAR",
        ]),
      },
      { id: "odd", ...times, recurrence: ["ATTACH:file:///etc/passwd"] },
      { id: "lines", ...times, recurrence: Array.from({ length: 3_000 }, () => "RRULE:FREQ=DAILY") },
    );
    expect(await person.sync()).toEqual([lunch, dinner]);
    expect(person.calendar.skipped.toSorted((a, b) => b.count - a.count)).toEqual([
      { reason: "bad_date", count: 7 },
      { reason: "bad_rule", count: 2 },
      { reason: "unknown_zone", count: 1 },
    ]);
    primary.put({ id: "february", ...times });
    expect((await person.sync()).length).toBe(3);
    expect(person.calendar.skipped[0]).toEqual({ reason: "bad_date", count: 6 });
  });

  test("do not fill the store: of a hundred thousand as many are kept as there is room for", async () => {
    await using person = new Syncing();
    lunchAndDinner(person);
    const start = Date.UTC(2030, 5, 5);
    for (let n = 0; n < 100_000; n++) {
      const from = new Date(start + n * 60_000).toISOString();
      person.google.primary.put({ id: `n${n}`, ...span(from, from) });
    }
    await person.sync();
    expect(person.calendar.skipped[0]?.reason).toBe("too_many_events");
    expect([...person.kept].map(([, { items, dropped }]) => [items.size, dropped])).toEqual([
      [20_000, 80_002],
    ]);
    expect(person.calendar.text.length).toBeLessThanOrEqual(1_000_000);
    // Soonest first.
    expect(person.lines().slice(0, 2)).toEqual([lunch, dinner]);
    expect(packKept(person.kept).length).toBeLessThan(1_000_000);
  }, 60_000);
});

test("the scope is for reading alone", () => {
  expect(calendarScope).toEndWith("/calendar.readonly");
});

function endless(path: string, answer: () => Response) {
  return Array.from({ length: 50 }, () => once(path, answer));
}

function tooLarge(): Response {
  return new Response("x".repeat(5 * 1024 * 1024));
}
