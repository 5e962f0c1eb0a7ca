import { expect, test } from "bun:test";
import { eventStream } from "@jarvis/contract";
import { listAbsences } from "../src/events/store.ts";
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

test("who leaves and comes back all day still reads nothing of what was written meanwhile, and slows nobody", async () => {
  await using world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  const { id } = await newEvent(world, ann, { people: [bob.id] });
  let sent = 0;
  const say = (text: string) =>
    ann.call("POST", `/chat/${id}/messages`, { text, client_id: `message-${++sent}` });
  await say("before");
  for (let day = 1; day <= 40; day++) {
    expectOk(await bob.call("DELETE", `/event/${id}/people/${bob.id}`));
    await say("while bob was away");
    expectOk(await bob.call("PUT", `/event/${id}/rsvp`, { status: "accepted" }));
    await say(`day ${day}`);
  }
  const { response } = await bob.call("GET", `/chat/${id}/messages?limit=200`);
  const texts = (response as { text: string }[]).map(({ text }) => text);
  expect(texts.slice(-30)).toEqual(Array.from({ length: 30 }, (_, index) => `day ${index + 11}`));
  expect(texts).not.toContain("while bob was away");
  expect((await bob.call("GET", `/chat/${id}`)).response.unread).toBe(texts.length);
  expect(await listAbsences(world.server.ctx.db.read, id, bob.id)).toHaveLength(32);
});
