import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { C, propfindBody, subscribe, type Subscriber } from "./support/dav.ts";
import { freshCopy, SyncingClient } from "./support/dav-copy.ts";
import { expectOk, nextCursor } from "./support/events.ts";
import { parseCalendar, valueOf } from "./support/feeds.ts";
import { createSeriesWorld, hour, occurrencesOf, tuesday, weekly } from "./support/series.ts";
import type { Json, Person, World } from "./support/world.ts";

const dayMs = 24 * 60 * 60_000;

interface Shown {
  readonly object: string;
  readonly startMs: number;
  readonly endMs: number;
}

async function setUp(world: World) {
  const { ann, bob } = await world.people("ann", "bob");
  await world.befriend(ann, bob);
  return { ann, bob, phone: await subscribe(world, bob) };
}

/** A series whose occurrences are moved, cancelled and declined, a short one, whole days, and a long event. */
async function createYear({ ann, bob }: { ann: Person; bob: Person }): Promise<Json> {
  const people = [bob.id];
  const series = await weekly(ann, { people, recurrence: "FREQ=WEEKLY;BYDAY=TU,FR" });
  const [, second, third, fourth, fifth] = await occurrencesOf(ann, series.id);
  expectOk(
    await ann.call("PATCH", `/event/${second.id}`, { start_time: Number(second.start_time) + 30 * hour }),
  );
  expectOk(await ann.call("PATCH", `/event/${third.id}`, { duration: 20 * hour, name: "Long volley" }));
  expectOk(await ann.call("DELETE", `/event/${fourth.id}`));
  expectOk(await bob.call("PUT", `/event/${fifth.id}/rsvp`, { status: "declined" }));
  await weekly(ann, { people, recurrence: "FREQ=MONTHLY;COUNT=3", start_time: tuesday(1, 3) });
  const days = {
    name: "Days",
    all_day: true,
    start_date: "2030-02-01",
    end_date: "2030-02-04",
    time_zone: "UTC",
  };
  expectOk(await ann.call("POST", "/event", { ...days, people }), 201);
  const trip = { name: "Trip", start_time: tuesday(4), duration: 9 * 24 * hour };
  expectOk(await ann.call("POST", "/event", { ...trip, people }), 201);
  return series;
}

/** What the person's own list has, without what they declined. */
async function listed(person: Person): Promise<Shown[]> {
  const found: Shown[] = [];
  let cursor: string | undefined;
  do {
    const from = tuesday(-5);
    const goesOn = cursor === undefined ? "" : `&cursor=${cursor}`;
    const path = `/user/${person.id}/events?limit=200&from=${from}&to=${from + 399 * 24 * hour}${goesOn}`;
    const answer = await person.call("GET", path);
    for (const { id, series, start_time, duration, my_rsvp } of expectOk(answer)) {
      const startMs = Number(start_time) * 1_000;
      const shown = { object: `${series ?? id}.ics`, startMs, endMs: startMs + Number(duration) * 1_000 };
      if (my_rsvp !== "declined") found.push(shown);
    }
    cursor = nextCursor(answer);
  } while (cursor !== undefined);
  return found;
}

const utc = (ms: number) => `${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;

/** What a query for a range finds, and into which instances it expands them. */
async function queried(phone: Subscriber, startMs: number, endMs: number): Promise<Shown[]> {
  const range = `start="${utc(startMs)}" end="${utc(endMs)}"`;
  const { responses } = await phone.request("REPORT", phone.calendar, {
    depth: "1",
    body: `<c:calendar-query xmlns="DAV:" xmlns:c="${C}"><prop><c:calendar-data><c:expand ${range}/></c:calendar-data></prop><c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"><c:time-range ${range}/></c:comp-filter></c:comp-filter></c:filter></c:calendar-query>`,
  });
  return [...responses].flatMap(([href, { found }]) => {
    const { events } = parseCalendar(found.get(`{${C}}calendar-data`)?.text ?? "");
    // One that is found has instances.
    expect(events.length).toBeGreaterThan(0);
    return events.map((event) => {
      const instant = (name: string) => Date.parse(valueOf(event, name) ?? "");
      return {
        object: href.slice(phone.calendar.length),
        startMs: instant("dtstart"),
        endMs: instant("dtend"),
      };
    });
  });
}

const ordered = (all: readonly Shown[]) => all.map((shown) => JSON.stringify(shown)).sort();

