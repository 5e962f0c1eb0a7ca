import { expect, test } from "bun:test";
import { frameRates } from "../src/realtime/frame-rate.ts";
import { createMeeting, northOfPlaza, share } from "./support/meeting.ts";
import { until } from "./support/nodes/until.ts";
import { connect } from "./support/socket.ts";
import { createWorld } from "./support/world.ts";

const limited = { env: { JARVIS_RATE_LIMITS: "on" } };

test("case 71: ten connections of a person have one rate together, and coming back does not renew it", async () => {
  await using world = await createWorld(limited);
  const { ann, bob } = await world.people("ann", "bob");
  await using other = await connect(world.url, bob);
  const sockets = await Promise.all(Array.from({ length: 10 }, () => connect(world.url, ann)));
  // Each of them keeps to what one connection may send.
  for (const socket of sockets) for (let i = 0; i < 60; i++) socket.send({ type: "ping" });
  // Which of them come too late is for the system to say: their frames arrive in any order.
  const codes: number[] = [];
  for (const { closed } of sockets) void closed.then((code) => codes.push(code));
  await until(() => codes.length >= 5);
  expect(new Set(codes)).toEqual(new Set([4429]));
  const answered = sockets.reduce((sum, socket) => sum + socket.of("pong").length, 0);
  expect(answered).toBeLessThanOrEqual(frameRates.person.burst);
  await using back = await connect(world.url, ann);
  back.send({ type: "ping" });
  expect(await back.closed).toBe(4429);
  await other.flushed();
  world.clock.advance(2_000);
  await using later = await connect(world.url, ann);
  await later.flushed();
});

test.each([
  ["of a kind that is not known", { type: "nonsense" }],
  ["about a stream that is not theirs", { type: "resume", streams: { "event:none": 1 } }],
  ["that lack what they need", { type: "send", chat: "none" }],
])("case 71: a flood of frames %s is answered no further than the rate reaches", async (_, frame) => {
  await using world = await createWorld(limited);
  const { ann } = await world.people("ann");
  const socket = await connect(world.url, ann);
  for (let i = 0; i < 1_000; i++) socket.send({ ...frame, type: frame.type as "ping" }); // some are of no known type
  expect(await socket.closed).toBe(4429);
  expect(socket.of("error").length).toBeLessThanOrEqual(100);
});

test("case 71: of 500 positions in one second a watcher gets the first and the newest", async () => {
  await using world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  const meeting = await createMeeting(world, ann, { accepted: [bob] });
  await share(bob, meeting);
  await using watcher = await connect(world.url, ann);
  watcher.send({ type: "watch", event: meeting.id });
  await watcher.flushed();
  await using mover = await connect(world.url, bob);
  for (let i = 0; i < 500; i++) {
    mover.send({ type: "location", ...northOfPlaza, latitude: northOfPlaza.latitude + i / 100_000 });
    world.clock.advance(1); // an older fix never replaces a newer one
  }
  await mover.flushed();
  const newest = String(northOfPlaza.latitude + 499 / 100_000);
  while (watcher.of("position").at(-1)?.latitude !== newest) {
    world.clock.advance(1_000);
    await watcher.flushed();
  }
  expect(watcher.of("position").length).toBeLessThanOrEqual(3);
});
