import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { extendSeries } from "../src/events/service.ts";
import { calendarObjects, calendarState } from "../src/feeds/service.ts";
import { expectOk, nextCursor } from "./support/events.ts";
import {
  type Calendar,
  column,
  parseCalendar,
  readCalendar,
  type Shown,
  shownIn,
  subscribe,
  valueOf,
} from "./support/feeds.ts";
import { createSeriesWorld, hour, occurrencesOf, tuesday, weekly } from "./support/series.ts";
import type { Json, Person, World } from "./support/world.ts";

const day = 24 * 60 * 60_000;

/** What the person's list of events has, as a calendar would show it: without what they declined. */
async function listed(person: Person, fromMs: number, toMs: number): Promise<Shown[]> {
  const found: Shown[] = [];
  for (let from = fromMs; from < toMs; from += 200 * day) {
    let cursor = "";
    do {
      const range = `from=${from / 1_000}&to=${Math.min(from + 200 * day, toMs) / 1_000}`;
      const answer = await person.call("GET", `/user/${person.id}/events?${range}&limit=200${cursor}`);
      found.push(
        ...expectOk(answer)
          .filter(({ my_rsvp }: Json) => my_rsvp !== "declined")
          .map(asShown),
      );
      const next = nextCursor(answer);
      cursor = next === undefined ? "" : `&cursor=${next}`;
    } while (cursor !== "");
  }
  const unique = new Map(found.map((shown) => [JSON.stringify(shown), shown]));
  return [...unique].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, shown]) => shown);
}

function asShown({
  start_time,
  duration,
  all_day,
  start_date,
  end_date,
  name,
  status,
  my_rsvp,
}: Json): Shown {
  const answered = my_rsvp === "accepted" ? "CONFIRMED" : "TENTATIVE";
  const told = status === "cancelled" ? "CANCELLED" : answered;
  if (all_day) return [start_date, end_date, name, told];
  const at = (seconds: number) => new Date(seconds * 1_000).toISOString();
  return [at(Number(start_time)), at(Number(start_time) + Number(duration)), name, told];
}

/** The calendar and the list say the same, but for the days at the ends, which are not the same in every zone. */
async function expectSame(world: World, person: Person, path: string, aheadDays = 398): Promise<number> {
  const now = world.clock.now();
  const feed = await readCalendar(world, path);
  const shown = shownIn(feed, now - 89 * day, now + aheadDays * day);
  expect(shown).toEqual(await listed(person, now - 89 * day, now + aheadDays * day));
  const { ctx } = world.server;
  const { events } = await calendarState(ctx, person.id);
  for (const { ics } of await calendarObjects(ctx, person.id, events))
    expect(new Set(column(parseCalendar(ics), "uid")).size).toBe(1);
  return shown.length;
}

/** Calendars take what they know already only where its SEQUENCE is higher. */
function expectGrown(before: Calendar, after: Calendar): void {
  const byKey = ({ events }: Calendar) =>
    new Map(events.map((event) => [`${valueOf(event, "uid")} ${valueOf(event, "recurrence-id")}`, event]));
  const known = byKey(before);
  for (const [key, event] of byKey(after)) {
    const was = known.get(key);
    if (was === undefined || was.toString() === event.toString()) continue;
    const [from, to] = [was, event].map((one) => Number(valueOf(one, "sequence")));
    expect([key, to]).toEqual([key, expect.any(Number)]);
    expect(to).toBeGreaterThan(from ?? 0);
  }
}

