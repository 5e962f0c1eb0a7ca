import { describe, expect, test } from "bun:test";
import { calendarState } from "../src/feeds/service.ts";
import { knownToken } from "../src/feeds/snapshots.ts";
import { runHousekeeping } from "../src/housekeeping.ts";
import { CS, D, davRequest, plan, propfindBody, subscribe, type Subscriber } from "./support/dav.ts";
import { freshCopy, SyncingClient, syncBody } from "./support/dav-copy.ts";
import { createWorld, type World } from "./support/world.ts";

const day = 24 * 60 * 60_000;
const invalid = `{${D}}valid-sync-token`;

async function tagsOf(phone: Subscriber) {
  const body = propfindBody("sync-token", "CS:getctag");
  const { responses } = await phone.request("PROPFIND", phone.calendar, { depth: "0", body });
  const found = responses.get(phone.calendar)?.found;
  return { token: found?.get(`{${D}}sync-token`)?.text, ctag: found?.get(`{${CS}}getctag`)?.text };
}

async function snapshots(world: World): Promise<number> {
  return (await world.server.ctx.db.read.selectFrom("feed_snapshot").select("token").execute()).length;
}

async function setUp(world: World) {
  const { ada, bob } = await world.people("ada", "bob");
  await world.befriend(ada, bob);
  const phone = await subscribe(world, bob);
  return { ada, bob, phone, client: new SyncingClient(phone) };
}

describe("sync-collection", () => {
  test("gives all of it first, then what was added, changed, cancelled and removed, each once", async () => {
    await using world = await createWorld();
    const { ada, bob, phone, client } = await setUp(world);
    const people = { people: [bob.id] };
    const dinner = await plan(world, ada, "Dinner", 2, people);
    const walk = await plan(world, ada, "Walk", 5, people);
    const href = ({ id }: { id: string }) => `${phone.calendar}${id}.ics`;
    await client.sync();
    expect([...client.copy.keys()]).toEqual([href(dinner), href(walk)]);
    const swim = await plan(world, ada, "Swim", 8, people);
    await ada.call("PATCH", `/event/${walk.id}`, { name: "Long walk" });
    const changed = await client.ask();
    expect([...changed.responses.keys()]).toEqual([href(walk), href(swim)]);
    await client.sync();
    await ada.call("DELETE", `/event/${swim.id}`);
    await ada.call("DELETE", `/event/${dinner.id}/people/${bob.id}`);
    const left = await client.ask();
    expect([...left.responses].map(([at, { status }]) => [at, status])).toEqual([
      [href(swim), undefined],
      [href(dinner), 404],
    ]);
    await client.sync();
    expect([...client.copy.keys()]).toEqual([href(walk), href(swim)]);
    expect(client.copy.get(href(swim))).toContain("STATUS:CANCELLED\r\n");
    expect(client.copy.get(href(walk))).toContain("SUMMARY:Long walk\r\n");
    const nothing = await client.ask();
    expect([nothing.responses.size, nothing.syncToken]).toEqual([0, client.token]);
  });

  test("goes on from the token of a PROPFIND, whose tag changes with the calendar alone", async () => {
    await using world = await createWorld();
    const { ada, bob, phone, client } = await setUp(world);
    await plan(world, ada, "Dinner", 2, { people: [bob.id] });
    const before = await tagsOf(phone);
    await plan(world, ada, "Of others", 2);
    expect(await tagsOf(phone)).toEqual(before);
    const walk = await plan(world, ada, "Walk", 5, { people: [bob.id] });
    const after = await tagsOf(phone);
    expect([after.token === before.token, after.ctag === before.ctag]).toEqual([false, false]);
    client.token = before.token ?? "";
    expect([...(await client.ask()).responses.keys()]).toEqual([`${phone.calendar}${walk.id}.ics`]);
  });

  test("writes nothing for whoever has everything as it is, and never takes a change for nothing", async () => {
    await using world = await createWorld();
    const { ada, bob, phone, client } = await setUp(world);
    const dinner = await plan(world, ada, "Dinner", 2, { people: [bob.id] });
    const { ctx } = world.server;
    const known = async () => knownToken(ctx, bob.id, (await calendarState(ctx, bob.id)).tag);
    expect(await known()).toBeNull();
    await client.sync();
    const token = await known();
    expect(client.token).toBe(`urn:jarvis:sync:${token}`);
    expect((await client.ask()).syncToken).toBe(client.token);
    expect((await tagsOf(phone)).ctag).toBe(token ?? "");
    await bob.call("PUT", `/event/${dinner.id}/rsvp`, { status: "accepted" });
    expect(await known()).toBeNull();
    const changed = await client.ask();
    expect(changed.responses.size).toBe(1);
    await client.sync();
    // What is not kept is not gone on from, whatever is remembered of it.
    await ctx.db.write(({ sql }) => sql.deleteFrom("feed_snapshot").execute());
    expect(await known()).not.toBeNull();
    expect((await client.ask()).precondition).toBe(invalid);
  });

  test("tells of what has passed out of the calendar by itself", async () => {
    await using world = await createWorld();
    const { ada, bob, client } = await setUp(world);
    await plan(world, ada, "Dinner", 2, { people: [bob.id] });
    await client.sync();
    for (const days of [20, 20, 20, 29]) {
      world.clock.advance(days * day);
      await client.sync();
    }
    expect(client.copy.size).toBe(1);
    world.clock.advance(2 * day);
    await client.sync();
    expect([client.copy.size, client.removals, client.resyncs]).toEqual([0, 1, 0]);
  });

  test("gives as little at a time as is wanted, and all in the end", async () => {
    await using world = await createWorld();
    const { ada, bob, phone, client } = await setUp(world);
    for (let i = 1; i <= 25; i++) await plan(world, ada, `Dinner ${i}`, i, { people: [bob.id] });
    await client.sync(1);
    expect([client.truncated, client.copy.size]).toEqual([24, 25]);
    const removed = [...client.copy.keys()].slice(0, 4).map((href) => href.slice(phone.calendar.length, -4));
    for (const id of removed) await bob.call("PUT", `/event/${id}/rsvp`, { status: "declined" });
    const first = await client.ask(3);
    expect(first.responses.get(phone.calendar)?.status).toBe(507);
    await client.sync(3);
    expect(client.removals).toBe(4);
    expect(client.copy).toEqual(await freshCopy(phone));
  });

  test("says of a token that it does not know so, and not that nothing has changed", async () => {
    await using world = await createWorld();
    const { ada, bob, phone, client } = await setUp(world);
    const other = new SyncingClient(await subscribe(world, ada));
    await plan(world, ada, "Dinner", 2, { people: [bob.id] });
    await other.sync();
    await client.sync();
    for (const token of [
      other.token,
      "urn:jarvis:sync:",
      "urn:jarvis:sync:AAAA",
      "http://x/1",
      `${client.token}x`,
      "1",
    ]) {
      const answer = await phone.request("REPORT", phone.calendar, { body: syncBody(token) });
      expect([token, answer.status, answer.precondition]).toEqual([token, 403, invalid]);
    }
  });

  test("is refused without a token, with a level or a limit that is none", async () => {
    await using world = await createWorld();
    const { phone } = await setUp(world);
    const body = syncBody("");
    for (const wrong of [
      body.replace("<sync-token></sync-token>", ""),
      body.replace("<sync-level>1", "<sync-level>2"),
      body.replace("<prop>", "<limit><nresults>0</nresults></limit><prop>"),
      body.replace("<prop>", "<limit/><prop>"),
    ])
      expect((await phone.request("REPORT", phone.calendar, { body: wrong })).status).toBe(400);
  });
});

