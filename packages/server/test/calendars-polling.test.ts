import { describe, expect, test } from "bun:test";
import { type Calendar, calendarId, userStream } from "@jarvis/contract";
import { pollDue } from "../src/calendars/polling.ts";
import { horizon } from "../src/calendars/rules.ts";
import { rereadStale } from "../src/calendars/rereading.ts";
import { storeOutcome } from "../src/calendars/storing.ts";
import {
  at,
  busyMs,
  calendarsOf,
  connectUrl,
  createCalendarWorld,
  dentist,
  dentistMs,
  ics,
  importFile,
  quarterMs,
  refresh,
  sendUrl,
} from "./support/calendars.ts";
import { codeOf, entriesOf, expectOk } from "./support/events.ts";
import { until } from "./support/photos.ts";
import type { Person, World } from "./support/world.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const url = "http://team.example/a.ics";

const versioned = { etag: '"1"', "last-modified": "Sat, 01 Jun 2030 00:00:00 GMT" };
const unchanged = (request: Request) =>
  request.headers.get("if-none-match") === '"1"'
    ? new Response(null, { status: 304 })
    : new Response(ics(dentist), { headers: versioned });

async function only(person: Person): Promise<Calendar> {
  const [calendar] = await calendarsOf(person);
  if (calendar === undefined) throw new Error("there is no calendar");
  return calendar;
}

/** Lets time pass until the calendar's turn comes, and reads what is due. */
async function nextTurn(world: World, person: Person): Promise<Calendar> {
  const { next_ms } = await only(person);
  world.clock.set(next_ms ?? 0);
  await pollDue(world.server.ctx);
  return only(person);
}

async function told(world: World, person: Person): Promise<unknown[]> {
  return (await entriesOf(world, userStream(person.id))).map(({ data }) => data["state"] ?? "removed");
}

describe("a calendar behind an address", () => {
  test("is read again by housekeeping, and what has changed is told", async () => {
    await using scene = await createCalendarWorld();
    const { world, site, answering } = scene;
    const { ann } = await world.people("ann");
    const calendar = await connectUrl(ann, url);
    answering.answer = () => new Response(ics(dentist, at("20300603T100000Z", "20300603T110000Z")));
    world.clock.advance(30 * minute);
    await world.server.ctx.db.write(async () => undefined);
    expect(site.requests).toHaveLength(1); // it is not its turn yet
    world.clock.advance(1.1 * hour);
    await until(async () => {
      world.clock.advance(30_000);
      return (await only(ann)).events === 2;
    });
    expect(await busyMs(world, ann)).toHaveLength(2);
    expect(await told(world, ann)).toEqual(["ok", "ok"]);
    expect((await only(ann)).fetched_ms).toBeGreaterThan(calendar.fetched_ms);
  });

  test("is asked for with what was known of it, and 304 leaves every time as it was", async () => {
    await using scene = await createCalendarWorld();
    const { world, site, answering } = scene;
    answering.answer = unchanged;
    const { ann } = await world.people("ann");
    const first = await connectUrl(ann, url);
    const busy = await busyMs(world, ann);
    expect(busy).toHaveLength(1);
    for (let turn = 1; turn <= 12; turn++) {
      const now = await nextTurn(world, ann);
      expect(now).toEqual({ ...first, fetched_ms: world.clock.now(), next_ms: now.next_ms });
      // The hour of every turn is an hour, whatever chance has added to it before.
      expect((now.next_ms ?? 0) - world.clock.now()).toBeWithin(hour, 1.1 * hour + 1);
    }
    expect(await busyMs(world, ann)).toEqual(busy);
    expect(site.requests).toHaveLength(13);
    expect(site.requests.at(-1)?.headers).toMatchObject({
      "if-none-match": '"1"',
      "if-modified-since": versioned["last-modified"],
    });
    expect(await told(world, ann)).toEqual(["ok"]);
  });

  const intervals: [said: string, fromMs: number, toMs: number][] = [
    ["PT1M", 15 * minute, 16.5 * minute],
    ["PT3H", 3 * hour, 3.3 * hour],
    ["P7D", day, 1.1 * day],
  ];
  test.each(intervals)(
    "that says REFRESH-INTERVAL %s is read so often, within bounds",
    async (said, from, to) => {
      await using scene = await createCalendarWorld();
      const text = ics(dentist).replace(
        "BEGIN:VEVENT",
        `REFRESH-INTERVAL;VALUE=DURATION:${said}\r\nBEGIN:VEVENT`,
      );
      scene.answering.answer = () => new Response(text);
      const { ann } = await scene.world.people("ann");
      const { next_ms, fetched_ms } = await connectUrl(ann, url);
      expect((next_ms ?? 0) - fetched_ms).toBeWithin(from, to + 1);
    },
  );

  const failures: [answer: () => Response, error: string][] = [
    [() => new Response("", { status: 404 }), "gone"],
    [() => new Response("", { status: 410 }), "gone"],
    [() => new Response("", { status: 401 }), "denied"],
    [() => new Response("", { status: 500 }), "unreachable"],
    [() => new Response("<html>"), "not_a_calendar"],
    [() => new Response("x".repeat(1_024 * 1_024 + 1)), "too_large"],
    [() => Response.redirect("http://nas.lan/"), "unreachable"],
  ];
  test("that cannot be read is failing, keeps its times, is tried less and less often, and recovers", async () => {
    await using scene = await createCalendarWorld();
    const { world, answering } = scene;
    const { ann } = await world.people("ann");
    await connectUrl(ann, url);
    const busy = await busyMs(world, ann);
    const waits: number[] = [];
    for (const [answer, error] of failures) {
      answering.answer = answer;
      const now = await nextTurn(world, ann);
      expect(now).toMatchObject({ state: "failing", error, events: 1 });
      expect(await busyMs(world, ann)).toEqual(busy);
      waits.push(((now.next_ms ?? 0) - world.clock.now()) / hour);
    }
    for (const [index, hours] of [1, 2, 4, 8, 16, 24, 24].entries())
      expect(waits[index], `after ${index + 1} failures`).toBeWithin(hours, 1.1 * hours + 0.001);
    answering.answer = () => new Response(ics(dentist));
    const now = await nextTurn(world, ann);
    expect(now).toMatchObject({ state: "ok", error: null });
    expect((now.next_ms ?? 0) - world.clock.now()).toBeLessThanOrEqual(1.1 * hour);
    const states = ["ok", "failing", "failing", "failing", "failing", "failing", "failing", "ok"];
    expect(await told(world, ann)).toEqual(states); // an error like the last is nothing new
    expect(scene.trap.requests).toEqual([]);
  }, 15_000);

  test("that somebody asks for again while it is being read is read once", async () => {
    await using scene = await createCalendarWorld();
    const { ann } = await scene.world.people("ann");
    const calendar = await connectUrl(ann, url);
    const answers = await Promise.all([refresh(ann, calendar), refresh(ann, calendar)]);
    for (const answer of answers) expect(expectOk(answer).state).toBe("ok");
    expect(scene.site.requests.length).toBeLessThanOrEqual(3);
  });
});

