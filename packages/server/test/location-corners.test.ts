import { expect, test } from "bun:test";
import { purgeLocations, uploadFixes } from "../src/location/service.ts";
import { cellCentre } from "../src/location/geometry.ts";
import { createMeeting, expectOk, hour, minute, move, plaza, share } from "./support/meeting.ts";
import { fileHas } from "./support/store-files.ts";
import { connect } from "./support/socket.ts";
import { createWorld } from "./support/world.ts";

test("a fix that is not on the disk yet outlives that its day-old predecessor is deleted", async () => {
  await using world = await createWorld();
  const { bob } = await world.people("bob");
  const { ctx } = world.server;
  await expectOk(bob.call("POST", `/user/${bob.id}/location`, { latitude: 1, longitude: 1 }));
  world.clock.set(world.clock.now() + 24 * hour);
  await uploadFixes(ctx, bob.id, [{ latitude: 2, longitude: 2 }], null, { durable: false });
  await purgeLocations(ctx);
  expect((await bob.call("GET", `/user/${bob.id}/location`)).response).toMatchObject({ latitude: "2" });
  world.clock.advance(minute);
  await ctx.db.write(async () => undefined);
  expect(await ctx.db.read.selectFrom("fix").select("latitude").execute()).toEqual([{ latitude: 2 }]);
});

test("a start that was taken back is in no file any more within a minute", async () => {
  await using world = await createWorld();
  const { ada, bob } = await world.people("ada", "bob");
  const meeting = await createMeeting(world, ada, { accepted: [bob] });
  const start = { latitude: 49.1234567, longitude: -123.9876543 };
  const kept = cellCentre(start).latitude;
  await expectOk(bob.call("PUT", `/event/${meeting.id}/start`, start));
  await world.server.ctx.db.checkpoint();
  expect(fileHas(world, kept)).toBe(true);
  await expectOk(bob.call("DELETE", `/event/${meeting.id}/start`));
  world.clock.advance(minute);
  await waitUntilGone(() => !fileHas(world, kept));
  await expectOk(bob.call("PUT", `/event/${meeting.id}/start`, start));
  await expectOk(bob.call("PUT", `/event/${meeting.id}/start`, plaza));
  world.clock.advance(minute);
  await waitUntilGone(() => !fileHas(world, kept));
});

test("the export has looks that are not on the disk yet, of who looked and of whom they saw", async () => {
  await using world = await createWorld();
  const { ada, bob } = await world.people("ada", "bob");
  const meeting = await createMeeting(world, ada, { accepted: [bob] });
  await share(bob, meeting);
  await using socket = await connect(world.url, ada);
  socket.send({ type: "watch", event: meeting.id });
  await socket.flushed();
  await move(bob, plaza);
  await socket.next("position", ({ latitude }) => latitude === "49.26");
  const { ctx } = world.server;
  const written = () => ctx.db.read.selectFrom("location_view").selectAll().execute();
  expect(await written()).toEqual([]);
  const look = { event: meeting.id, sharer: bob.id, viewer: ada.id };
  expect((await ada.call("GET", `/user/${ada.id}/export`)).response.views).toMatchObject([look]);
  expect((await bob.call("GET", `/user/${bob.id}/export`)).response.views).toMatchObject([look]);
});

async function waitUntilGone(isGone: () => boolean): Promise<void> {
  for (let i = 0; i < 20 && !isGone(); i++) await new Promise((resolve) => setImmediate(resolve));
  expect(isGone()).toBe(true);
}