describe("what clients were told", () => {
  test("is kept across a restart", async () => {
    await using world = await createWorld();
    const { ada, bob, client } = await setUp(world);
    await plan(world, ada, "Dinner", 2, { people: [bob.id] });
    await client.sync();
    await world.restart();
    const { token } = client;
    await client.sync();
    expect([client.token, client.resyncs]).toEqual([token, 0]);
  });

  test("is kept for a month after it was told last, and of one calendar twenty times", async () => {
    await using world = await createWorld();
    const { ada, bob, client } = await setUp(world);
    await plan(world, ada, "Dinner", 2, { people: [bob.id] });
    await client.sync();
    for (let days = 0; days < 60; days += 20) {
      world.clock.advance(20 * day);
      await runHousekeeping(world.server.ctx);
      await client.sync();
    }
    expect(client.resyncs).toBe(0);
    world.clock.advance(30 * day);
    await runHousekeeping(world.server.ctx);
    expect(await snapshots(world)).toBe(0);
    await client.sync();
    expect(client.resyncs).toBe(1);
  });

  test("of one calendar is kept twenty times", async () => {
    await using world = await createWorld();
    const { ada, bob, phone, client } = await setUp(world);
    await client.sync();
    const old = client.token;
    for (let i = 1; i <= 25; i++) {
      await plan(world, ada, `Dinner ${i}`, i, { people: [bob.id] });
      world.clock.advance(1_000);
      await client.sync();
    }
    expect([client.resyncs, client.copy.size, await snapshots(world)]).toEqual([0, 25, 20]);
    expect((await phone.request("REPORT", phone.calendar, { body: syncBody(old) })).precondition).toBe(
      invalid,
    );
  });

  test("goes with the calendar, which ends at once, and with its next address", async () => {
    await using world = await createWorld();
    const { ada, bob, phone, client } = await setUp(world);
    await plan(world, ada, "Dinner", 2, { people: [bob.id] });
    await client.sync();
    expect(await snapshots(world)).toBe(1);
    const renewed = await subscribe(world, bob);
    expect(await snapshots(world)).toBe(0);
    expect((await phone.request("PROPFIND", "/dav/", { depth: "0" })).status).toBe(401);
    await new SyncingClient(renewed).sync();
    await bob.call("DELETE", `/user/${bob.id}/calendar`);
    expect(await snapshots(world)).toBe(0);
    for (const [method, path] of [
      ["PROPFIND", "/dav/"],
      ["REPORT", renewed.calendar],
    ] as const) {
      const { authorization } = renewed;
      expect((await davRequest(world.url, method, path, { authorization, depth: "1" })).status).toBe(401);
    }
  });

  test("ends with one of its addresses in the list of what has access", async () => {
    await using world = await createWorld();
    const { bob, phone, client } = await setUp(world);
    await client.sync();
    const { response } = await bob.call("GET", `/user/${bob.id}/access`);
    const feed = response.find(({ kind }: { kind: string }) => kind === "feed");
    await bob.call("DELETE", `/user/${bob.id}/access/${feed.id}`);
    expect(await snapshots(world)).toBe(0);
    expect((await phone.request("PROPFIND", "/dav/", { depth: "0" })).status).toBe(401);
  });
});
