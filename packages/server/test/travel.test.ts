import { describe, expect, test } from "bun:test";
import { sql } from "kysely";
import { markArrived } from "../src/travel/service.ts";
import { createMeeting, expectOk, hour, minute, share } from "./support/meeting.ts";
import { codesOf, heardBy, lookAtTravel, northBy, stay, toldIn, travel } from "./support/travel.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

describe("an evening", () => {
  test("tells when to leave, who is late and who has come, each once, also over a restart", async () => {
    await using world = await createWorld();
    const { ada, bob, cat, eve } = await world.people("ada", "bob", "cat", "eve");
    const meeting = await createMeeting(world, ada, {
      accepted: [bob, cat],
      invited: [eve],
      inMs: 45 * minute,
    });
    await bob.call("POST", `/user/${bob.id}/location`, northBy(2_900));
    await lookAtTravel(world);
    expect(await toldIn(world, meeting.id)).toEqual([]);
    world.clock.set(meeting.startMs - 15 * minute);
    await bob.call("POST", `/user/${bob.id}/location`, northBy(2_900));
    await lookAtTravel(world);
    await lookAtTravel(world);
    expect(await toldIn(world, meeting.id)).toMatchObject([{ user: bob.id, code: "leave_now" }]);
    await share(bob, meeting);
    await travel(world, bob, { fromM: 2_900, toM: 1_700, mps: 1.4 });
    const late = await toldIn(world, meeting.id);
    expect(codesOf(late)).toEqual(["leave_now", "running_late"]);
    const trueLateS = (world.clock.now() - meeting.startMs) / 1_000 + 1_600 / 1.4;
    expect(Math.abs(late[1].late_s - trueLateS)).toBeLessThan(late[1].margin_s + 120);
    await world.restart();
    await lookAtTravel(world);
    await travel(world, bob, { fromM: 1_700, toM: 40, mps: 1.4 });
    await stay(world, bob, 20);
    await world.restart();
    await lookAtTravel(world);
    await stay(world, bob, 20);
    const codes = codesOf(await toldIn(world, meeting.id)).filter((code) => code !== "running_late");
    expect(codes).toEqual(["leave_now", "arrived"]);
    expect(await heardBy(world, bob, meeting.id)).toContain("leave_now");
    expect(await heardBy(world, ada, meeting.id)).not.toContain("leave_now");
    expect((await heardBy(world, ada, meeting.id)).at(-1)).toBe("arrived");
    expect(await heardBy(world, eve, meeting.id)).toEqual([]);
    const rows = (await ada.call("GET", `/event/${meeting.id}/locations`)).response;
    expect(rows).toMatchObject([{ id: bob.id, state: "arrived", eta_s: 0, eta_margin_s: 0 }]);
  }, 60_000);

  test("says `on_time` once somebody has made up for it", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob], inMs: 30 * minute });
    await share(bob, meeting);
    await travel(world, bob, { fromM: 5_000, toM: 4_300, mps: 1 });
    const first = await toldIn(world, meeting.id);
    expect(new Set(codesOf(first))).toEqual(new Set(["running_late"]));
    for (const [i, { late_s, margin_s }] of first.slice(1).entries())
      expect(Math.abs(late_s - first[i].late_s)).toBeGreaterThanOrEqual(Math.max(300, margin_s));
    await travel(world, bob, { fromM: 4_300, toM: 1_000, mps: 6 });
    expect(codesOf(await toldIn(world, meeting.id)).at(-1)).toBe("on_time");
  }, 60_000);

  test.each(["bob", "cat"])(
    "goes on for the others where what is told of %s cannot be written",
    async (name) => {
      await using world = await createWorld();
      const { ada, bob, cat } = await world.people("ada", "bob", "cat");
      const meeting = await createMeeting(world, ada, { accepted: [bob, cat], inMs: 30 * minute });
      await share(bob, meeting);
      await share(cat, meeting);
      const failing = name === "bob" ? bob : cat;
      await world.server.ctx.db.write(({ sql: tx }) =>
        sql`create trigger fault before insert on journey when new.user_id = ${sql.lit(failing.id)}
        begin select raise(abort, 'fault'); end`.execute(tx),
      );
      await arriveLate(world, [bob, cat]);
      const told = await toldIn(world, meeting.id);
      expect(told.map(({ user }) => user)).toContain(name === "bob" ? cat.id : bob.id);
      expect(told.map(({ user }) => user)).not.toContain(failing.id);
      expect(world.logged.filter(({ level }) => level === "error").length).toBeGreaterThan(0);
    },
    60_000,
  );
});