describe("a series in a calendar", () => {
  test("is a rule in local time with its zone, and its exceptions", async () => {
    await using world = await createSeriesWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const { id } = await weekly(ada, { people: [bob.id], recurrence: "FREQ=WEEKLY" });
    const { calendar } = await subscribe(bob);
    await bob.call("PUT", `/event/${id}/rsvp`, { status: "accepted" });
    const rows = await occurrencesOf(bob, id);
    await ada.call("PATCH", `/event/${rows[1].id}`, { name: "Beach", start_time: tuesday(1, 19) });
    await ada.call("DELETE", `/event/${rows[2].id}`);
    await bob.call("PUT", `/event/${rows[3].id}/rsvp`, { status: "declined" });
    await bob.call("PUT", `/event/${rows[4].id}/rsvp`, { status: "maybe" });
    const feed = await readCalendar(world, calendar);
    expect(column(feed, "uid")).toEqual(Array.from({ length: 4 }, () => `${id}@jarvis`));
    expect(column(feed, "status")).toEqual(["CONFIRMED", "CONFIRMED", "CANCELLED", "TENTATIVE"]);
    for (const line of [
      "DTSTART;TZID=America/Vancouver:20300101T180000",
      "DTEND;TZID=America/Vancouver:20300101T200000",
      "RRULE:FREQ=WEEKLY",
      "EXDATE;TZID=America/Vancouver:20300122T180000",
      "RECURRENCE-ID;TZID=America/Vancouver:20300108T180000",
      "TZID:America/Vancouver",
    ])
      expect(feed.text.split("\r\n")).toContain(line);
    expect(feed.text.match(/BEGIN:VTIMEZONE/g)).toHaveLength(1);
    expect(await expectSame(world, bob, calendar)).toBeGreaterThan(50);
  });

  test("keeps to its list through changes of words, time, zone and rule, from some time on and for all", async () => {
    await using world = await createSeriesWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const { id } = await weekly(ada, { people: [bob.id], recurrence: "FREQ=WEEKLY;BYDAY=TU,FR" });
    const { calendar } = await subscribe(bob);
    const at = async (index: number) => (await occurrencesOf(ada, id))[index]?.id;
    const changes: (() => Promise<unknown>)[] = [
      async () => ada.call("PATCH", `/event/${await at(4)}?scope=following`, { name: "Volley II" }),
      async () =>
        ada.call("PATCH", `/event/${await at(9)}?scope=following`, {
          start_time: tuesday(4, 20) + 3 * 86_400,
        }),
      async () => ada.call("PATCH", `/event/${id}`, { duration: 3 * hour }),
      async () => ada.call("PATCH", `/event/${await at(2)}`, { time_zone: "Australia/Lord_Howe" }),
      async () =>
        ada.call("PATCH", `/event/${await at(20)}?scope=following`, {
          recurrence: "FREQ=MONTHLY;BYDAY=1SA;COUNT=8",
        }),
      async () => ada.call("PUT", `/event/${id}/rsvp`, { status: "accepted" }),
      async () => bob.call("PUT", `/event/${id}/rsvp`, { status: "maybe" }),
      async () => bob.call("PUT", `/event/${await at(3)}/rsvp`, { status: "accepted" }),
      async () => ada.call("DELETE", `/event/${await at(24)}?scope=following`),
      async () => ada.call("PATCH", `/event/${id}`, { name: "Volley for all" }),
    ];
    await expectSame(world, bob, calendar);
    let before = await readCalendar(world, calendar);
    for (const change of changes) {
      world.clock.advance(60_000);
      await change();
      const after = await readCalendar(world, calendar);
      expectGrown(before, after);
      before = after;
      expect(await expectSame(world, bob, calendar)).toBeGreaterThan(20);
    }
    await ada.call("DELETE", `/event/${id}`);
    await expectSame(world, bob, calendar);
    expect(new Set(column(await readCalendar(world, calendar), "status"))).toContain("CANCELLED");
  });

  test("of whole days has dates, and its exceptions too", async () => {
    await using world = await createSeriesWorld();
    const { ada } = await world.people("ada");
    const days = {
      all_day: true,
      start_date: "2030-01-05",
      end_date: "2030-01-07",
      time_zone: "Pacific/Apia",
    };
    const made = await ada.call("POST", "/event", {
      name: "Hike",
      recurrence: "FREQ=MONTHLY;COUNT=20",
      ...days,
    });
    const { id } = expectOk(made, 201);
    const rows = await occurrencesOf(ada, id);
    await ada.call("PATCH", `/event/${rows[1].id}`, { all_day: true, start_date: "2030-02-06" });
    await ada.call("DELETE", `/event/${rows[2].id}`);
    const { calendar } = await subscribe(ada);
    const feed = await readCalendar(world, calendar);
    for (const line of [
      "DTSTART;VALUE=DATE:20300105",
      "DTEND;VALUE=DATE:20300107",
      // Months are told as far as the rule goes, which is farther than the events that are there.
      "RRULE:FREQ=MONTHLY;UNTIL=20310805",
      "RECURRENCE-ID;VALUE=DATE:20300205",
    ])
      expect(feed.text.split("\r\n")).toContain(line);
    expect(feed.text).not.toContain("VTIMEZONE");
    await expectSame(world, ada, calendar);
  });

  test("says the same while its occurrences are made farther ahead", async () => {
    await using world = await createSeriesWorld();
    const { ada } = await world.people("ada");
    await weekly(ada, { recurrence: "FREQ=WEEKLY;COUNT=100" });
    const { calendar } = await subscribe(ada);
    const master = async () =>
      (await readCalendar(world, calendar)).text.match(/^RRULE.*|^SEQUENCE.*|^DTSTART;TZID.*/gm);
    const before = await master();
    expect([...(before ?? [])]).toContain("RRULE:FREQ=WEEKLY;UNTIL=20311126T140000Z");
    for (let days = 0; days < 60; days += 20) {
      world.clock.advance(20 * day);
      await ada.call("GET", `/user/${ada.id}/friend_requests`);
    }
    await extendSeries(world.server.ctx);
    expect(await master()).toEqual(before);
    await expectSame(world, ada, calendar, 380);
  });

  test("one occurrence by itself is an event of its own, and a series is all of it", async () => {
    await using world = await createSeriesWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const { id } = await weekly(ada, { people: [bob.id] });
    const [first, second] = await occurrencesOf(bob, id);
    await bob.call("PUT", `/event/${second.id}/rsvp`, { status: "accepted" });
    const one = await readCalendar(bob, `/event/${second.id}/calendar.ics`);
    expect([column(one, "uid"), column(one, "status")]).toEqual([[`${second.id}@jarvis`], ["CONFIRMED"]]);
    expect(column(one, "url")).toEqual([`${world.server.ctx.publicUrl}/chat/${id}`]);
    const other = await readCalendar(bob, `/event/${first.id}/calendar.ics`);
    expect(column(other, "status")).toEqual(["TENTATIVE"]);
    const all = await readCalendar(bob, `/event/${id}/calendar.ics`);
    expect(shownIn(all, 0, tuesday(100) * 1_000)).toHaveLength(6);
  });

  test("is busy as its occurrences are, each by its own answer", async () => {
    await using world = await createSeriesWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const { id } = await weekly(ada, { people: [bob.id] });
    await bob.call("PUT", `/event/${id}/rsvp`, { status: "accepted" });
    const rows = await occurrencesOf(bob, id);
    await bob.call("PUT", `/event/${rows[1].id}/rsvp`, { status: "declined" });
    await bob.call("PUT", `/event/${rows[2].id}/rsvp`, { status: "maybe" });
    await ada.call("DELETE", `/event/${rows[3].id}`);
    const { freebusy } = await subscribe(bob);
    const { text } = await readCalendar(world, freebusy);
    const starts = [0, 4, 5].map((week) =>
      new Date(tuesday(week) * 1_000).toISOString().replaceAll(/[-:]|\.\d{3}/g, ""),
    );
    expect([...text.matchAll(/^FREEBUSY.*:(\w+)\//gm)].map(([, start = ""]) => start)).toEqual(starts);
  });
});

const zones = [
  "America/Vancouver",
  "Australia/Lord_Howe",
  "Pacific/Chatham",
  "Europe/Berlin",
  "Africa/Casablanca",
  "Asia/Kolkata",
  "America/St_Johns",
  "UTC",
];
const rules = [
  "FREQ=DAILY",
  "FREQ=DAILY;INTERVAL=3;COUNT=40",
  "FREQ=WEEKLY;BYDAY=SU",
  "FREQ=WEEKLY;INTERVAL=2",
  "FREQ=MONTHLY",
  "FREQ=MONTHLY;COUNT=5",
  "FREQ=YEARLY",
];

test("whatever becomes of series, in whatever zone, the calendar shows what the list has", async () => {
  await using world = await createSeriesWorld();
  const step = fc.record({
    what: fc.constantFrom("name", "time", "cancel", "rest", "own", "decline", "maybe", "all", "pass"),
    index: fc.nat(30),
    hours: fc.integer({ min: -5, max: 5 }),
  });
  const history = fc.record({
    zone: fc.constantFrom(...zones),
    rule: fc.constantFrom(...rules),
    // A Sunday, or any other day; at all hours, so that some start where the clocks are changed.
    startS: fc.integer({ min: 0, max: 24 * 28 }).map((hours) => tuesday(0) + hours * hour),
    steps: fc.array(step, { maxLength: 6 }),
  });
  let shown = 0;
  const agrees = fc.asyncProperty(history, async ({ zone, rule, startS, steps }) => {
    const ada = await world.person("ada");
    const bob = await world.person("bob");
    const input = { people: [bob.id], recurrence: rule, time_zone: zone, start_time: startS };
    const made = await ada.call("POST", "/event", { name: "Volley", duration: 2 * hour, ...input });
    if (made.status !== 201) return; // the second hour of a change back: no clock shows it first then
    const { id } = made.response;
    await bob.call("PUT", `/event/${id}/rsvp`, { status: "accepted" });
    const { calendar } = await subscribe(bob);
    shown += await expectSame(world, bob, calendar);
    for (const { what, index, hours } of steps) {
      const before = await readCalendar(world, calendar);
      const rows = await occurrencesOf(ada, id);
      const row = rows[index % rows.length];
      if (row === undefined) return;
      const path = `/event/${row.id}`;
      const moved = { start_time: Number(row.start_time) + hours * hour };
      if (what === "name") await ada.call("PATCH", path, { name: `Beach ${index}` });
      if (what === "time") await ada.call("PATCH", path, moved);
      if (what === "cancel") await ada.call("DELETE", path);
      if (what === "rest")
        await ada.call("PATCH", `${path}?scope=following`, { ...moved, name: `Rest ${index}` });
      if (what === "all") await ada.call("PATCH", `/event/${id}`, { description: `All ${index}` });
      if (what === "own") await bob.call("PUT", `${path}/rsvp`, { status: "accepted" });
      if (what === "maybe") await bob.call("PUT", `/event/${id}/rsvp`, { status: "maybe" });
      if (what === "decline") await bob.call("PUT", `${path}/rsvp`, { status: "declined" });
      if (what === "pass") world.clock.advance(60_000);
      expectGrown(before, await readCalendar(world, calendar));
      shown += await expectSame(world, bob, calendar);
    }
  });
  await fc.assert(agrees, { numRuns: 40 }); // a failure prints its seed
  expect(shown).toBeGreaterThan(1_000);
}, 120_000);
