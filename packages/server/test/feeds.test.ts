import { describe, expect, test } from "bun:test";
import { calendarObjects, calendarState, findFeed } from "../src/feeds/service.ts";
import { codeOf, expectOk, newEvent } from "./support/events.ts";
import { column, readCalendar, subscribe } from "./support/feeds.ts";
import { searchStore } from "./support/search-store.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

const minute = 60_000;
const hour = 60 * minute;

async function statusOf(world: World, path: string, headers: Record<string, string> = {}): Promise<number> {
  return (await world.call("GET", path, undefined, headers)).status;
}

function feedIn(person: Person) {
  return person
    .call("GET", `/user/${person.id}/access`)
    .then(({ response }) => response.find(({ kind }: { kind: string }) => kind === "feed"));
}

describe("the addresses of a calendar", () => {
  test("are made with a fresh sign-in alone, shown once, and stored as hashes", async () => {
    await using world = await createWorld({ env: { JARVIS_PUBLIC_URL: "https://jarvis.example" } });
    const { ada, bob } = await world.people("ada", "bob");
    const path = `/user/${ada.id}/calendar`;
    expect(expectOk(await ada.call("GET", path))).toEqual({ exists: false, created_ms: null, used_ms: null });
    expect(codeOf(await bob.call("POST", path))).toBe("not_found");
    const made = expectOk(await ada.call("POST", path), 201);
    expect(made).toEqual({
      url: `https://jarvis.example/calendar/${made.secret}.ics`,
      webcal: `webcal://jarvis.example/calendar/${made.secret}.ics`,
      freebusy_url: expect.stringMatching(/^https:\/\/jarvis\.example\/freebusy\/[\w-]{43}\.ics$/),
      dav_url: "https://jarvis.example/dav/",
      dav_username: "jarvis",
      secret: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(made.freebusy_url).not.toContain(made.secret);
    const now = world.clock.now();
    expect(expectOk(await ada.call("GET", path))).toEqual({ exists: true, created_ms: now, used_ms: null });
    expect(
      searchStore(`${world.directory}/jarvis.db`, [made.secret, made.freebusy_url.slice(-20, -4)]),
    ).toEqual([]);
    world.clock.advance(5 * minute + 1);
    expect(codeOf(await ada.call("POST", path))).toBe("reauthenticate");
  });

  test("open nothing but what they are for", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const { calendar, freebusy } = await subscribe(ada);
    expect(await statusOf(world, calendar)).toBe(200);
    expect(await statusOf(world, freebusy)).toBe(200);
    expect(await statusOf(world, calendar.replace("calendar", "freebusy"))).toBe(404);
    expect(await statusOf(world, freebusy.replace("freebusy", "calendar"))).toBe(404);
    const secret = calendar.slice("/calendar/".length, -".ics".length);
    expect(await statusOf(world, `/user/${ada.id}/events`, { authorization: `Bearer ${secret}` })).toBe(401);
    expect(await findFeed(world.server.ctx, secret)).toEqual({ user: ada.id, kind: "calendar" });
    expect(await findFeed(world.server.ctx, ada.token)).toBeNull();
  });

  test("that are wrong are all refused alike", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const { calendar } = await subscribe(ada);
    const wrong = [
      "A".repeat(43),
      "a",
      "x".repeat(300),
      `${calendar.slice(10, -4)}A`,
      "..%2f",
      "%00",
      ada.token,
    ];
    const seen = new Set<string>();
    for (const secret of wrong) {
      const { status, body, headers } = await world.call("GET", `/calendar/${secret}.ics`);
      const { request_id: _, ...rest } = body;
      const shown = [...headers].filter(
        ([name]) => !["date", "x-request-id", "content-length"].includes(name),
      );
      seen.add(JSON.stringify([status, rest, shown]));
    }
    expect([...seen]).toHaveLength(1);
    expect([...seen][0]).toContain("not_found");
  });

  test("stop working when others are made, when they are deleted or revoked, and with everything else", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const endings: (() => Promise<unknown>)[] = [
      () => subscribe(ada),
      () => ada.call("DELETE", `/user/${ada.id}/calendar`),
      async () => ada.call("DELETE", `/user/${ada.id}/access/${(await feedIn(ada)).id}`),
      () => ada.call("PUT", `/user/${ada.id}/logout?everywhere=true`),
    ];
    for (const [index, end] of endings.entries()) {
      const { calendar, freebusy } = await subscribe(ada);
      const { headers } = await readCalendar(world, calendar);
      await readCalendar(world, freebusy);
      await end();
      for (const path of [calendar, freebusy])
        expect([index, await statusOf(world, path)]).toEqual([index, 404]);
      // Also to whoever has a copy that was the present one.
      const known = { "if-none-match": headers.get("etag") ?? "" };
      expect([index, await statusOf(world, calendar, known)]).toEqual([index, 404]);
    }
  });

  test("are one thing that can be revoked, listed with when it was used, to the hour", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const { calendar, freebusy } = await subscribe(ada);
    const made = world.clock.now();
    expect(await feedIn(ada)).toEqual({
      id: expect.any(String),
      kind: "feed",
      created_ms: made,
      used_ms: null,
    });
    world.clock.advance(minute);
    await readCalendar(world, freebusy);
    await until(async () => (await feedIn(ada)).used_ms === made + minute);
    world.clock.advance(30 * minute);
    await readCalendar(world, freebusy);
    await readCalendar(world, calendar);
    await until(async () => (await feedIn(ada)).used_ms === made + 31 * minute);
    expect((await feedIn(ada)).created_ms).toBe(made);
  });

  test("go with the account, and are in the export without what opens them", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const { calendar, secret } = await subscribe(ada);
    const exported = expectOk(await ada.call("GET", `/user/${ada.id}/export`));
    const made = { id: (await feedIn(ada)).id, created_ms: world.clock.now(), used_ms: null };
    expect(exported.feeds).toEqual([
      { ...made, kind: "calendar" },
      { ...made, kind: "freebusy" },
    ]);
    expect(JSON.stringify(exported)).not.toContain(secret);
    expectOk(await ada.call("DELETE", `/user/${ada.id}`));
    expect(await statusOf(world, calendar)).toBe(404);
  });

  test("are made by one of eight who make them at once, and the others' never work", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const made = await Promise.all(Array.from({ length: 8 }, () => subscribe(ada)));
    const statuses = await Promise.all(made.map(({ calendar }) => statusOf(world, calendar)));
    expect(statuses.toSorted()).toEqual([200, ...Array.from({ length: 7 }, () => 404)]);
  });

  test("give nothing once it is answered that they are revoked, however a fetch races with that", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    await newEvent(world, ada);
    let [before, after] = [0, 0];
    for (let round = 0; round < 30; round++) {
      const { calendar } = await subscribe(ada);
      let isRevoked = false;
      const revoking = ada.call("DELETE", `/user/${ada.id}/calendar`).then(() => (isRevoked = true));
      const fetches = Array.from({ length: 6 }, async () => {
        const late = isRevoked;
        const status = await statusOf(world, calendar);
        expect(late ? [404] : [200, 404]).toContain(status);
        if (status === 200) before++;
        else after++;
      });
      await Promise.all([revoking, ...fetches]);
      expect(await statusOf(world, calendar)).toBe(404);
    }
    expect(before + after).toBe(180);
  });
});