/** A site whose next answer waits until it is let go. */
function held(text: string) {
  const asked = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  return {
    asked: asked.promise,
    go: go.resolve,
    async answer() {
      asked.resolve();
      await go.promise;
      return new Response(text);
    },
  };
}

describe("while a calendar is being fetched", () => {
  test("it can be removed, and stays removed", async () => {
    await using scene = await createCalendarWorld();
    const { world, answering } = scene;
    const { ann } = await world.people("ann");
    const calendar = await connectUrl(ann, url);
    const waiting = held(ics(dentist, dentist));
    answering.answer = () => waiting.answer();
    const refreshing = refresh(ann, calendar);
    await waiting.asked;
    expectOk(await ann.call("DELETE", `/user/${ann.id}/calendars/${calendar.id}`));
    waiting.go();
    expect(codeOf(await refreshing)).toBe("not_found");
    expect(await calendarsOf(ann)).toEqual([]);
    expect(await busyMs(world, ann)).toEqual([]);
    expect(await told(world, ann)).toEqual(["ok", "removed"]);
  });

  test("its account can be erased: nothing of it comes back", async () => {
    await using scene = await createCalendarWorld();
    const { world, answering } = scene;
    const { ann } = await world.people("ann");
    const waiting = held(ics(dentist));
    answering.answer = () => waiting.answer();
    const connecting = sendUrl(ann, url);
    await waiting.asked;
    expectOk(await ann.call("DELETE", `/user/${ann.id}`));
    waiting.go();
    expect(codeOf(await connecting)).not.toBe(201);
    const rows = await world.server.ctx.db.read.selectFrom("calendar").selectAll().execute();
    expect(rows).toEqual([]);
    expect(await busyMs(world, ann)).toEqual([]);
  });

  test("a server that stops loses nothing: it is as due as it was", async () => {
    await using scene = await createCalendarWorld();
    const { world, site, answering } = scene;
    const { ann } = await world.people("ann");
    const calendar = await connectUrl(ann, url);
    const waiting = held(ics(dentist, at("20300603T100000Z", "20300603T110000Z")));
    answering.answer = () => waiting.answer();
    world.clock.advance(1.2 * hour);
    let asked = false;
    void waiting.asked.then(() => (asked = true));
    await until(() => {
      world.clock.advance(30_000);
      return asked;
    });
    await world.restart();
    expect(await calendarsOf(ann)).toEqual([calendar]);
    answering.answer = () => new Response(ics(dentist, at("20300603T100000Z", "20300603T110000Z")));
    waiting.go();
    await until(async () => {
      world.clock.advance(30_000);
      return (await only(ann)).events === 2;
    });
    expect(site.requests).toHaveLength(3);
    const complaints = world.logged.filter(({ level }) => level === "error" || level === "warn");
    expect(complaints.filter(({ message }) => message.includes("calendar"))).toEqual([]);
  });
});

