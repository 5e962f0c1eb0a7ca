import { describe, expect, test } from "bun:test";
import { calendarScope } from "../src/lib/google-calendar/endpoints.ts";
import { googleAddress } from "./support/google-stand-in.ts";
import { at, day, series, span } from "./support/google/events.ts";
import { failures } from "./support/google/failure.ts";
import { dinner, lunch, lunchAndDinner, Syncing } from "./support/google/syncing.ts";

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
      false,
      true,
      true,
      true,
      false,
      true,
      true,
      true,
      true,
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

test("the scope is for reading alone", () => {
  expect(calendarScope).toEndWith("/calendar.readonly");
});
