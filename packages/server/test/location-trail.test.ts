import { expect, test } from "bun:test";
import { createMeeting, expectOk, minute, move, refusal, share } from "./support/meeting.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

async function three() {
  const world = await createWorld();
  const { ada, bob, cem } = await world.people("ada", "bob", "cem");
  const meeting = await createMeeting(world, ada, { accepted: [bob] });
  const trail = async (viewer: Person): Promise<string[]> => {
    const { status, response } = await viewer.call("GET", `/event/${meeting.id}/trail/${bob.id}`);
    expect(status).toBe(200);
    return response.map(({ latitude }: { latitude: string }) => latitude);
  };
  return { world, ada, bob, cem, meeting, trail };
}

/** Goes north, a step in twenty seconds. */
async function walk(world: World, person: Person, from: number, steps: number): Promise<void> {
  for (let i = 0; i < steps; i++) {
    world.clock.advance(20_000);
    await move(person, { latitude: from + i, longitude: -123.24 });
  }
}

test("a trail is what was made since the sharer last turned sharing on", async () => {
  const { world, ada, bob, meeting, trail } = await three();
  await using _ = world;
  await walk(world, bob, 1, 2);
  expect(await refusal(ada.call("GET", `/event/${meeting.id}/trail/${bob.id}`))).toBe("404 not_found");
  world.clock.advance(1_000);
  await share(bob, meeting);
  await walk(world, bob, 10, 3);
  world.clock.advance(1_000);
  await expectOk(bob.call("POST", `/event/${meeting.id}/location`, { latitude: 13, longitude: 0 }));
  expect(await trail(ada)).toEqual(["10", "11", "12", "13"]);
  await share(bob, meeting, "paused");
  expect(await refusal(ada.call("GET", `/event/${meeting.id}/trail/${bob.id}`))).toBe("404 not_found");
  await walk(world, bob, 20, 3);
  world.clock.advance(1_000);
  await share(bob, meeting);
  expect(await refusal(ada.call("GET", `/event/${meeting.id}/trail/${bob.id}`))).toBe("404 not_found");
  await walk(world, bob, 30, 2);
  expect(await trail(ada)).toEqual(["30", "31"]);
});

test("what a phone sends late of a pause is no part of it", async () => {
  const { world, ada, bob, meeting, trail } = await three();
  await using _ = world;
  const paused = world.clock.now() / 1_000;
  world.clock.advance(minute);
  await share(bob, meeting);
  await move(bob, { latitude: 5, longitude: 0 });
  world.clock.advance(1_000);
  await move(bob, { latitude: 4, longitude: 0, at: paused });
  expect(await trail(ada)).toEqual(["5"]);
});

test("whoever came into the audience later sees nothing from before", async () => {
  const { world, ada, bob, cem, meeting, trail } = await three();
  await using _ = world;
  await share(bob, meeting);
  await walk(world, bob, 10, 2);
  await expectOk(ada.call("POST", `/event/${meeting.id}/people`, { people: [cem.id] }));
  await expectOk(cem.call("PUT", `/event/${meeting.id}/rsvp`, { status: "accepted" }));
  expect(await refusal(cem.call("GET", `/event/${meeting.id}/trail/${bob.id}`))).toBe("404 not_found");
  world.clock.advance(1_000);
  await share(bob, meeting);
  await walk(world, bob, 20, 2);
  expect(await trail(ada)).toEqual(["10", "11", "20", "21"]);
  expect(await trail(cem)).toEqual(["20", "21"]);
});

test("of coarse consent it is cells, each once until it is left", async () => {
  const { world, ada, bob, meeting, trail } = await three();
  await using _ = world;
  await expectOk(bob.call("PUT", `/event/${meeting.id}/sharing`, { state: "on", precision: "coarse" }));
  for (const latitude of [49.261, 49.262, 49.271, 49.272, 49.261]) {
    world.clock.advance(20_000);
    await move(bob, { latitude, longitude: -123.24 });
  }
  const cells = await trail(ada);
  expect(cells).toHaveLength(3);
  expect(cells[0]).toBe(cells[2] ?? "");
  expect(cells.join(" ")).not.toContain("49.261 ");
});

test("is written down like any look, is of 30 minutes and 120 points at most, and ends with the window", async () => {
  const { world, ada, bob, meeting, trail } = await three();
  await using _ = world;
  await share(bob, meeting);
  await walk(world, bob, 0, 60);
  for (let i = 0; i < 60; i++) {
    world.clock.advance(15_000);
    await move(bob, { latitude: i, longitude: 7 });
  }
  const seen = await trail(ada);
  expect(seen.length).toBeLessThanOrEqual(120);
  const { response } = await bob.call("GET", `/event/${meeting.id}/sharing`);
  expect(response.viewers).toEqual([{ id: ada.id, at_ms: world.clock.now() }]);
  const points = (await ada.call("GET", `/event/${meeting.id}/trail/${bob.id}`)).response;
  expect(points[0].at_ms).toBeGreaterThanOrEqual(world.clock.now() - 30 * minute);
  world.clock.set(meeting.closesMs);
  expect(await refusal(ada.call("GET", `/event/${meeting.id}/trail/${bob.id}`))).toBe("403 outside_window");
});
