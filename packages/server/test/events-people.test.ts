import { expect, test } from "bun:test";
import { type EventId, eventStream, userStream } from "@jarvis/contract";
import { listAbsences } from "../src/events/store.ts";
import { codeOf, entriesOf, expectOk, newEvent, passDays, userKinds } from "./support/events.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

function invite(host: Person, event: string, ...people: string[]) {
  return host.call("POST", `/event/${event}/people`, { people });
}

function remove(actor: Person, event: string, person: string) {
  return actor.call("DELETE", `/event/${event}/people/${encodeURIComponent(person)}`);
}

function answer(person: Person, event: string, status: string) {
  return person.call("PUT", `/event/${event}/rsvp`, { status });
}

async function see(person: Person, event: string) {
  return codeOf(await person.call("GET", `/event/${event}`));
}

/** Ids of the people that somebody sees in an event. */
async function peopleSeenBy(person: Person, event: string): Promise<string[]> {
  return expectOk(await person.call("GET", `/event/${event}`)).people.map(({ id }: { id: string }) => id);
}

/** What the bus has carried about membership and the event, in order, as `joined ann`. */
function membershipOf(world: World, names: Record<string, Person>): string[] {
  const heard: string[] = [];
  const nameOf = (id: string) => Object.values(names).find((person) => person.id === id)?.username;
  world.server.ctx.bus.subscribe((message) => {
    if (message.type === "member_joined") heard.push(`joined ${nameOf(message.user)}`);
    if (message.type === "member_left") heard.push(`left ${nameOf(message.user)}`);
    if (message.type === "entry" && message.stream.startsWith("event:")) heard.push(message.kind);
  });
  return heard;
}

test("an invitation is told to the person and to the event, once", async () => {
  await using world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  const { id } = await newEvent(world, ann);
  const heard = membershipOf(world, { ann, bob });
  for (const _ of [1, 2]) expectOk(await invite(ann, id, bob.id, bob.id, ann.id));
  expect(await entriesOf(world, eventStream(id))).toEqual([
    { seq: 1, kind: "people", data: { user: bob.id, op: "added" } },
  ]);
  expect(await entriesOf(world, userStream(bob.id))).toEqual([
    { seq: 1, kind: "invited", data: { event: id } },
  ]);
  expect(heard).toEqual(["people", "joined bob"]);
  expect(expectOk(await bob.call("GET", `/event/${id}`)).my_rsvp).toBe("none");
});

test("case 45: removal closes the event at once, and its streams before the entry that reports it", async () => {
  await using world = await createWorld();
  const { ann, bob, eve } = await world.people("ann", "bob", "eve");
  const { id } = await newEvent(world, ann, { people: [bob.id, eve.id] });
  expectOk(await answer(bob, id, "accepted"));
  const heard = membershipOf(world, { ann, bob, eve });
  expectOk(await remove(ann, id, bob.id));
  expect(await see(bob, id)).toBe("not_found");
  expect(codeOf(await answer(bob, id, "accepted"))).toBe("not_found");
  expect(heard).toEqual(["left bob", "people"]);
  expect(await userKinds(world, bob)).toEqual(["invited", "removed"]);
  expect(await listAbsences(world.server.ctx.db.read, id, bob.id)).toEqual([
    { event_id: id, user_id: bob.id, from_entry: 2, to_entry: null, from_message: 1, to_message: null },
  ]);
  expectOk(await remove(ann, id, bob.id));
  expect(codeOf(await remove(eve, id, bob.id))).toBe("forbidden");
  expectOk(await remove(ann, id, eve.id));
  expectOk(await invite(ann, id, bob.id));
  expect(await listAbsences(world.server.ctx.db.read, id, bob.id)).toMatchObject([
    { from_entry: 2, to_entry: 3, from_message: 1, to_message: 0 },
  ]);
  expect(
    (await entriesOf(world, eventStream(id))).map(({ seq, data }) => [seq, data["op"] ?? data["rsvp"]]),
  ).toEqual([
    [1, "accepted"],
    [2, "removed"],
    [3, "removed"],
    [4, "added"],
  ]);
  expect(expectOk(await bob.call("GET", `/event/${id}`)).my_rsvp).toBe("none");
});