describe("a fetch", () => {
  test("says how its copy is known and kept, and that the address is nobody's business", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    await newEvent(world, ada);
    const { calendar } = await subscribe(ada);
    const { headers, text } = await readCalendar(world, calendar);
    expect(Object.fromEntries(headers)).toMatchObject({
      "content-type": "text/calendar; charset=utf-8",
      "cache-control": "private, no-cache",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "content-disposition": 'attachment; filename="jarvis.ics"',
      etag: expect.stringMatching(/^"[\da-f]{32}"$/),
      "last-modified": new Date(world.clock.now()).toUTCString(),
    });
    const head = await world.call("HEAD", calendar);
    expect([head.status, head.bytes.length]).toEqual([200, 0]);
    for (const name of ["etag", "last-modified", "content-type", "cache-control"])
      expect(head.headers.get(name)).toBe(headers.get(name));
    world.clock.advance(7 * hour);
    expect((await readCalendar(world, calendar)).text).toBe(text);
  });

  test("by a copy that is the present one is answered 304, and by any other with the calendar", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const event = await newEvent(world, ada);
    const { calendar } = await subscribe(ada);
    const first = await readCalendar(world, calendar);
    const etag = first.headers.get("etag") ?? "";
    const date = first.headers.get("last-modified") ?? "";
    const same: Record<string, string>[] = [
      { "if-none-match": etag },
      { "if-none-match": `W/${etag}` },
      { "if-none-match": `"other", ${etag}` },
      { "if-none-match": "*" },
      { "if-modified-since": date },
      { "if-none-match": etag, "if-modified-since": "Thu, 01 Jan 1970 00:00:00 GMT" },
    ];
    const other: Record<string, string>[] = [
      { "if-none-match": '"other"' },
      { "if-none-match": '"other"', "if-modified-since": date },
      { "if-modified-since": "Thu, 01 Jan 1970 00:00:00 GMT" },
      { "if-modified-since": "yesterday" },
    ];
    for (const headers of same) {
      const answer = await world.call("GET", calendar, undefined, headers);
      expect([headers, answer.status, answer.bytes.length]).toEqual([headers, 304, 0]);
      expect(answer.headers.get("etag")).toBe(etag);
    }
    for (const headers of other)
      expect([headers, await statusOf(world, calendar, headers)]).toEqual([headers, 200]);
    await ada.call("PATCH", `/event/${event.id}`, { name: "Supper" });
    // In the same second: the date would be the same, if it were not moved.
    for (const headers of same.filter((asked) => asked["if-none-match"] !== "*"))
      expect([headers, await statusOf(world, calendar, headers)]).toEqual([headers, 200]);
  });

  test("notices by its date alone that an event has gone", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const event = await newEvent(world, ada, { people: [bob.id] });
    const { calendar } = await subscribe(bob);
    const first = await readCalendar(world, calendar);
    expect(column(first, "summary")).toEqual(["Picnic"]);
    world.clock.advance(hour);
    await ada.call("DELETE", `/event/${event.id}/people/${bob.id}`);
    const since = { "if-modified-since": first.headers.get("last-modified") ?? "" };
    const second = await readCalendar(world, calendar, since);
    expect(column(second, "summary")).toEqual([]);
    const again = { "if-modified-since": second.headers.get("last-modified") ?? "" };
    expect(await statusOf(world, calendar, again)).toBe(304);
  });

  test("is counted by secret, and by address, before anything is read", async () => {
    await using world = await createWorld({ env: { JARVIS_RATE_LIMITS: "on" } });
    const { ada, bob } = await world.people("ada", "bob");
    const [adas, bobs] = [await subscribe(ada), await subscribe(bob)];
    for (let count = 0; count < 60; count++) expect(await statusOf(world, adas.calendar)).toBe(200);
    const refused = await world.call("GET", adas.calendar);
    expect([refused.status, refused.headers.get("ratelimit-policy")]).toEqual([429, '"feed";q=60;w=3600']);
    expect(await statusOf(world, bobs.calendar)).toBe(200);
    expect(await statusOf(world, adas.freebusy)).toBe(200);
  });

  test("of one event is for whoever takes part in it", async () => {
    await using world = await createWorld();
    const { ada, bob, cem } = await world.people("ada", "bob", "cem");
    const event = await newEvent(world, ada, { people: [bob.id] });
    const timeless = expectOk(await ada.call("POST", "/event", { name: "Some day", duration: 60 }), 201);
    const path = `/event/${event.id}/calendar.ics`;
    const own = await readCalendar(ada, path);
    expect([column(own, "summary"), column(own, "status")]).toEqual([["Picnic"], ["CONFIRMED"]]);
    expect(own.headers.get("cache-control")).toBe("no-store");
    expect(column(await readCalendar(bob, path), "status")).toEqual(["TENTATIVE"]);
    expect(codeOf(await cem.call("GET", path))).toBe("not_found");
    expect(codeOf(await world.call("GET", path))).toBe("unauthenticated");
    expect(codeOf(await ada.call("GET", `/event/${timeless.id}/calendar.ics`))).toBe("not_found");
  });
});

test("the objects of a calendar are those of the feed, each a calendar by itself", async () => {
  await using world = await createWorld();
  const { ada } = await world.people("ada");
  const event = await newEvent(world, ada);
  await ada.call("POST", "/event", { name: "Some time", duration: 60 });
  const { ctx } = world.server;
  const { events } = await calendarState(ctx, ada.id);
  const [object, ...rest] = await calendarObjects(ctx, ada.id, events);
  expect(rest).toEqual([]);
  const startMs = Number(event.start_time) * 1_000;
  expect(object).toMatchObject({ name: `${event.id}.ics`, fromMs: startMs, untilMs: startMs + 7_200_000 });
  expect(object?.ics).toContain("SUMMARY:Picnic\r\n");
  expect(object?.ics).not.toContain("REFRESH-INTERVAL");
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 2_000; turn++) {
    if (await holds()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error("it never became so");
}
