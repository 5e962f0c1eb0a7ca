import { describe, expect, test } from "bun:test";
import { Browser } from "./support/browser.ts";
import { bearer, openStream, TestStream } from "./support/event-stream.ts";
import { numbersOf } from "./support/frames.ts";
import { openCounts } from "./support/hearing.ts";
import { createSignInWorld } from "./support/identities.ts";
import { createMeeting, move, northOfPlaza, plaza, share } from "./support/meeting.ts";
import { party, send } from "./support/party.ts";
import { connect } from "./support/socket.ts";
import { startServer } from "../src/server.ts";
import { createWorld, type Json } from "./support/world.ts";

describe("an event stream", () => {
  test("is one: each frame an event of its type, with a cursor where it moves one", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    await using stream = await openStream(world, bob);
    const { headers } = stream.response;
    expect(headers.get("content-type")).toBe("text/event-stream");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-accel-buffering")).toBe("no");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(stream.retries.every((ms) => ms >= 1_000 && ms <= 3_000)).toBe(true);
    const atWelcome = stream.lastEventId;
    expect(atWelcome).toMatch(/^[\w-]{30,}$/);
    await using socket = await connect(world.url, ann);
    socket.send({ type: "typing", chat });
    await stream.next("typing");
    expect([stream.lastEventId, stream.ids.length]).toEqual([atWelcome, 1]);
    await send(ann, chat, "line\nbreak\r\n\ndata: x\u2028");
    const entry = await stream.message(chat, 1);
    expect((entry.data["message"] as Json).text).toBe("line\nbreak\r\n\ndata: x\u2028");
    expect([stream.ids.length, stream.lastEventId === atWelcome]).toEqual([2, false]);
  });

  test("goes on where `Last-Event-ID` says, which wins over `resume`; and what a cut lost comes once", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    const first = await openStream(world, bob);
    const places = [first.lastEventId];
    for (let seq = 1; seq <= 3; seq++) {
      await send(ann, chat, `m${seq}`);
      await first.message(chat, seq);
      places.push(first.lastEventId);
    }
    await first.drop();
    for (const [heard, place] of places.entries()) {
      await using again = await TestStream.open(world, bearer(bob), { resume: place });
      await using header = await openStream(world, bob, place);
      await using both = await TestStream.open(
        world,
        { ...bearer(bob), "last-event-id": place },
        { resume: places[0] ?? "" },
      );
      await send(ann, chat, "live");
      for (const stream of [again, header, both]) {
        await stream.message(chat, 4 + heard);
        expect(numbersOf(stream.frames, `event:${chat}`)).toEqual(
          Array.from({ length: 4 }, (_each, index) => heard + 1 + index),
        );
      }
    }
  });

  test("shows positions of what it watches, and says which event it may not watch", async () => {
    const world = await createWorld();
    await using _ = world;
    const { ada, bob, eve } = await world.people("ada", "bob", "eve");
    const meeting = await createMeeting(world, ada, { accepted: [bob] });
    const second = await createMeeting(world, ada, { accepted: [bob] });
    for (const event of [meeting, second]) await share(bob, event);
    await move(bob, northOfPlaza);
    const query = `watch=${meeting.id}&watch=${second.id}`;
    await using watcher = await TestStream.open(world, bearer(ada), query);
    for (const { id } of [meeting, second]) await watcher.next("position", ({ event }) => event === id);
    world.clock.advance(2_000);
    await move(bob, plaza);
    await watcher.next("position", ({ latitude }) => latitude === "49.26");
    await using outsider = await TestStream.open(world, bearer(eve), query);
    for (const { id } of [meeting, second])
      expect(await outsider.next("error", ({ ref }) => ref === id)).toMatchObject({ code: "not_found" });
    expect(outsider.of("position")).toEqual([]);
    const many = Array.from({ length: 51 }, () => `watch=${meeting.id}`).join("&");
    expect((await ada.call("GET", `/realtime/sse?${many}`)).status).toBe(422);
  });

  test("says every 20 seconds that it is alive", async () => {
    const { world, bob } = await party();
    await using _ = world;
    await using stream = await openStream(world, bob);
    expect(stream.comments).toBe(0);
    for (let times = 1; times <= 3; times++) {
      world.clock.advance(20_000);
      await stream.until(() => stream.comments === times);
    }
  });
});