test("nobody removes the owner, only the owner removes hosts, hosts remove guests", async () => {
  await using world = await createWorld();
  const { ann, hal, hie, gil } = await world.people("ann", "hal", "hie", "gil");
  const { id } = await newEvent(world, ann, { people: [hal.id, hie.id, gil.id] });
  for (const host of [hal, hie])
    expectOk(await ann.call("PATCH", `/event/${id}/people/${host.id}`, { role: "host" }));
  for (const [actor, target] of [
    [ann, ann],
    [hal, ann],
    [hal, hie],
    [gil, hal],
  ] as const)
    expect(codeOf(await remove(actor, id, target.id))).toBe("forbidden");
  expectOk(await remove(hal, id, gil.id));
  expect(codeOf(await remove(ann, id, hie.email))).toBe("not_found");
  expectOk(await answer(hie, id, "accepted"));
  expectOk(await remove(ann, id, hie.email));
  expect(await peopleSeenBy(ann, id)).toEqual([ann.id, hal.id]);
});

test("the owner is accepted and stays", async () => {
  await using world = await createWorld();
  const { ann } = await world.people("ann");
  const { id } = await newEvent(world, ann);
  expect(expectOk(await answer(ann, id, "accepted"))).toBe("accepted");
  for (const status of ["maybe", "declined"]) expect(codeOf(await answer(ann, id, status))).toBe("forbidden");
  expect(await entriesOf(world, eventStream(id))).toEqual([]);
});

test("case 45: declining closes the event, and the person alone opens it again", async () => {
  await using world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  const { id } = await newEvent(world, ann, { people: [bob.id] });
  const heard = membershipOf(world, { ann, bob });
  for (const _ of [1, 2]) expect(expectOk(await answer(bob, id, "declined"))).toBe("declined");
  expect(await see(bob, id)).toBe("not_found");
  expect((await bob.call("GET", `/user/${bob.id}/events`)).response).toEqual([]);
  expect(expectOk(await ann.call("GET", `/event/${id}`)).declined).toEqual([bob.id]);
  expectOk(await answer(bob, id, "maybe"));
  expect(expectOk(await bob.call("GET", `/event/${id}`)).my_rsvp).toBe("maybe");
  expect(heard).toEqual(["rsvp", "left bob", "rsvp", "joined bob"]);
  expect(await userKinds(world, bob)).toEqual(["invited", "removed", "invited"]);
  expect(await listAbsences(world.server.ctx.db.read, id, bob.id)).toEqual([]);
});

test("whoever leaves comes back by themselves alone; others' invitations are silent for 30 days", async () => {
  await using world = await createWorld();
  const { ann, hal, bob } = await world.people("ann", "hal", "bob");
  const { id } = await newEvent(world, ann, { people: [hal.id, bob.id] });
  expectOk(await ann.call("PATCH", `/event/${id}/people/${hal.id}`, { role: "host" }));
  expectOk(await remove(bob, id, bob.id));
  const told = await userKinds(world, bob);
  const entries = (await entriesOf(world, eventStream(id))).length;

  await passDays(world, 29, ann, hal, bob);
  expectOk(await invite(hal, id, bob.id));
  expect(await see(bob, id)).toBe("not_found");
  expect(await userKinds(world, bob)).toEqual(told);
  // Whoever invited sees the row, and is told of it alone.
  expect((await entriesOf(world, eventStream(id))).slice(entries).map(({ data }) => data)).toEqual([
    { op: "added", user: bob.id, only: hal.id },
  ]);
  expect(await peopleSeenBy(hal, id)).toContain(bob.id);
  expect(await peopleSeenBy(ann, id)).not.toContain(bob.id);

  await passDays(world, 2, ann, hal, bob);
  expectOk(await invite(hal, id, bob.id));
  expect(expectOk(await bob.call("GET", `/event/${id}`)).my_rsvp).toBe("none");
  expect(await peopleSeenBy(ann, id)).toContain(bob.id);
  expect(await userKinds(world, bob)).toEqual([...told, "invited"]);
});

test("a silent invitation does not keep the person from coming back", async () => {
  await using world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  const { id } = await newEvent(world, ann, { people: [bob.id] });
  for (const away of ["left", "declined"]) {
    expectOk(await (away === "left" ? remove(bob, id, bob.id) : answer(bob, id, "declined")));
    expectOk(await invite(ann, id, bob.id));
    expect([away, await see(bob, id)]).toEqual([away, "not_found"]);
    expect(expectOk(await answer(bob, id, "declined"))).toBe("declined");
    expect([away, await see(bob, id)]).toEqual([away, "not_found"]);
    expectOk(await answer(bob, id, "accepted"));
    expect(expectOk(await ann.call("GET", `/event/${id}`)).accepted).toHaveLength(2);
  }
  expectOk(await remove(bob, id, bob.id));
  expectOk(await invite(ann, id, bob.id));
  expectOk(await remove(ann, id, bob.id));
  expect(codeOf(await answer(bob, id, "accepted"))).toBe("not_found");
});