describe("what was kept", () => {
  const wholeDay = ["DTSTART;VALUE=DATE:20300602", "SUMMARY:Canary day off"];

  test("is read anew when the person is in another zone, without asking the calendar", async () => {
    await using scene = await createCalendarWorld();
    const { world, site, answering } = scene;
    answering.answer = () => new Response(ics(wholeDay));
    const { ann } = await world.people("ann");
    await connectUrl(ann, url);
    await importFile(ann, ics(["DTSTART:20300603T090000", "DURATION:PT1H"]));
    const [whole, nine] = [Date.UTC(2030, 5, 2), Date.UTC(2030, 5, 3, 9)];
    const sorted = async () => (await busyMs(world, ann)).toSorted(([a], [b]) => a - b);
    expect(await sorted()).toEqual([
      [whole, whole + day],
      [nine, nine + hour],
    ]);
    expectOk(await ann.call("PATCH", `/user/${ann.id}`, { time_zone: "Asia/Tokyo" }));
    const tokyo = -9 * hour;
    await until(async () => (await sorted())[1]?.[0] === nine + tokyo);
    await until(async () => (await sorted())[0]?.[0] === whole + tokyo);
    expect(site.requests).toHaveLength(1);
    await until(async () => {
      const rows = await world.server.ctx.db.read.selectFrom("calendar").select("zone").execute();
      return rows.every(({ zone }) => zone === "Asia/Tokyo");
    });
  });

  test("is read for more of the future every day, without asking the calendar", async () => {
    await using scene = await createCalendarWorld();
    const { world, site } = scene;
    const { ann } = await world.people("ann");
    await importFile(ann, ics(at("20300602T100000Z", "20300602T110000Z", "RRULE:FREQ=DAILY")));
    const last = async () => (await busyMs(world, ann)).at(-1)?.[0] ?? 0;
    const before = await last();
    expect(before).toBeGreaterThan(world.clock.now() + 401 * day);
    for (let days = 1; days <= 3; days++) {
      world.clock.set(world.clock.now() + 2 * day);
      await rereadStale(world.server.ctx);
      expect(await last()).toBe(before + days * 2 * day);
    }
    expect((await busyMs(world, ann))[0]?.[0]).toBeGreaterThanOrEqual(world.clock.now() - 2 * day - hour);
    expect(site.requests).toEqual([]);
    expect(await told(world, ann)).toEqual(["ok"]); // nothing about the calendar is another
  });

  const noon = () => ics(["DTSTART:20300603T120000", "DURATION:PT1H"]);
  const noonIn = (hours: number) => Date.UTC(2030, 5, 3, 12 - hours);
  const moves = (person: Person, time_zone: string) =>
    person.call("PATCH", `/user/${person.id}`, { time_zone });

  test("is read anew for whoever changes zones while the calendar is being fetched", async () => {
    await using scene = await createCalendarWorld();
    const { world, answering } = scene;
    const { ann } = await world.people("ann");
    const waiting = held(noon());
    answering.answer = () => waiting.answer();
    const connecting = connectUrl(ann, url);
    await waiting.asked;
    const { turns } = world.server.ctx.calendarWork;
    const reading = Promise.withResolvers<void>();
    const begun = turns.run(ann.id, () => reading.promise);
    waiting.go();
    await until(async () => (await turnsOf(turns, ann)) === "waiting"); // it will be read for the zone of now
    expectOk(await moves(ann, "Asia/Tokyo"));
    reading.resolve();
    await Promise.all([begun, connecting]);
    await rereadStale(world.server.ctx);
    expect((await busyMs(world, ann))[0]?.[0]).toBe(noonIn(9));
  });

  test("is read anew for whoever changes zones again while it is being read anew", async () => {
    await using scene = await createCalendarWorld();
    const { world } = scene;
    const { ann } = await world.people("ann");
    await importFile(ann, noon());
    const { turns } = world.server.ctx.calendarWork;
    const reading = Promise.withResolvers<void>();
    const begun = turns.run(ann.id, () => reading.promise);
    expectOk(await moves(ann, "Asia/Tokyo"));
    await until(async () => (await turnsOf(turns, ann)) === "waiting");
    expectOk(await moves(ann, "Asia/Dubai"));
    reading.resolve();
    await begun;
    await until(async () => {
      await rereadStale(world.server.ctx);
      return (await busyMs(world, ann))[0]?.[0] === noonIn(4);
    });
  });

  test("does not replace what was fetched for the zone of before", async () => {
    await using scene = await createCalendarWorld();
    const { world, answering } = scene;
    const { ann } = await world.people("ann");
    answering.answer = () => new Response(noon());
    const calendar = await connectUrl(ann, url);
    answering.answer = () => new Response(ics(["DTSTART:20300603T150000", "DURATION:PT1H"]));
    const { turns } = world.server.ctx.calendarWork;
    const waiting = Promise.withResolvers<void>();
    const begun = turns.run(ann.id, () => waiting.promise);
    const refreshing = refresh(ann, calendar);
    await until(() => turns.waitingOf(ann.id) === 1); // fetched, to be read for the zone of before
    expectOk(await moves(ann, "Asia/Tokyo"));
    await until(() => turns.waitingOf(ann.id) === 2); // what was kept before is to be read for the new one
    waiting.resolve();
    expectOk(await refreshing);
    await begun;
    await until(async () => {
      await rereadStale(world.server.ctx);
      return (await zonesRead(world))[0] === "Asia/Tokyo";
    });
    expect((await busyMs(world, ann))[0]?.[0]).toBe(noonIn(9) + 3 * hour);
  });

  test("does not replace what was fetched while it was being read", async () => {
    await using scene = await createCalendarWorld();
    const { world } = scene;
    const { ann } = await world.people("ann");
    const calendar = await connectUrl(ann, url);
    world.clock.set(world.clock.now() + 2 * day);
    const { turns } = world.server.ctx.calendarWork;
    const waiting = Promise.withResolvers<void>();
    const begun = turns.run(ann.id, () => waiting.promise);
    const rereading = rereadStale(world.server.ctx); // has looked at the row, and waits for its turn
    await until(async () => (await turnsOf(turns, ann)) === "waiting");
    const from = Date.UTC(2030, 5, 8, 10);
    const busy = Uint32Array.of(from / quarterMs, from / quarterMs + 4);
    const times = { busy, events: 1, skipped: [], kept: new Uint8Array([1]), zone: "UTC" };
    const reading = { ...times, range: horizon(world.clock.now()) };
    const fetched = { kind: "read", reading, refreshMs: null, etag: null, lastModified: null } as const;
    await storeOutcome(world.server.ctx, { user: ann.id, id: calendarId.parse(calendar.id) }, fetched);
    waiting.resolve();
    await Promise.all([begun, rereading]);
    expect(await busyMs(world, ann)).toEqual([[from, from + hour]]);
  });
});