describe("series over CalDAV", () => {
  test("any range finds and expands what the person's list of events has in it", async () => {
    await using world = await createSeriesWorld();
    const { ann, bob, phone } = await setUp(world);
    await createYear({ ann, bob });
    const all = await listed(bob);
    let instances = 0;
    const minutes = fc.integer({ min: 0, max: 200 * 24 * 60 });
    const length = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 40 * 24 * 60 }));
    await fc.assert(
      fc.asyncProperty(minutes, length, async (from, minutesLong) => {
        const startMs = tuesday(-1) * 1_000 + from * 60_000;
        const endMs = startMs + minutesLong * 60_000;
        const expected = all.filter((shown) => shown.startMs < endMs && shown.endMs > startMs);
        expect(ordered(await queried(phone, startMs, endMs))).toEqual(ordered(expected));
        instances += expected.length;
      }),
      { numRuns: 60 },
    );
    expect(instances).toBeGreaterThan(60);
  }, 60_000);

  test("an answer to one occurrence, and a change from one on, are changes of the series", async () => {
    await using world = await createSeriesWorld();
    const { ann, bob, phone } = await setUp(world);
    const series = await createYear({ ann, bob });
    const client = new SyncingClient(phone);
    await client.sync();
    const occurrences = await occurrencesOf(bob, series.id);
    await bob.call("PUT", `/event/${occurrences[8].id}/rsvp`, { status: "declined" });
    expect([...(await client.ask()).responses.keys()]).toEqual([`${phone.calendar}${series.id}.ics`]);
    await client.sync();
    const later = { start_time: Number(occurrences[10].start_time) + hour };
    expectOk(await ann.call("PATCH", `/event/${occurrences[10].id}?scope=following`, later));
    await client.sync();
    expect(client.copy).toEqual(await freshCopy(phone));
    expectOk(await ann.call("DELETE", `/event/${occurrences[20].id}?scope=following`));
    expectOk(await ann.call("DELETE", `/event/${series.id}/people/${bob.id}`));
    await client.sync();
    expect(client.copy).toEqual(await freshCopy(phone));
    expect([...client.copy.keys()].join()).not.toContain(series.id);
    expect(client.resyncs).toBe(0);
  }, 60_000);

  test("what ends while an answer is written is not in it", async () => {
    await using world = await createSeriesWorld();
    const { ann, bob, phone } = await setUp(world);
    const series = await createYear({ ann, bob });
    const { calendars } = world.server.ctx;
    const range = [tuesday(0) * 1_000, tuesday(0) * 1_000 + dayMs] as const;
    const expand = calendars.expandRule.bind(calendars);
    let happened = 0;
    /** Something happens while the instances of the first series are computed. */
    const meanwhile = (happens: () => Promise<unknown>) => {
      calendars.expandRule = async (request) => {
        calendars.expandRule = expand;
        await happens();
        happened++;
        return expand(request);
      };
    };
    meanwhile(() => ann.call("DELETE", `/event/${series.id}/people/${bob.id}`));
    expect(await queried(phone, ...range)).toEqual([]);
    expect(happened).toBe(1);
    meanwhile(() => bob.call("DELETE", `/user/${bob.id}/calendar`));
    const body = `<c:calendar-query xmlns="DAV:" xmlns:c="${C}"><c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"><c:time-range start="20300101T000000Z"/></c:comp-filter></c:comp-filter></c:filter></c:calendar-query>`;
    const ended = await phone.request("REPORT", phone.calendar, { depth: "1", body });
    expect([ended.status, ended.responses.size, happened]).toEqual([401, 0, 2]);
  });

  test("the calendar says which zone its whole days are read in", async () => {
    await using world = await createSeriesWorld();
    const { bob, phone } = await setUp(world);
    expectOk(await bob.call("PATCH", `/user/${bob.id}`, { time_zone: "America/Vancouver" }));
    const body = propfindBody("C:calendar-timezone");
    const { responses } = await phone.request("PROPFIND", phone.calendar, { depth: "0", body });
    const text = responses.get(phone.calendar)?.found.get(`{${C}}calendar-timezone`)?.text ?? "";
    const [zone] = parseCalendar(text).root.getAllSubcomponents("vtimezone");
    expect(zone && valueOf(zone, "tzid")).toBe("America/Vancouver");
  });
});