const unwelcome: [string, (world: World, ann: Person, bob: Person) => Promise<unknown>][] = [
  ["blocks the inviter", (_, ann, bob) => bob.call("PUT", `/user/${bob.id}/blocks/${ann.id}`)],
  ["is blocked by the inviter", (_, ann, bob) => ann.call("PUT", `/user/${ann.id}/blocks/${bob.id}`)],
  [
    "takes invitations from friends only",
    (world, _, bob) =>
      world.server.ctx.db.write((tx) =>
        tx.sql.updateTable("user").set({ invites_from: "friends" }).where("id", "=", bob.id).execute(),
      ),
  ],
];

/** Entries that are not for one person alone. */
async function toldToAll(world: World, id: EventId) {
  return (await entriesOf(world, eventStream(id))).filter(({ data }) => data["only"] === undefined);
}

test.each(unwelcome)(
  "an invitation of somebody who %s reaches nobody and looks like any other",
  async (_, make) => {
    await using world = await createWorld();
    const { ann, bob, cid, hal } = await world.people("ann", "bob", "cid", "hal");
    await make(world, ann, bob);
    const before = await userKinds(world, bob);
    const { id } = await newEvent(world, ann, { people: [bob.id, cid.id, hal.id] });
    expectOk(await ann.call("PATCH", `/event/${id}/people/${hal.id}`, { role: "host" }));
    const seen = expectOk(await ann.call("GET", `/event/${id}`));
    expect(seen.people[1]).toEqual({ ...seen.people[2], id: bob.id, username: "bob" });
    expect(seen.invited).toEqual([bob.id, cid.id, hal.id]);
    for (const other of [cid, hal]) expect(await peopleSeenBy(other, id)).toEqual([ann.id, cid.id, hal.id]);
    expect(codeOf(await remove(hal, id, bob.id))).toBe("not_found");
    expect(await see(bob, id)).toBe("not_found");
    expect(codeOf(await answer(bob, id, "accepted"))).toBe("not_found");
    expect((await bob.call("GET", `/user/${bob.id}/events`)).response).toEqual([]);
    expect(await userKinds(world, bob)).toEqual(before);
    expectOk(await ann.call("PATCH", `/event/${id}/people/${bob.id}`, { role: "host" }));
    expect(await toldToAll(world, id)).toHaveLength(1);
    expectOk(await remove(ann, id, bob.id));
    expect(await peopleSeenBy(ann, id)).toEqual([ann.id, cid.id, hal.id]);
    expect(await toldToAll(world, id)).toHaveLength(1);
  },
);

test("who takes invitations from friends is reached by a friend", async () => {
  await using world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  await unwelcome[2]?.[1](world, ann, bob);
  await world.befriend(ann, bob);
  const { id } = await newEvent(world, ann, { people: [bob.id] });
  expect(expectOk(await bob.call("GET", `/event/${id}`)).my_rsvp).toBe("none");
});

test("places: accepted people take them, maybe and invited ones do not, and leaving gives one back", async () => {
  await using world = await createWorld();
  const { ann, bob, cid } = await world.people("ann", "bob", "cid");
  const { id } = await newEvent(world, ann, { capacity: 2, people: [bob.id, cid.id] });
  expectOk(await answer(bob, id, "maybe"));
  expectOk(await answer(cid, id, "accepted"));
  expect(codeOf(await answer(bob, id, "accepted"))).toBe("event_full");
  expect(expectOk(await bob.call("GET", `/event/${id}`)).my_rsvp).toBe("maybe");
  expect(codeOf(await ann.call("PATCH", `/event/${id}`, { capacity: 1 }))).toBe("invalid_input");
  expectOk(await remove(cid, id, cid.id));
  expectOk(await answer(bob, id, "accepted"));
  expect(codeOf(await answer(cid, id, "accepted"))).toBe("event_full");
  expectOk(await ann.call("PATCH", `/event/${id}`, { capacity: null }));
  expectOk(await answer(cid, id, "accepted"));
  expect(codeOf(await ann.call("PATCH", `/event/${id}`, { capacity: 0 }))).toBe("invalid_input");
});