/** Of calendars that are not stale. */
async function zonesRead({ server }: World): Promise<string[]> {
  const rows = await server.ctx.db.read
    .selectFrom("calendar")
    .select("zone")
    .where("busy_until_ms", ">", 0)
    .execute();
  return rows.map(({ zone }) => zone);
}

/** A look-up of the database and the turn after it are over by the next turn of the loop. */
async function turnsOf(
  turns: World["server"]["ctx"]["calendarWork"]["turns"],
  { id }: Person,
): Promise<string> {
  await new Promise((resolve) => setImmediate(resolve));
  return turns.waitingOf(id) > 0 ? "waiting" : "nothing";
}

test("many due calendars are read, of each person one after another, in one pass", async () => {
  await using scene = await createCalendarWorld();
  const { world, answering, site } = scene;
  const people = await Promise.all(Array.from({ length: 12 }, (_, index) => world.person(`p${index}`)));
  for (const person of people) {
    await connectUrl(person, `http://a.example/${person.username}/1`);
    await connectUrl(person, `http://a.example/${person.username}/2`);
  }
  let [most, now] = [0, 0];
  const atOnce = new Map<string, number>();
  answering.answer = async (request) => {
    const [, name = ""] = new URL(request.url).pathname.split("/");
    most = Math.max(most, ++now);
    atOnce.set(name, (atOnce.get(name) ?? 0) + 1);
    expect(atOnce.get(name)).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    atOnce.set(name, 0);
    now--;
    return new Response(ics(dentist, at("20300603T100000Z", "20300603T110000Z")));
  };
  world.clock.set(world.clock.now() + 2 * hour);
  await pollDue(world.server.ctx);
  expect(site.requests).toHaveLength(48);
  expect(most).toBeLessThanOrEqual(4);
  for (const person of people) for (const { events } of await calendarsOf(person)) expect(events).toBe(2);
  expect(await busyMs(world, people[0] as Person)).toContainEqual([dentistMs, dentistMs + 30 * minute]);
});