test("an event stream may be silent for as long as it likes; its last event waits 20 seconds for a reader", async () => {
  const { world, bob } = await party();
  await using _ = world;
  const timeouts: number[] = [];
  const peer = {
    requestIP: () => ({ address: "127.0.0.1" }),
    timeout: (_request: Request, seconds: number) => void timeouts.push(seconds),
  };
  const request = new Request(`${world.url}/realtime/sse`, { headers: bearer(bob) });
  const response = await world.server.app.fetch(request, peer);
  expect([response.status, timeouts]).toEqual([200, [0]]);
  await bob.call("PUT", `/user/${bob.id}/logout`);
  expect(await response.text()).toEndWith('data: {"code":4401}\n\n');
  expect(timeouts).toEqual([0, 20]);
});

describe("an event stream is refused", () => {
  test("with 405 for any other method, 421 for a foreign host, 401 for nobody", async () => {
    const { world, bob } = await party();
    await using _ = world;
    for (const method of ["HEAD", "POST", "PUT", "PATCH", "DELETE"]) {
      const answer = await bob.call(method, "/realtime/sse");
      expect([method, answer.status, answer.headers.get("allow")]).toEqual([method, 405, "GET, OPTIONS"]);
    }
    const foreign = await bob.call("GET", "/realtime/sse", undefined, { host: "evil.example" });
    expect(foreign.body["code"]).toBe("wrong_host");
    for (const authorization of ["Bearer no", "Basic eDp5", ""])
      expect((await world.call("GET", "/realtime/sse", undefined, { authorization })).status).toBe(401);
    expect(await openCounts(world)).toEqual({ sockets: 0, sse: 0, poll: 0 });
  });

  test("case 34: with 403 where a cookie comes from a page that is not ours; our own, or none, is let in", async () => {
    await using world = await createSignInWorld();
    const browser = new Browser(world);
    const sign = { email: "ann@example.org", password: "correct horse", username: "Ann", cookie: true };
    expect((await browser.call("POST", "/user", sign)).status).toBe(201);
    const cookie = browser.cookieHeader;
    for (const path of ["/realtime/sse", "/realtime/poll"]) {
      const from = async (origin?: string) =>
        (await world.call("GET", path, undefined, { cookie, ...(origin ? { origin } : {}) })).status;
      for (const origin of [
        "null",
        "https://evil.example",
        `${world.url}.evil.example`,
        world.url.replace(/:\d+$/, ":1"),
      ])
        expect([path, origin, await from(origin)]).toEqual([path, origin, 403]);
      expect([await from(world.url), await from()]).toEqual([200, 200]);
      // What a page loads without asking to read it (`no-cors`) has no origin, and yet says where it is from.
      for (const [site, status] of Object.entries({
        "cross-site": 403,
        "same-site": 403,
        "same-origin": 200,
        none: 200,
      })) {
        const answer = await world.call("GET", path, undefined, { cookie, "sec-fetch-site": site });
        expect([path, site, answer.status]).toEqual([path, site, status]);
      }
    }
  });

  test("case 35: names no origin to read it but those that are set up, and never with credentials", async () => {
    const friendly = "https://app.example";
    await using world = await createWorld({ env: { JARVIS_CORS_ORIGINS: friendly } });
    const bob = await world.person("bob");
    for (const [origin, allowed] of [
      [friendly, friendly],
      ["https://evil.example", null],
    ] as const) {
      for (const path of ["/realtime/sse", "/realtime/poll"]) {
        const { status, headers } = await bob.call("GET", path, undefined, { origin });
        expect([status, headers.get("access-control-allow-origin")]).toEqual([200, allowed]);
        expect(headers.get("access-control-allow-credentials")).toBe(null);
      }
    }
    const asked = {
      origin: friendly,
      "access-control-request-method": "GET",
      "access-control-request-headers": "last-event-id",
    };
    const preflight = await world.call("OPTIONS", "/realtime/sse", undefined, asked);
    expect(preflight.headers.get("access-control-allow-headers")).toContain("last-event-id");
  });

  test("case 70: with 429 beyond ten connections of a person, of whatever kind they are", async () => {
    const { world, ann, bob } = await party();
    await using _ = world;
    const sockets = await Promise.all([1, 2, 3].map(() => connect(world.url, bob)));
    const streams = await Promise.all([1, 2, 3, 4, 5, 6, 7].map(() => openStream(world, bob)));
    const refused = await bob.call("GET", "/realtime/sse");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    expect((await bob.call("GET", "/realtime/poll")).status).toBe(429);
    await using other = await openStream(world, ann);
    expect(other.response.status).toBe(200);
    await streams.pop()?.drop();
    while ((await openCounts(world)).sse > 7) await world.call("GET", "/health");
    streams.push(await openStream(world, bob));
    for (const each of [...sockets, ...streams]) await each.drop();
  });

  test("case 70: with 503 and a spread Retry-After at the cap of all connections; old ones live", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    const { config } = world.server.ctx;
    await world.stop();
    const server = await startServer(
      { ...config, port: 0 },
      { maxSockets: 2, overrides: { clock: world.clock, log: world.server.ctx.log } },
    );
    try {
      await using stream = await openStream(server, bob);
      await using socket = await connect(server.url, ann);
      const waits = new Set<string | null>();
      for (let tries = 0; tries < 30; tries++) {
        for (const path of ["sse", "poll"]) {
          const { status, headers } = await fetch(`${server.url}/realtime/${path}`, { headers: bearer(ann) });
          expect(status).toBe(503);
          waits.add(headers.get("retry-after"));
        }
      }
      expect(waits.size).toBeGreaterThan(1);
      socket.send({ type: "send", chat, client_id: "1", text: "still here" });
      await stream.message(chat, 1);
    } finally {
      await server.stop();
    }
  });
});