/** Side by side, far too slowly, for ten minutes. */
async function arriveLate(world: World, people: readonly Person[]): Promise<void> {
  for (let i = 0; i < 60; i++) {
    for (const person of people)
      await person.call("POST", `/user/${person.id}/location`, { ...northBy(5_000 - i * 10), accuracy: 8 });
    world.clock.set(world.clock.now() + 10_000);
    if (i % 6 === 5) await lookAtTravel(world);
  }
}

describe("who is told", () => {
  async function arrivedBob(precision = "exact") {
    const world = await createWorld();
    const { ada, bob, cat } = await world.people("ada", "bob", "cat");
    const meeting = await createMeeting(world, ada, { accepted: [bob, cat] });
    await share(bob, meeting, "on", precision);
    await stay(world, bob, 30, minute);
    expect(codesOf(await toldIn(world, meeting.id))).toEqual(["arrived"]);
    return { world, ada, bob, cat, meeting };
  }

  test("is nobody but the person of somebody who shares `coarse`", async () => {
    const { world, ada, bob, meeting } = await arrivedBob("coarse");
    expect([await heardBy(world, ada, meeting.id), await heardBy(world, bob, meeting.id)]).toEqual([
      [],
      ["arrived"],
    ]);
    const rows = (await ada.call("GET", `/event/${meeting.id}/locations`)).response;
    expect(rows).toMatchObject([
      { state: "travelling", speed: null, mode: null, battery: null, eta_s: null },
    ]);
    await world[Symbol.asyncDispose]();
  });

  test("is nobody after a pause, an end or the window, though they come later and read from the beginning", async () => {
    const { world, ada, bob, meeting } = await arrivedBob();
    expect(await heardBy(world, ada, meeting.id)).toEqual(["arrived"]);
    await share(bob, meeting, "paused");
    expect(await heardBy(world, ada, meeting.id)).toEqual([]);
    world.clock.set(world.clock.now() + minute);
    await share(bob, meeting);
    expect(await heardBy(world, ada, meeting.id)).toEqual([]);
    await share(bob, meeting, "off");
    expect(await heardBy(world, ada, meeting.id)).toEqual([]);
    expect(await heardBy(world, bob, meeting.id)).toEqual(["arrived"]);
    await world[Symbol.asyncDispose]();
  });

  test("ends with the window", async () => {
    const { world, ada, meeting } = await arrivedBob();
    world.clock.set(meeting.closesMs);
    expect(await heardBy(world, ada, meeting.id)).toEqual([]);
    await world[Symbol.asyncDispose]();
  });

  test("is not somebody who came after the consent, nor somebody whom it was taken from by a block", async () => {
    const { world, ada, bob, cat, meeting } = await arrivedBob();
    const { dan } = await world.people("dan");
    await ada.call("POST", `/event/${meeting.id}/people`, { people: [dan.id] });
    await dan.call("PUT", `/event/${meeting.id}/rsvp`, { status: "accepted" });
    expect(await heardBy(world, dan, meeting.id)).toEqual([]);
    await bob.call("PUT", `/user/${bob.id}/blocks/${cat.id}`);
    expect(await heardBy(world, cat, meeting.id)).toEqual([]);
    expect(await heardBy(world, ada, meeting.id)).toEqual(["arrived"]);
    await world[Symbol.asyncDispose]();
  });
});

