import { expect, test } from "bun:test";
import type { EventId } from "@jarvis/contract";
import { createMeeting, expectOk, minute } from "./support/meeting.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

async function sinceOf(world: World, event: EventId, sharer: Person): Promise<Record<string, number>> {
  const rows = await world.server.ctx.db.read
    .selectFrom("share_audience")
    .select(["viewer_id", "since_ms"])
    .where("event_id", "=", event)
    .where("sharer_id", "=", sharer.id)
    .execute();
  return Object.fromEntries(rows.map(({ viewer_id, since_ms }) => [viewer_id, since_ms]));
}

const consent = (person: Person, event: EventId, state: string, more: object = {}) =>
  expectOk(person.call("PUT", `/event/${event}/sharing`, { state, ...more }));

test("case 56: who joins later counts from when consent is given again; who was there keeps their time", async () => {
  await using world = await createWorld();
  const { ada, bob, cem, dan } = await world.people("ada", "bob", "cem", "dan");
  const { id } = await createMeeting(world, ada, { accepted: [bob, cem] });
  await consent(bob, id, "on");
  const first = world.clock.now();
  expect(await sinceOf(world, id, bob)).toEqual({ [ada.id]: first, [cem.id]: first });
  world.clock.advance(minute);
  await expectOk(ada.call("POST", `/event/${id}/people`, { people: [dan.id] }));
  expect(await sinceOf(world, id, bob)).toEqual({ [ada.id]: first, [cem.id]: first });
  await consent(bob, id, "on");
  const again = world.clock.now();
  expect(await sinceOf(world, id, bob)).toEqual({ [ada.id]: first, [cem.id]: first, [dan.id]: again });
  // Whoever was gone in between counts anew, and so does everybody after a pause and after stopping.
  world.clock.advance(minute);
  await expectOk(cem.call("DELETE", `/event/${id}/people/${cem.id}`));
  await expectOk(cem.call("PUT", `/event/${id}/rsvp`, { status: "accepted" }));
  await consent(bob, id, "on");
  const third = world.clock.now();
  expect(await sinceOf(world, id, bob)).toEqual({ [ada.id]: first, [cem.id]: third, [dan.id]: again });
  for (const state of ["paused", "off"]) {
    world.clock.advance(minute);
    await consent(bob, id, state);
    world.clock.advance(minute);
    await consent(bob, id, "on");
    const now = world.clock.now();
    expect(await sinceOf(world, id, bob)).toEqual({ [ada.id]: now, [cem.id]: now, [dan.id]: now });
  }
});

test("what was shown in cells stays so: from coarse to exact everybody counts anew, back they do not", async () => {
  await using world = await createWorld();
  const { ada, bob } = await world.people("ada", "bob");
  const { id } = await createMeeting(world, ada, { accepted: [bob] });
  await consent(bob, id, "on", { precision: "coarse" });
  world.clock.advance(minute);
  await consent(bob, id, "on", { precision: "exact" });
  const exact = world.clock.now();
  expect(await sinceOf(world, id, bob)).toEqual({ [ada.id]: exact });
  world.clock.advance(minute);
  await consent(bob, id, "on", { precision: "coarse" });
  expect(await sinceOf(world, id, bob)).toEqual({ [ada.id]: exact });
});

test("whether sharing ends on arrival is said for the event, and else as the setting has it", async () => {
  await using world = await createWorld();
  const { ada, bob } = await world.people("ada", "bob");
  const { id } = await createMeeting(world, ada, { accepted: [bob] });
  const said = async () => (await bob.call("GET", `/event/${id}/sharing`)).response.until_arrival;
  const set = (until_arrival: boolean) => expectOk(bob.call("PATCH", `/user/${bob.id}`, { until_arrival }));
  expect(await said()).toBe(false);
  await set(true);
  expect((await bob.call("GET", `/user/${bob.id}`)).response.settings.until_arrival).toBe(true);
  expect(await said()).toBe(true);
  await consent(bob, id, "on");
  await set(false);
  expect(await said()).toBe(false);
  const answer = await consent(bob, id, "on", { until_arrival: true });
  expect(answer.response.until_arrival).toBe(true);
  await consent(bob, id, "paused");
  await consent(bob, id, "on");
  expect(await said()).toBe(true);
  await set(true);
  await consent(bob, id, "on", { until_arrival: false });
  expect(await said()).toBe(false);
  expect((await ada.call("GET", `/event/${id}/sharing`)).response.until_arrival).toBe(false);
  const held = (await bob.call("GET", `/user/${bob.id}/export`)).response;
  expect([held.consents[0].until_arrival, held.account.settings.until_arrival]).toEqual([false, true]);
});
