import { expect, test } from "bun:test";
import { eventStream } from "@jarvis/contract";
import { codeOf, entriesOf, expectOk, newEvent } from "./support/events.ts";
import { createWorld } from "./support/world.ts";

test("whoever leaves before they are removed cannot come back by themselves", async () => {
  await using world = await createWorld();
  const { ann, bob, eve } = await world.people("ann", "bob", "eve");
  const { id } = await newEvent(world, ann, { people: [bob.id, eve.id] });
  expectOk(await eve.call("DELETE", `/event/${id}/people/${eve.id}`));
  const before = await entriesOf(world, eventStream(id));
  expect(codeOf(await bob.call("DELETE", `/event/${id}/people/${eve.id}`))).toBe("forbidden");
  for (const _ of [1, 2]) expectOk(await ann.call("DELETE", `/event/${id}/people/${eve.id}`));
  expect(await entriesOf(world, eventStream(id))).toEqual(before);
  expect(codeOf(await eve.call("PUT", `/event/${id}/rsvp`, { status: "accepted" }))).toBe("not_found");
  expect(codeOf(await eve.call("GET", `/chat/${id}/messages`))).toBe("not_found");
});

test("leaving again after coming back is no removal: one can come back once more", async () => {
  await using world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  const { id } = await newEvent(world, ann, { people: [bob.id] });
  for (const _ of [1, 2]) {
    for (const __ of [1, 2]) await bob.call("DELETE", `/event/${id}/people/${bob.id}`);
    expectOk(await bob.call("PUT", `/event/${id}/rsvp`, { status: "accepted" }));
  }
});
