import { describe, expect, test } from "bun:test";
import { runHousekeeping } from "../src/housekeeping.ts";
import { sharedWith } from "../src/location/shared-positions.ts";
import { expectOk } from "./support/events.ts";
import { createMeeting, hour, minute } from "./support/meeting.ts";
import { fullFix, hideFrom, look, moveTo, showTo, threeFriends } from "./support/shares.ts";
import { connect } from "./support/socket.ts";
import { createWorld, type Json, type Person } from "./support/world.ts";

const sharesOf = async (person: Person) => expectOk(await person.call("GET", `/user/${person.id}/shares`));
const viewsOf = async (person: Person) =>
  expectOk(await person.call("GET", `/user/${person.id}/location_views`));

/** What is written in the background is awaited by looking again. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds()));
}

describe("a share", () => {
  test("shows one friend a fix made since, and nobody else anything", async () => {
    await using world = await createWorld();
    const { ada, bob, cem, dan } = await threeFriends(world);
    await moveTo(ada);
    world.clock.advance(1_000);
    const share = expectOk(await showTo(world, ada, bob));
    const now = world.clock.now();
    const times = { since_ms: now, until_ms: now + hour };
    expect(share).toEqual({
      user: { id: bob.id, username: "bob" },
      precision: "exact",
      ...times,
      viewed_ms: null,
    });
    expect(await look(bob, ada)).toBe("not_found"); // made before
    await moveTo(ada, { ...fullFix, at: (now - 1) / 1_000 });
    expect(await look(bob, ada)).toBe("not_found"); // it says it was
    world.clock.advance(1_000);
    await moveTo(ada);
    const { latitude, longitude, ...rest } = fullFix;
    const strings = { latitude: String(latitude), longitude: String(longitude) };
    expect(await look(bob, ada)).toEqual({ ...strings, ...rest, at_ms: world.clock.now() });
    for (const other of [cem, dan]) expect(await look(other, ada)).toBe("not_found");
    expect(await look(ada, bob)).toBe("not_found");
    expect((await sharesOf(ada)).outgoing).toMatchObject([{ ...times, viewed_ms: world.clock.now() }]);
    expect((await sharesOf(bob)).incoming).toEqual([
      { user: { id: ada.id, username: "ada" }, precision: "exact", until_ms: times.until_ms },
    ]);
    for (const other of [cem, dan]) expect(await sharesOf(other)).toEqual({ outgoing: [], incoming: [] });
    expect(await sharedWith(world.server.ctx, bob.id)).toMatchObject([{ user: ada.id, row: strings }]);
    expect(await sharedWith(world.server.ctx, cem.id)).toEqual([]);
  });

  test("of coarse precision is a cell and nothing finer", async () => {
    await using world = await createWorld();
    const { ada, bob } = await threeFriends(world);
    expectOk(await showTo(world, ada, bob, 3_600, { precision: "coarse" }));
    await moveTo(ada);
    const seen = (await look(bob, ada)) as Json;
    expect(seen).toMatchObject({ accuracy: 710, altitude: null, speed: null, heading: null, battery: null });
    world.clock.advance(1_000);
    await moveTo(ada, { ...fullFix, latitude: fullFix.latitude + 0.0005, accuracy: 3 });
    const { latitude, longitude } = (await look(bob, ada)) as Json;
    expect([latitude, longitude]).toEqual([seen.latitude, seen.longitude]);
    expect(Math.abs(Number(latitude) - fullFix.latitude)).toBeLessThan(0.0046);
    // Another end alone leaves it coarse.
    expect(expectOk(await showTo(world, ada, bob, 7_200)).precision).toBe("coarse");
    expect(expectOk(await showTo(world, ada, bob, 7_200, { precision: "exact" })).precision).toBe("exact");
  });

  test("lasts 15 minutes to 8 hours from now, and is never longer than that", async () => {
    await using world = await createWorld();
    const { ada, bob } = await threeFriends(world);
    const codeOf = async (seconds: number) => (await showTo(world, ada, bob, seconds)).body.code;
    for (const seconds of [0, -1, 899.999, 28_800.001, 1e9])
      expect([seconds, await codeOf(seconds)]).toEqual([seconds, "invalid_input"]);
    for (const seconds of [900, 28_800])
      expect([seconds, await codeOf(seconds)]).toEqual([seconds, undefined]);
    const since = world.clock.now();
    world.clock.advance(7 * hour);
    expect(await codeOf(28_801)).toBe("invalid_input");
    const longer = expectOk(await showTo(world, ada, bob, 28_800));
    expect(longer).toMatchObject({ since_ms: since, until_ms: world.clock.now() + 8 * hour });
    for (const path of [`/user/${ada.id}/shares/nobody`, `/user/${ada.id}/shares/${ada.id}`])
      expect((await ada.call("PUT", path, { until: longer.until_ms / 1_000 })).status).toBe(404);
  });

  test("begins anew once it has run out: what was made before the new one is not shown", async () => {
    await using world = await createWorld();
    const { ada, bob } = await threeFriends(world);
    expectOk(await showTo(world, ada, bob, 900));
    world.clock.advance(14 * minute);
    await moveTo(ada);
    expect(await look(bob, ada)).toMatchObject({ speed: 4.5 });
    expectOk(await showTo(world, ada, bob, 900)); // while it is open
    expect(await look(bob, ada)).toMatchObject({ speed: 4.5 });
    world.clock.advance(15 * minute);
    await moveTo(ada);
    expectOk(await showTo(world, ada, bob, 900));
    expect((await sharesOf(ada)).outgoing[0].viewed_ms).toBeNull();
    world.clock.advance(1);
    expectOk(await hideFrom(ada, bob));
    expectOk(await showTo(world, ada, bob, 900));
    expect(await look(bob, ada)).toBe("not_found");
  });

  test("is one of 200 at most", async () => {
    await using world = await createWorld();
    const { ada, bob, cem } = await threeFriends(world);
    const { ctx } = world.server;
    await ctx.db.write(async (tx) => {
      const now = ctx.clock.now();
      const share = { user_id: ada.id, precision: "exact" as const, since_ms: now, viewed_ms: null };
      for (let i = 0; i < 200; i++) {
        const until_ms = now + (i === 0 ? 0 : hour); // one has run out
        const friend_id = ctx.random.id() as Person["id"];
        await tx.sql
          .insertInto("friend_share")
          .values({ ...share, friend_id, until_ms })
          .execute();
      }
    });
    expectOk(await showTo(world, ada, bob));
    expect((await showTo(world, ada, cem)).body.code).toBe("limit_exceeded");
    expectOk(await showTo(world, ada, bob, 1_800)); // it is there already
    expectOk(await hideFrom(ada, bob));
    expectOk(await showTo(world, ada, cem));
  });

  test("case 57: ends by the clock alone, and its row leaves the store soon after", async () => {
    await using world = await createWorld();
    const { ada, bob } = await threeFriends(world);
    expectOk(await showTo(world, ada, bob, 900));
    world.clock.advance(15 * minute - 1);
    await moveTo(ada);
    expect(await look(bob, ada)).toMatchObject({ speed: 4.5 });
    world.clock.advance(1);
    expect(await look(bob, ada)).toBe("not_found");
    expect((await sharesOf(bob)).incoming).toEqual([]);
    await runHousekeeping(world.server.ctx);
    const rows = () => world.server.ctx.db.read.selectFrom("friend_share").selectAll().execute();
    expect(await rows()).toEqual([]);
    expect(await viewsOf(ada)).toMatchObject([{ event: null, user: { id: bob.id } }]);
  });

  test("hides a fix older than 10 minutes, and one made for an event alone", async () => {
    await using world = await createWorld();
    const { ada, bob } = await threeFriends(world);
    const meeting = await createMeeting(world, bob, { accepted: [ada] });
    expectOk(await showTo(world, ada, bob));
    expectOk(await ada.call("POST", `/event/${meeting.id}/location`, fullFix));
    expect(await look(bob, ada)).toBe("not_found");
    await moveTo(ada);
    world.clock.advance(10 * minute);
    expect(await look(bob, ada)).toMatchObject({ speed: 4.5 });
    world.clock.advance(1);
    expect(await look(bob, ada)).toBe("not_found");
  });
});

describe("a share ends, and both are told,", () => {
  const endings: [string, (ada: Person, bob: Person) => Promise<unknown>][] = [
    ["when it is taken back", hideFrom],
    ["by unfriending", (ada, bob) => ada.call("DELETE", `/user/${ada.id}/friends/${bob.id}`)],
    ["by being unfriended", (ada, bob) => bob.call("DELETE", `/user/${bob.id}/friends/${ada.id}`)],
    ["by a block", (ada, bob) => ada.call("PUT", `/user/${ada.id}/blocks/${bob.id}`)],
    ["by being blocked", (ada, bob) => bob.call("PUT", `/user/${bob.id}/blocks/${ada.id}`)],
    ["with the account", (ada) => ada.call("DELETE", `/user/${ada.id}`)],
  ];
  test.each(endings)("%s", async (_, end) => {
    await using world = await createWorld();
    const { ada, bob, cem } = await threeFriends(world);
    await using bobs = await connect(world.url, bob);
    await using cems = await connect(world.url, cem);
    expectOk(await showTo(world, ada, bob));
    await moveTo(ada);
    expect(await look(bob, ada)).toMatchObject({ speed: 4.5 });
    await end(ada, bob);
    expect(await look(bob, ada)).toBe("not_found");
    expect((await sharesOf(bob)).incoming).toEqual([]);
    await bobs.next("entry", ({ kind, data }) => kind === "share" && data["until_ms"] === null);
    const data = { from: ada.id, to: bob.id };
    const until_ms = world.clock.now() + hour;
    expect(bobs.of("entry").flatMap((entry) => (entry.kind === "share" ? [entry.data] : []))).toEqual([
      { ...data, until_ms, precision: "exact" },
      { ...data, until_ms: null },
    ]);
    await cems.flushed();
    expect(cems.of("entry").filter(({ kind }) => kind === "share")).toEqual([]);
    const rows = await world.server.ctx.db.read.selectFrom("friend_share").selectAll().execute();
    expect(rows).toEqual([]);
  });

  test("and befriending again brings nothing back", async () => {
    await using world = await createWorld();
    const { ada, bob } = await threeFriends(world);
    expectOk(await showTo(world, ada, bob));
    await moveTo(ada);
    await bob.call("DELETE", `/user/${bob.id}/friends/${ada.id}`);
    await world.befriend(ada, bob);
    expect(await look(bob, ada)).toBe("not_found");
    expect((await showTo(world, ada, bob)).status).toBe(200);
  });
});

describe("who looked", () => {
  test("is listed newest first, over events and shares, page by page", async () => {
    await using world = await createWorld();
    const { ada, bob, cem } = await threeFriends(world);
    const meeting = await createMeeting(world, bob, { accepted: [ada, cem] });
    await ada.call("PUT", `/event/${meeting.id}/sharing`, { state: "on" });
    expectOk(await showTo(world, ada, bob));
    await moveTo(ada);
    await look(bob, ada);
    const first = world.clock.now();
    world.clock.advance(minute);
    for (const viewer of [bob, cem]) expectOk(await viewer.call("GET", `/event/${meeting.id}/locations`));
    await look(bob, ada);
    const at_ms = world.clock.now();
    expect(at_ms).toBeGreaterThan(first);
    const everything = [
      { event: null, user: { id: bob.id, username: "bob" }, at_ms },
      ...[bob, cem]
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        .map(({ id, username }) => ({ event: meeting.id, user: { id, username }, at_ms })),
    ];
    expect(await viewsOf(ada)).toEqual(everything);
    const paged: Json[] = [];
    let cursor = "";
    do {
      const { body } = await ada.call("GET", `/user/${ada.id}/location_views?limit=1${cursor}`);
      paged.push(...(body.response as Json[]));
      cursor = body.next_cursor === undefined ? "" : `&cursor=${body.next_cursor as string}`;
    } while (cursor !== "");
    expect(paged).toEqual(everything);
    expect(await viewsOf(bob)).toEqual([]);
  });

  test("has whoever was shown a position over a connection and blocked its owner at once", async () => {
    await using world = await createWorld();
    const { ada, bob } = await threeFriends(world);
    const meeting = await createMeeting(world, ada, { accepted: [bob] });
    await ada.call("PUT", `/event/${meeting.id}/sharing`, { state: "on" });
    expectOk(await showTo(world, ada, bob));
    await moveTo(ada);
    await using bobs = await connect(world.url, bob);
    bobs.send({ type: "watch", event: meeting.id });
    bobs.send({ type: "watch", user: ada.id });
    await Promise.all([bobs.next("position"), bobs.next("friend_position")]);
    expectOk(await bob.call("PUT", `/user/${bob.id}/blocks/${ada.id}`));
    await until(async () => (await viewsOf(ada)).length === 2);
    const held = expectOk(await ada.call("GET", `/user/${ada.id}/export`)).views;
    expect(held.map(({ event }: Json) => event)).toEqual(expect.arrayContaining([meeting.id, null]));
    expect(expectOk(await ada.call("GET", `/event/${meeting.id}/sharing`)).viewers).toEqual([]);
  });

  test("stays for 30 days, also of whoever has left, was blocked or is a friend no more, but not of the erased", async () => {
    await using world = await createWorld();
    const { ada, bob, cem } = await threeFriends(world);
    const meeting = await createMeeting(world, ada, { accepted: [bob] });
    await ada.call("PUT", `/event/${meeting.id}/sharing`, { state: "on" });
    for (const friend of [bob, cem]) expectOk(await showTo(world, ada, friend));
    await moveTo(ada);
    for (const friend of [bob, cem]) await look(friend, ada);
    expectOk(await bob.call("GET", `/event/${meeting.id}/locations`));
    await bob.call("DELETE", `/event/${meeting.id}/people/${bob.id}`);
    await bob.call("PUT", `/user/${bob.id}/blocks/${ada.id}`);
    await cem.call("DELETE", `/user/${cem.id}/friends/${ada.id}`);
    await ada.call("DELETE", `/event/${meeting.id}`);
    const everybody = [bob.id, bob.id, cem.id].toSorted();
    const seen = async () => (await viewsOf(ada)).map(({ user }: Json) => user.id).toSorted();
    expect(await seen()).toEqual(everybody);
    expectOk(await cem.call("DELETE", `/user/${cem.id}`));
    expect(await seen()).toEqual([bob.id, bob.id]);
    world.clock.advance(29 * 24 * hour);
    await runHousekeeping(world.server.ctx);
    const rows = () => world.server.ctx.db.read.selectFrom("location_view").selectAll().execute();
    expect(await rows()).toHaveLength(2);
    world.clock.advance(24 * hour);
    await runHousekeeping(world.server.ctx);
    expect(await rows()).toEqual([]);
  });
});
