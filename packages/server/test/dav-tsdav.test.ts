import { describe, expect, test } from "bun:test";
import { createDAVClient, type DAVCalendar } from "tsdav";
import { plan, subscribe } from "./support/dav.ts";
import { createWorld, type World } from "./support/world.ts";

const hourMs = 3_600_000;

/** A real client, told the server's address alone and what the person typed. */
async function setUp(world: World) {
  const { ada, bob } = await world.people("ada", "bob");
  await world.befriend(ada, bob);
  const { secret, calendar } = await subscribe(world, bob);
  const client = await createDAVClient({
    serverUrl: world.url,
    credentials: { username: "bob", password: secret },
    authMethod: "Basic",
    defaultAccountType: "caldav",
  });
  return { ada, bob, client, calendar };
}

type Client = Awaited<ReturnType<typeof setUp>>["client"];

async function calendarOf(client: Client): Promise<DAVCalendar> {
  const [calendar, ...more] = await client.fetchCalendars();
  if (calendar === undefined || more.length > 0) throw new Error("one calendar was expected");
  return calendar;
}

describe("tsdav", () => {
  test("finds the calendar from the host alone, and what it is", async () => {
    await using world = await createWorld();
    const { client, calendar } = await setUp(world);
    const found = await calendarOf(client);
    expect(found).toMatchObject({
      url: world.url + calendar,
      displayName: "Jarvis",
      components: ["VEVENT"],
      reports: ["calendarQuery", "calendarMultiget", "freeBusyQuery", "syncCollection"],
    });
  });

  test("fetches the objects of a time", async () => {
    await using world = await createWorld();
    const { ada, bob, client, calendar } = await setUp(world);
    const people = { people: [bob.id] };
    const dinner = await plan(world, ada, "Dinner", 2, people);
    const trip = await plan(world, ada, "Trip", 20, { ...people, duration: 5 * 24 * 3_600 });
    await plan(world, ada, "Walk", 300, people);
    const namesWithin = async (startMs: number, endMs: number, more = {}) => {
      const timeRange = { start: new Date(startMs).toISOString(), end: new Date(endMs).toISOString() };
      const objects = await client.fetchCalendarObjects({
        calendar: await calendarOf(client),
        timeRange,
        ...more,
      });
      return objects.map(({ url, data }) => {
        expect(url).toStartWith(world.url + calendar);
        return /SUMMARY:(.*)/.exec(String(data))?.[1]?.trim();
      });
    };
    expect(await namesWithin(dinner.startMs, trip.startMs + 1_000)).toEqual(["Dinner", "Trip"]);
    // In the middle of it.
    expect(await namesWithin(trip.startMs + 40 * hourMs, trip.startMs + 41 * hourMs)).toEqual(["Trip"]);
    expect(await namesWithin(trip.startMs + 130 * hourMs, trip.startMs + 131 * hourMs)).toEqual([]);
    expect(await namesWithin(dinner.startMs, dinner.startMs + 1_000, { useMultiGet: false })).toEqual([
      "Dinner",
    ]);
    expect(await namesWithin(dinner.startMs, dinner.startMs + 1_000, { expand: true })).toEqual(["Dinner"]);
    const all = await client.fetchCalendarObjects({ calendar: await calendarOf(client) });
    expect(all).toHaveLength(3);
  });

  test.each(["webdav", "basic"] as const)(
    "keeps its copy by %s: added, changed, cancelled, removed",
    async (method) => {
      await using world = await createWorld();
      const { ada, bob, client } = await setUp(world);
      const people = { people: [bob.id] };
      const dinner = await plan(world, ada, "Dinner", 2, people);
      const walk = await plan(world, ada, "Walk", 5, people);
      const calendar = await calendarOf(client);
      const objects = await client.fetchCalendarObjects({ calendar });
      let collection = {
        ...calendar,
        objects,
        objectMultiGet: client.calendarMultiGet,
        fetchObjects: () => client.fetchCalendarObjects({ calendar }),
      };
      const sync = async () => {
        const changed = await client.smartCollectionSync({ collection, method });
        collection = { ...collection, ...changed };
        const names = (collection.objects ?? []).map(({ data }) => {
          const text = String(data);
          return `${/SUMMARY:(.*)/.exec(text)?.[1]?.trim()} ${/STATUS:(.*)/.exec(text)?.[1]?.trim()}`;
        });
        return names.sort();
      };
      expect(await sync()).toEqual(["Dinner TENTATIVE", "Walk TENTATIVE"]);
      await plan(world, ada, "Swim", 8, people);
      await bob.call("PUT", `/event/${walk.id}/rsvp`, { status: "accepted" });
      expect(await sync()).toEqual(["Dinner TENTATIVE", "Swim TENTATIVE", "Walk CONFIRMED"]);
      await ada.call("DELETE", `/event/${walk.id}`);
      await bob.call("PUT", `/event/${dinner.id}/rsvp`, { status: "declined" });
      expect(await sync()).toEqual(["Swim TENTATIVE", "Walk CANCELLED"]);
      expect(await sync()).toEqual(["Swim TENTATIVE", "Walk CANCELLED"]);
    },
  );

  test("asks when the person is busy", async () => {
    await using world = await createWorld();
    const { ada, bob, client } = await setUp(world);
    const dinner = await plan(world, ada, "Dinner", 2, { people: [bob.id] });
    const walk = await plan(world, bob, "Walk", 2.5);
    await plan(world, bob, "Long after", 100);
    const iso = (ms: number) => new Date(ms).toISOString();
    const answer = await client.freeBusyQuery({
      url: (await calendarOf(client)).url,
      timeRange: { start: iso(dinner.startMs), end: iso(dinner.startMs + 5 * hourMs) },
      depth: "1",
    });
    const text = String(answer.raw);
    const utc = (ms: number) => `${iso(ms).slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
    expect(text).toContain(`FREEBUSY;FBTYPE=BUSY:${utc(walk.startMs)}/${utc(walk.startMs + hourMs)}\r\n`);
    // What has not been answered is transparent.
    expect(text.match(/FREEBUSY/g)).toHaveLength(1 + 2);
    expect(text).not.toContain("Walk");
  });

  test("can change nothing", async () => {
    await using world = await createWorld();
    const { ada, bob, client } = await setUp(world);
    await plan(world, ada, "Dinner", 2, { people: [bob.id] });
    const calendar = await calendarOf(client);
    const [object] = await client.fetchCalendarObjects({ calendar });
    if (object === undefined) throw new Error("there is no object");
    const iCalString = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n";
    const made = await client.createCalendarObject({ calendar, filename: "new.ics", iCalString });
    const deleted = await client.deleteCalendarObject({ calendarObject: object });
    expect([made.status, deleted.status]).toEqual([403, 403]);
    expect(await client.fetchCalendarObjects({ calendar })).toHaveLength(1);
  });
});
