import { expect, test } from "bun:test";
import { knownTravellers } from "../src/travel/journeys.ts";
import { runHousekeeping } from "../src/housekeeping.ts";
import { createMeeting, hour, minute, share } from "./support/meeting.ts";
import { lookAtTravel, northBy, stay } from "./support/travel.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

/** What memory has of somebody's ways. */
function known(world: World, person: Person): string[] {
  const { ways, rests } = knownTravellers(world.server.ctx);
  return [...(ways.has(person.id) ? ["way"] : []), ...(rests.has(person.id) ? ["rest"] : [])];
}

test("memory forgets the way with the consent, and where somebody rested with the account", async () => {
  await using world = await createWorld();
  const { ada, bob, cat } = await world.people("ada", "bob", "cat");
  const meeting = await createMeeting(world, ada, { accepted: [bob, cat], inMs: 30 * minute });
  await share(bob, meeting);
  await stay(world, bob, 600);
  expect(known(world, bob)).toContain("way");
  await share(bob, meeting, "paused");
  expect(known(world, bob)).toEqual(["rest"]); // their own newest fix is kept for a day as well
  await cat.call("POST", `/user/${cat.id}/location`, northBy(2_000));
  await lookAtTravel(world);
  expect(known(world, cat)).toEqual(["rest"]);
  expect((await cat.call("DELETE", `/user/${cat.id}`)).status).toBe(200);
  expect(known(world, cat)).toEqual([]);
});

test("memory forgets the way soon after the window, and where somebody rested within a day", async () => {
  await using world = await createWorld();
  const { ada, bob } = await world.people("ada", "bob");
  const meeting = await createMeeting(world, ada, { accepted: [bob] });
  await bob.call("POST", `/user/${bob.id}/location`, northBy(5_000));
  await lookAtTravel(world);
  await share(bob, meeting);
  await stay(world, bob, 5_000);
  expect(known(world, bob)).toEqual(["way", "rest"]);
  world.clock.set(meeting.closesMs + 24 * hour);
  await runHousekeeping(world.server.ctx);
  expect(known(world, bob)).toEqual([]);
});

test("a fix that is under way when its author's account is erased is not in memory afterwards", async () => {
  await using world = await createWorld();
  const { bob } = await world.people("bob");
  const { ctx } = world.server;
  let open = (): void => undefined;
  const held = new Promise<void>((resolve) => (open = resolve));
  const before = ctx.db.write(() => held);
  const erased = bob.call("DELETE", `/user/${bob.id}`);
  // Its unit waits behind the erasure's: the call was let in before.
  await waitForUnits(world);
  const uploaded = bob.call("POST", `/user/${bob.id}/location`, northBy(10));
  await waitForUnits(world);
  open();
  await before;
  expect((await erased).status).toBe(200);
  expect((await uploaded).status).not.toBe(200);
  expect(ctx.tracks.has(bob.id)).toBe(false);
});

/** Until what was just sent has come as far as it can. */
async function waitForUnits(world: World): Promise<void> {
  for (let i = 0; i < 50; i++) await world.call("GET", "/healthz");
}
