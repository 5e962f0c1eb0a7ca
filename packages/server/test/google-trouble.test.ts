import { describe, expect, test } from "bun:test";
import { packKept } from "../src/lib/google-calendar/kept.ts";
import { maxPages } from "../src/lib/google-calendar/sync.ts";
import { type GoogleStandIn, once } from "./support/google-stand-in.ts";
import { at, day, series, span } from "./support/google/events.ts";
import { failures } from "./support/google/failure.ts";
import { patientClock } from "./support/google/patient-clock.ts";
import { until } from "./support/photos.ts";
import { dinner, lunch, lunchAndDinner, none, Syncing } from "./support/google/syncing.ts";

const events = "/events";

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
    await using person = new Syncing(patientClock(undefined, (ms) => ms !== 10_000 && ms !== 15_000));
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

  test.each([
    ["does not answer", () => Promise.withResolvers<Response>().promise],
    [
      "goes on for ever",
      () => new Response(new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(1)) })),
    ],
  ])("is hung up on when it %s", async (_, answer) => {
    await using person = new Syncing();
    lunchAndDinner(person);
    person.patienceMs = 0;
    let isAsked = false;
    person.google.faults.push(
      once("/events", () => {
        isAsked = true;
        return answer();
      }),
    );
    const fault = person.fails();
    await until(() => isAsked);
    person.clock.advance(15_000);
    expect(await fault).toMatchObject({ code: "unavailable" });
    expect(person.kept).toBe(none);
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
      [10_000, 90_002],
    ]);
    expect(person.calendar.text.length).toBeLessThanOrEqual(1_000_000);
    // Soonest first.
    expect(person.lines().slice(0, 2)).toEqual([lunch, dinner]);
    expect(packKept(person.kept).length).toBeLessThan(1_000_000);
  }, 60_000);

  test("do not fill it with long rules either", async () => {
    await using person = new Syncing();
    lunchAndDinner(person);
    const exdates = Array.from(
      { length: 30 },
      () => `EXDATE:${"20300605T090000Z,".repeat(60)}20300605T090000Z`,
    );
    for (let n = 0; n < 200; n++) {
      person.google.primary.put(series(`n${n}`, "2030-06-05T09:00:00", "2030-06-05T10:00:00", exdates));
    }
    await person.sync();
    const [calendar] = [...person.kept.values()];
    expect(calendar?.items.size).toBeLessThan(100);
    expect(calendar?.dropped).toBeGreaterThan(100);
    expect(person.calendar.skipped[0]?.reason).toBe("too_many_events");
  });
});

function endless(path: string, answer: () => Response) {
  return Array.from({ length: 50 }, () => once(path, answer));
}

function tooLarge(): Response {
  return new Response("x".repeat(9 * 1024 * 1024));
}
