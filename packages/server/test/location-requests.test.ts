import { expect, test } from "bun:test";
import { createMeeting, expectOk, hour, move, plaza, refusal, seenBy, share } from "./support/meeting.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

function entriesOf(world: World): unknown[] {
  const heard: unknown[] = [];
  world.server.ctx.bus.subscribe((message) => {
    if (message.type === "entry" && message.kind === "location_request") heard.push(message.data);
  });
  return heard;
}

const path = (meeting: { id: string }) => `/event/${meeting.id}/location_request`;

async function open(person: Person, meeting: { id: string }) {
  const { response } = await expectOk(person.call("GET", `/event/${meeting.id}/location_requests`));
  const ids = (list: { id: string }[]) => list.map(({ id }) => id);
  return { incoming: ids(response.incoming), outgoing: ids(response.outgoing) };
}

test("a request is open once, and accepting it is consent exactly as if it were put", async () => {
  await using world = await createWorld();
  const { ada, bob, cat } = await world.people("ada", "bob", "cat");
  const meeting = await createMeeting(world, ada, { accepted: [bob, cat] });
  const heard = entriesOf(world);
  for (let i = 0; i < 2; i++) {
    expect((await ada.call("POST", path(meeting), { user: bob.id })).response).toBe("pending");
  }
  expect(await open(ada, meeting)).toEqual({ incoming: [], outgoing: [bob.id] });
  expect(await open(bob, meeting)).toEqual({ incoming: [ada.id], outgoing: [] });
  expect(await open(cat, meeting)).toEqual({ incoming: [], outgoing: [] });
  const answered = await bob.call("PUT", `${path(meeting)}/${ada.id}`, { answer: "accept" });
  expect(answered.response).toBe("shared");
  await move(bob, plaza);
  expect(await seenBy(ada, meeting)).toEqual({ bob: "travelling" });
  expect(await seenBy(cat, meeting)).toEqual({ bob: "travelling" });
  expect((await ada.call("POST", path(meeting), { user: bob.id })).response).toBe("shared");
  expect(await refusal(bob.call("PUT", `${path(meeting)}/${ada.id}`, { answer: "decline" }))).toBe(
    "404 not_found",
  );
  const entry = { from: ada.id, to: bob.id };
  expect(heard).toEqual([
    { ...entry, state: "pending" },
    { ...entry, state: "shared" },
  ]);
  await share(bob, meeting, "off");
  expect((await ada.call("POST", path(meeting), { user: bob.id })).response).toBe("pending");
  expect(heard).toHaveLength(3);
});

test("asking again after a decline looks pending and reaches nobody", async () => {
  await using world = await createWorld();
  const { ada, bob } = await world.people("ada", "bob");
  const meeting = await createMeeting(world, ada, { accepted: [bob] });
  await ada.call("POST", path(meeting), { user: bob.id });
  expect((await bob.call("PUT", `${path(meeting)}/${ada.id}`, { answer: "decline" })).response).toBe(
    "declined",
  );
  const heard = entriesOf(world);
  expect((await ada.call("POST", path(meeting), { user: bob.id })).response).toBe("pending");
  expect(heard).toEqual([{ from: ada.id, to: bob.id, state: "pending", only: ada.id }]);
  expect(await open(ada, meeting)).toEqual({ incoming: [], outgoing: [bob.id] });
  expect(await open(bob, meeting)).toEqual({ incoming: [], outgoing: [] });
  expect(await refusal(bob.call("PUT", `${path(meeting)}/${ada.id}`, { answer: "accept" }))).toBe(
    "404 not_found",
  );
});

test("somebody blocked asks into the void", async () => {
  await using world = await createWorld();
  const { ada, bob } = await world.people("ada", "bob");
  const meeting = await createMeeting(world, ada, { accepted: [bob] });
  await expectOk(bob.call("PUT", `/user/${bob.id}/blocks/${ada.id}`));
  const heard = entriesOf(world);
  expect((await ada.call("POST", path(meeting), { user: bob.id })).response).toBe("pending");
  expect(heard).toEqual([{ from: ada.id, to: bob.id, state: "pending", only: ada.id }]);
  expect(await open(ada, meeting)).toEqual({ incoming: [], outgoing: [bob.id] });
  expect(await open(bob, meeting)).toEqual({ incoming: [], outgoing: [] });
});

test("a block and leaving take open requests away", async () => {
  await using world = await createWorld();
  const { ada, bob, cat } = await world.people("ada", "bob", "cat");
  const meeting = await createMeeting(world, ada, { accepted: [bob, cat] });
  for (const person of [bob, cat]) await ada.call("POST", path(meeting), { user: person.id });
  await expectOk(bob.call("PUT", `/user/${bob.id}/blocks/${ada.id}`));
  expect(await open(bob, meeting)).toEqual({ incoming: [], outgoing: [] });
  await expectOk(cat.call("PUT", `/event/${meeting.id}/rsvp`, { status: "declined" }));
  await expectOk(cat.call("PUT", `/event/${meeting.id}/rsvp`, { status: "accepted" }));
  expect(await open(cat, meeting)).toEqual({ incoming: [], outgoing: [] });
});

test("accepted people ask accepted people, and one answers only what was asked of oneself", async () => {
  await using world = await createWorld();
  const { ada, bob, may, ivy, eve } = await world.people("ada", "bob", "may", "ivy", "eve");
  const meeting = await createMeeting(world, ada, { accepted: [bob], maybe: [may], invited: [ivy] });
  const ask = (from: Person, user: string) => refusal(from.call("POST", path(meeting), { user }));
  expect(await ask(ada, may.id)).toBe("403 forbidden");
  expect(await ask(ada, ivy.id)).toBe("403 forbidden");
  expect(await ask(ada, eve.id)).toBe("404 not_found");
  expect(await ask(ada, "nobody")).toBe("404 not_found");
  expect(await ask(ada, ada.id)).toBe("400 invalid_input");
  expect(await ask(may, bob.id)).toBe("403 forbidden");
  expect(await ask(eve, bob.id)).toBe("404 not_found");
  expect(await ask(ada, bob.id)).toBe("200");
  const answer = (by: Person) => refusal(by.call("PUT", `${path(meeting)}/${ada.id}`, { answer: "accept" }));
  expect([await answer(may), await answer(eve), await answer(ada)]).toEqual(Array(3).fill("404 not_found"));
  world.clock.set(world.clock.now() + 3 * hour);
  expect(await answer(bob)).toBe("403 outside_window");
  expect(await open(bob, meeting)).toEqual({ incoming: [ada.id], outgoing: [] });
});