const partings: [string, (id: string, ann: Person, bob: Person) => Promise<unknown>][] = [
  ["is removed", (id, ann, bob) => remove(ann, id, bob.id)],
  ["leaves", (id, _, bob) => remove(bob, id, bob.id)],
  ["declines", (id, _, bob) => answer(bob, id, "declined")],
  ["is blocked", (_, ann, bob) => ann.call("PUT", `/user/${ann.id}/blocks/${bob.id}`)],
  ["blocks", (_, ann, bob) => bob.call("PUT", `/user/${bob.id}/blocks/${ann.id}`)],
];

test.each(partings)(
  "case 45: who %s stops sharing with the others in the same unit, for good",
  async (_, part) => {
    await using world = await createWorld();
    const { ann, bob } = await world.people("ann", "bob");
    const { id } = await newEvent(world, ann, { people: [bob.id] });
    expectOk(await answer(bob, id, "accepted"));
    for (const person of [ann, bob]) {
      expectOk(await person.call("PUT", `/event/${id}/sharing`, { state: "on" }));
      expectOk(await person.call("POST", `/event/${id}/location`, { latitude: 49, longitude: -123 }));
    }
    const rowsOf = async (person: Person) => expectOk(await person.call("GET", `/event/${id}/locations`));
    expect([await rowsOf(ann), await rowsOf(bob)]).toMatchObject([[{ id: bob.id }], [{ id: ann.id }]]);
    await part(id, ann, bob);
    expect(await rowsOf(ann)).toEqual([]);
    for (const [one, other] of [
      [ann, bob],
      [bob, ann],
    ] as const)
      expectOk(await one.call("DELETE", `/user/${one.id}/blocks/${other.id}`));
    await invite(ann, id, bob.id);
    if (codeOf(await answer(bob, id, "accepted")) === 200)
      expect([await rowsOf(ann), await rowsOf(bob)]).toEqual([[], []]);
  },
);

test("an event has at most 1,000 people, addresses included, and reads quickly with all of them", async () => {
  await using world = await createWorld();
  const ann = await world.person("ann");
  const addresses = Array.from({ length: 999 }, (_, i) => `guest${i}@example.org`);
  const { id } = await newEvent(world, ann, { people: addresses });
  expect(codeOf(await invite(ann, id, "one-more@example.org"))).toBe("limit_exceeded");
  expectOk(await invite(ann, id, "GUEST7@example.org"));
  expect(expectOk(await ann.call("GET", `/event/${id}`)).invited).toHaveLength(999);
  expectOk(await remove(ann, id, "Guest7@Example.org"));
  expectOk(await invite(ann, id, "one-more@example.org"));
  expect(
    codeOf(
      await ann.call("POST", "/event", { name: "x", duration: 1, people: [...addresses, "a@example.org"] }),
    ),
  ).toBe("limit_exceeded");
  expect(expectOk(await ann.call("GET", `/user/${ann.id}/events`))).toHaveLength(1);
});

test("who left an event that has filled up with people meanwhile does not fit in any more", async () => {
  await using world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  const addresses = Array.from({ length: 999 }, (_, i) => `guest${i}@example.org`);
  const { id } = await newEvent(world, ann, { people: [bob.id, ...addresses.slice(1)] });
  expectOk(await remove(bob, id, bob.id));
  expectOk(await invite(ann, id, addresses[0] ?? ""));
  expect(codeOf(await answer(bob, id, "accepted"))).toBe("limit_exceeded");
  expect(await see(bob, id)).toBe("not_found");
  expectOk(await remove(ann, id, addresses[1] ?? ""));
  expectOk(await answer(bob, id, "accepted"));
});

test("invitations are counted by the day: repeats are free, addresses are fewer", async () => {
  await using world = await createWorld({ env: { JARVIS_RATE_LIMITS: "on" } });
  const { ann, eve } = await world.people("ann", "eve");
  const { id } = await newEvent(world, ann);
  const addresses = Array.from({ length: 20 }, (_, i) => `guest${i}@example.org`);
  expectOk(await invite(ann, id, ...addresses));
  expectOk(await invite(ann, id, ...addresses));
  expect(codeOf(await invite(ann, id, "one-more@example.org"))).toBe("too_many_requests");
  expectOk(await invite(ann, id, eve.id));
  const others = Array.from({ length: 100 }, (_, i) => `stranger${i}@example.org`);
  expect(codeOf(await invite(eve, "none", ...others))).toBe("not_found");
});