describe("arriving", () => {
  test("is told once by two looks at the same time, and by the phone beside them", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob] });
    await share(bob, meeting);
    for (let i = 0; i < 5; i++) {
      await bob.call("POST", `/user/${bob.id}/location`, { ...northBy(30), accuracy: 8 });
      world.clock.set(world.clock.now() + 10_000);
    }
    const now = world.clock.now();
    const { ctx } = world.server;
    await Promise.all([
      lookAtTravel(world),
      markArrived(ctx, bob.id, meeting.id, now),
      lookAtTravel(world),
      markArrived(ctx, bob.id, meeting.id, now),
    ]);
    expect(codesOf(await toldIn(world, meeting.id))).toEqual(["arrived"]);
  });

  test("counts when the phone says so, but only with consent that holds, and never from before it", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob] });
    const { ctx } = world.server;
    const before = world.clock.now();
    await markArrived(ctx, bob.id, meeting.id, before);
    world.clock.set(before + minute);
    await share(bob, meeting);
    await markArrived(ctx, bob.id, meeting.id, before);
    expect(await toldIn(world, meeting.id)).toEqual([]);
    await markArrived(ctx, bob.id, meeting.id, world.clock.now());
    expect(codesOf(await toldIn(world, meeting.id))).toEqual(["arrived"]);
  });

  test("ends sharing five minutes later where that was asked for, and not what was turned on again", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob] });
    await share(bob, meeting);
    const given = { state: "on", until_arrival: true };
    await expectOk(bob.call("PUT", `/event/${meeting.id}/sharing`, given));
    const state = async () => (await bob.call("GET", `/event/${meeting.id}/sharing`)).response.state;
    await stay(world, bob, 30, 2 * minute);
    expect(await state()).toBe("on");
    await stay(world, bob, 30, 5 * minute);
    expect(await state()).toBe("off");
    await share(bob, meeting);
    world.clock.set(world.clock.now() + 10 * minute);
    await lookAtTravel(world);
    expect(await state()).toBe("on");
  });

  test("keeps what is known of somebody's way when the event is put elsewhere", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob], inMs: 30 * minute });
    await share(bob, meeting);
    await travel(world, bob, { fromM: 3_000, toM: 2_500, mps: 4 });
    const look = async () => (await ada.call("GET", `/event/${meeting.id}/location/${bob.id}`)).response;
    const before = await look();
    expect(before.mode).toBe("cycle");
    expect(before.eta_s).toBeGreaterThan(300);
    await expectOk(ada.call("PATCH", `/event/${meeting.id}`, { place: northBy(-500) }));
    const after = await look();
    expect(after).toMatchObject({ speed: before.speed, mode: before.mode });
    expect(after.eta_s).toBeGreaterThan(before.eta_s);
  });

  test("counts anew when the event is put elsewhere", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob] });
    await share(bob, meeting);
    await stay(world, bob, 30, minute);
    await ada.call("PUT", `/event/${meeting.id}/place`, { ...northBy(900) });
    await stay(world, bob, 30, minute);
    expect(codesOf(await toldIn(world, meeting.id))).toEqual(["arrived"]);
    await stay(world, bob, 880, 2 * minute);
    expect(codesOf(await toldIn(world, meeting.id))).toEqual(["arrived", "arrived"]);
  });
});

test("an ETA is made of nothing from before a pause", async () => {
  await using world = await createWorld();
  const { ada, bob } = await world.people("ada", "bob");
  const meeting = await createMeeting(world, ada, { accepted: [bob] });
  const row = async () => (await ada.call("GET", `/event/${meeting.id}/locations`)).response[0];
  await share(bob, meeting);
  await travel(world, bob, { fromM: 4_000, toM: 2_000, mps: 5 });
  expect(await row()).toMatchObject({ mode: "cycle" });
  expect((await row()).eta_s).toBeGreaterThan(200);
  await share(bob, meeting, "paused");
  world.clock.set(world.clock.now() + 20_000);
  await share(bob, meeting);
  await bob.call("POST", `/user/${bob.id}/location`, { ...northBy(1_900), accuracy: 8 });
  expect(await row()).toMatchObject({ mode: null, speed: null, eta_s: null, eta_margin_s: null });
});

test("a detour is learned from a journey that ended in an arrival, exported, and erased", async () => {
  await using world = await createWorld();
  const { ada, bob } = await world.people("ada", "bob");
  const meeting = await createMeeting(world, ada, { accepted: [bob], inMs: hour, durationMs: 2 * hour });
  await share(bob, meeting);
  world.clock.set(world.clock.now() + minute);
  await travel(world, bob, { fromM: 2_000, toM: 20, mps: 1.4 });
  await stay(world, bob, 20);
  const { db, clock } = world.server.ctx;
  const signIn = () =>
    db.write(({ sql }) => sql.updateTable("session").set({ signed_in_ms: clock.now() }).execute());
  await signIn();
  await world.restart(); // sessions are remembered
  const exported = (await bob.call("GET", `/user/${bob.id}/export`)).response;
  expect(exported.detours).toMatchObject([{ mode: "walk", journeys: 1 }]);
  expect(exported.detours[0].factor).toBeLessThan(1.15);
  expect(exported.journeys).toMatchObject([{ event: meeting.id, late_s: null }]);
  expect(exported.journeys[0].arrived_ms).toBeNumber();
  expect((await bob.call("DELETE", `/user/${bob.id}`)).status).toBe(200);
  const { read } = world.server.ctx.db;
  for (const table of ["journey", "detour"] as const)
    expect(await read.selectFrom(table).selectAll().execute()).toEqual([]);
}, 60_000);