describe("an event stream leaves nothing behind", () => {
  test("when the client goes, or is turned away: no session, no topic, no timer", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    // The end of the first session that was ever connected is waited for, once for all.
    const first = await TestStream.open(world, bearer(ann), { watch: chat });
    await first.next("welcome");
    await first.drop();
    for (let counts = await openCounts(world); counts.sse > 0; ) counts = await openCounts(world);
    world.clock.advance(10_000);
    const idle = world.clock.pending;
    for (let round = 0; round < 25; round++) {
      const streams = await Promise.all(
        [ann, bob, bob].map((person) => TestStream.open(world, bearer(person), { watch: chat })),
      );
      if (round % 2 === 0) await Promise.all(streams.map((stream) => stream.next("welcome")));
      for (const stream of streams) await stream.drop();
    }
    for (let counts = await openCounts(world); counts.sse > 0; ) counts = await openCounts(world);
    await send(ann, chat, "to nobody");
    // Looks that go on by themselves, housekeeping's too, are given their turns of the event loop.
    const settle = async (isSettled: () => boolean): Promise<void> => {
      for (let turns = 0; turns < 200 && !isSettled(); turns++) await openCounts(world);
    };
    // They were online for ten seconds more, and when they were last seen is written within a minute of that.
    world.clock.advance(10_000);
    await settle(() => world.clock.pending > idle);
    world.clock.advance(60_000);
    await settle(() => world.clock.pending === idle);
    expect(world.clock.pending).toBe(idle);
    const streams = await Promise.all(Array.from({ length: 10 }, () => openStream(world, bob)));
    await send(ann, chat, "to ten");
    for (const stream of streams) await stream.message(chat, 2);
    for (const stream of streams) await stream.drop();
    expect(world.logged.filter(({ level }) => level === "error")).toEqual([]);
  });
});
