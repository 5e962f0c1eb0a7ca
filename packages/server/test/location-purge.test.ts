import { expect, test } from "bun:test";
import { runHousekeeping } from "../src/housekeeping.ts";
import { createMeeting, expectOk, hour, minute, move, plaza, share } from "./support/meeting.ts";
import { createWorld, type World } from "./support/world.ts";

async function rowsOf(world: World) {
  const { read } = world.server.ctx.db;
  const [fixes, audience] = await Promise.all([
    read.selectFrom("fix").select("event_id").execute(),
    read.selectFrom("share_audience").select("event_id").execute(),
  ]);
  const ofEvents = fixes.filter(({ event_id }) => event_id !== "").length;
  return { fixes: fixes.length - ofEvents, ofEvents, audience: audience.length };
}

test("the fixes of an event are gone right after its window, consent's audience and viewers too (case 57)", async () => {
  await using world = await createWorld();
  const { ada, bob } = await world.people("ada", "bob");
  const meeting = await createMeeting(world, ada, { accepted: [bob] });
  await expectOk(bob.call("POST", `/event/${meeting.id}/location`, plaza));
  await ada.call("GET", `/event/${meeting.id}/locations`);
  const sharing = async () => (await bob.call("GET", `/event/${meeting.id}/sharing`)).response;
  world.clock.set(meeting.closesMs - 1);
  await runHousekeeping(world.server.ctx);
  expect(await rowsOf(world)).toEqual({ fixes: 0, ofEvents: 1, audience: 1 });
  expect((await sharing()).viewers).toHaveLength(1);
  world.clock.set(meeting.closesMs);
  await runHousekeeping(world.server.ctx);
  expect(await rowsOf(world)).toEqual({ fixes: 0, ofEvents: 0, audience: 0 });
  expect(await sharing()).toMatchObject({ state: "off", viewers: [] });
});

test("the loop does it by itself within a minute, also where only consent has run out", async () => {
  await using world = await createWorld();
  const { ada } = await world.people("ada");
  const meeting = await createMeeting(world, ada, {});
  const prolonged = await createMeeting(world, ada, {});
  for (const { id } of [meeting, prolonged]) await expectOk(ada.call("POST", `/event/${id}/location`, plaza));
  await expectOk(ada.call("PATCH", `/event/${prolonged.id}`, { duration: (9 * hour) / 1000 }));
  expect((await rowsOf(world)).ofEvents).toBe(2);
  world.clock.set(meeting.closesMs);
  world.clock.advance(minute);
  // Units run in order: once this one is stored, so is the purge that was begun before it.
  await world.server.ctx.db.write(async () => undefined);
  expect((await rowsOf(world)).ofEvents).toBe(0);
});

test("stopping, pausing, leaving, cancelling and taking the time back delete them too", async () => {
  await using world = await createWorld();
  const { ada, bob } = await world.people("ada", "bob");
  const upload = async () => {
    const meeting = await createMeeting(world, ada, { accepted: [bob] });
    await expectOk(bob.call("POST", `/event/${meeting.id}/location`, plaza));
    expect((await rowsOf(world)).ofEvents).toBe(1);
    return meeting;
  };
  const left = async () => (await rowsOf(world)).ofEvents;
  for (const state of ["off", "paused"]) {
    await share(bob, await upload(), state);
    expect(await left()).toBe(0);
  }
  await expectOk(ada.call("DELETE", `/event/${(await upload()).id}/people/${bob.id}`));
  expect(await left()).toBe(0);
  await expectOk(ada.call("DELETE", `/event/${(await upload()).id}`));
  await runHousekeeping(world.server.ctx);
  expect(await left()).toBe(0);
  await expectOk(ada.call("PATCH", `/event/${(await upload()).id}`, { start_time: null }));
  await runHousekeeping(world.server.ctx);
  expect(await left()).toBe(0);
});

test("general fixes go after a day, the newest of each person included; the others stay", async () => {
  await using world = await createWorld();
  const { ada, bob } = await world.people("ada", "bob");
  await move(ada, plaza);
  world.clock.set(world.clock.now() + hour);
  await move(bob, plaza);
  world.clock.set(world.clock.now() + 23 * hour);
  await runHousekeeping(world.server.ctx);
  expect((await rowsOf(world)).fixes).toBe(1);
  expect((await bob.call("GET", `/user/${bob.id}/location`)).status).toBe(200);
});
