import { expect, test } from "bun:test";
import { eventStream } from "@jarvis/contract";
import { claimInvitations } from "../src/events/service.ts";
import { codeOf, entriesOf, expectOk, newEvent, passDays, userKinds } from "./support/events.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

type Row = { id: string | null; username: string | null; email: string | null; invitation: string | null };

/** Which addresses somebody sees in an event. */
async function addressesSeenBy(person: Person, event: string): Promise<string[]> {
  const { people } = expectOk(await person.call("GET", `/event/${event}`));
  return people.flatMap(({ email }: Row) => (email === null ? [] : [email]));
}

async function rowsSeenBy(person: Person, event: string): Promise<Row[]> {
  return expectOk(await person.call("GET", `/event/${event}`)).people;
}

function answer(person: Person, event: string, status: string) {
  return person.call("PUT", `/event/${event}/rsvp`, { status });
}

/** Does what signing up or confirming an address does, in its unit. */
async function confirm(world: World, person: Person): Promise<void> {
  const { ctx } = world.server;
  await ctx.db.write(async (tx) => {
    await tx.sql.updateTable("user").set({ email_confirmed: 1 }).where("id", "=", person.id).execute();
    await claimInvitations(ctx, tx, person.id, person.email.toLowerCase());
  });
}

test("who sees which e-mail: each persona", async () => {
  await using world = await createWorld();
  const { own, hal, acc, mab, inv, fri, blo, dec } = await world.people(
    "own",
    "hal",
    "acc",
    "mab",
    "inv",
    "fri",
    "blo",
    "dec",
  );
  await world.befriend(inv, fri);
  const people = [hal, acc, mab, inv, fri, blo, dec];
  const { id } = await newEvent(world, own, { people: people.map((person) => person.id) });
  for (const [person, status] of [
    [hal, "accepted"],
    [acc, "accepted"],
    [mab, "maybe"],
    [blo, "accepted"],
    [dec, "declined"],
  ] as const)
    expectOk(await answer(person, id, status));
  expectOk(await acc.call("PUT", `/user/${acc.id}/blocks/${blo.id}`));
  const expected: [Person, Person[]][] = [
    [own, [own, hal, acc, blo]],
    [hal, [own, hal, acc, blo]],
    [acc, [own, hal, acc]],
    [blo, [own, hal, blo]],
    [mab, [own, mab]],
    [inv, [own, inv, fri]],
    [fri, [own, inv, fri]],
  ];
  for (const [viewer, shown] of expected) {
    const seen = await addressesSeenBy(viewer, id);
    expect([viewer.username, seen.toSorted()]).toEqual([
      viewer.username,
      shown.map(({ email }) => email).toSorted(),
    ]);
    const event = expectOk(await viewer.call("GET", `/event/${id}`));
    const listed = [...event.accepted, ...event.maybe, ...event.invited, ...event.declined];
    expect(listed.filter((label: string) => label.includes("@")).toSorted()).toEqual(seen.toSorted());
    expect(listed).toHaveLength(8);
    expect(event.owner).toBe(own.email);
  }
  expectOk(await own.call("PUT", `/user/${own.id}/blocks/${inv.id}`));
  expect(await addressesSeenBy(inv, id)).not.toContain(own.email);
  expect(expectOk(await inv.call("GET", `/event/${id}`)).owner).toBe(own.id);
});

test("an invitation by e-mail reads alike whether or not an account holds the address", async () => {
  await using world = await createWorld();
  const { ann, bob, hal } = await world.people("ann", "bob", "hal");
  const typed = [bob.email.toUpperCase(), "nobody@example.org"];
  const { id } = await newEvent(world, ann, { people: [hal.id, ...typed] });
  const rows = (await rowsSeenBy(ann, id)).slice(2);
  for (const [index, row] of rows.entries())
    expect(row).toEqual({
      id: null,
      username: null,
      email: typed[index] ?? null,
      role: "guest",
      rsvp: "none",
      invitation: row.invitation,
    } as Row);
  expect(await addressesSeenBy(hal, id)).toEqual([ann.email, hal.email]);
  expect(expectOk(await hal.call("GET", `/event/${id}`)).invited).toEqual([
    hal.email,
    ...rows.map(({ invitation }) => invitation),
  ]);
  expect(await userKinds(world, bob)).toEqual(["invited"]);
  expect((await rowsSeenBy(bob, id)).slice(2).map(({ email }) => email)).toEqual([typed[0] ?? null, null]);

  expectOk(await answer(bob, id, "maybe"));
  expect((await rowsSeenBy(hal, id)).find((row) => row.id === bob.id)).toMatchObject({
    id: bob.id,
    username: "bob",
    email: null,
    invitation: null,
  });
  expect((await rowsSeenBy(ann, id)).find((row) => row.id === bob.id)).toMatchObject({
    id: bob.id,
    email: bob.email,
  });
  expect(await entriesOf(world, eventStream(id))).toMatchObject([
    { data: { invitation: rows[0]?.invitation, op: "removed" } },
    { data: { user: bob.id, op: "added" } },
    { kind: "rsvp", data: { user: bob.id, rsvp: "maybe" } },
  ]);
});

test("an address reaches the account that confirms it later, once, under the rules of delivery", async () => {
  await using world = await createWorld();
  const { ann, eve } = await world.people("ann", "eve");
  const bob = await world.person("bob", { email: "bob@example.org", confirmed: false });
  const mine = await newEvent(world, ann, { people: ["Bob@Example.org"] });
  const theirs = await newEvent(world, eve, { people: ["bob@example.org", ann.id] });
  expectOk(await bob.call("PUT", `/user/${bob.id}/blocks/${eve.id}`));
  expect(codeOf(await bob.call("GET", `/event/${mine.id}`))).toBe("not_found");
  for (const _ of [1, 2]) await confirm(world, bob);
  expect(expectOk(await bob.call("GET", `/event/${mine.id}`)).my_rsvp).toBe("none");
  expect(codeOf(await bob.call("GET", `/event/${theirs.id}`))).toBe("not_found");
  expect((await rowsSeenBy(eve, theirs.id))[2]).toMatchObject({ id: null, email: "bob@example.org" });
  expect(await rowsSeenBy(ann, theirs.id)).toHaveLength(2);
  expect(await userKinds(world, bob)).toEqual(["block", "invited"]);
  expectOk(await answer(bob, mine.id, "accepted"));
  expect(expectOk(await ann.call("GET", `/event/${mine.id}`)).accepted).toEqual([ann.email, bob.email]);
});

test("who is invited by e-mail is nobody to the others until the answer", async () => {
  await using world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  const { id } = await newEvent(world, ann, { people: [bob.email] });
  const look = async () => codeOf(await ann.call("GET", `/user/${bob.id}/friends`));
  expect(await look()).toBe("not_found");
  expectOk(await answer(bob, id, "maybe"));
  expect(await look()).toBe("forbidden");
});

test("an open invitation is withdrawn by its id, and by its address only by who typed it", async () => {
  await using world = await createWorld();
  const { ann, hal, bob } = await world.people("ann", "hal", "bob");
  const { id } = await newEvent(world, ann, { people: [hal.id, bob.email, "nobody@example.org"] });
  expectOk(await ann.call("PATCH", `/event/${id}/people/${hal.id}`, { role: "host" }));
  const [, , invitation] = await rowsSeenBy(hal, id);
  const remove = (actor: Person, named: string) =>
    actor.call("DELETE", `/event/${id}/people/${encodeURIComponent(named)}`);
  for (const named of ["nobody@example.org", bob.email, bob.id, "a@b", "%"])
    expect([named, codeOf(await remove(hal, named))]).toEqual([named, "not_found"]);
  expectOk(await remove(hal, invitation?.invitation ?? ""));
  expect(codeOf(await bob.call("GET", `/event/${id}`))).toBe("not_found");
  expectOk(await remove(ann, "NOBODY@example.org"));
  expect(await rowsSeenBy(ann, id)).toHaveLength(2);
  expect((await entriesOf(world, eventStream(id))).slice(1).map(({ data }) => Object.keys(data))).toEqual([
    ["invitation", "op"],
    ["invitation", "op"],
  ]);
});

test("typing the address of somebody who is in tells nothing, unless it is seen there anyway", async () => {
  await using world = await createWorld();
  const { ann, hal, bob, fay } = await world.people("ann", "hal", "bob", "fay");
  const { id } = await newEvent(world, ann, { people: [hal.id, bob.id, fay.id] });
  await world.befriend(ann, fay);
  for (const typed of [bob.email, fay.email, ann.email, "nobody@example.org"])
    expectOk(await ann.call("POST", `/event/${id}/people`, { people: [typed] }));
  expect((await rowsSeenBy(ann, id)).slice(4)).toMatchObject([
    { id: null, email: bob.email },
    { id: null, email: "nobody@example.org" },
  ]);
  expect(await userKinds(world, bob)).toEqual(["invited"]);
  expectOk(await answer(bob, id, "accepted"));
  expect(await rowsSeenBy(ann, id)).toHaveLength(5);
});

test("an address of somebody who left is silent for 30 days, and never shows who holds it", async () => {
  await using world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  const { id } = await newEvent(world, ann, { people: [bob.id] });
  expectOk(await bob.call("DELETE", `/event/${id}/people/${bob.id}`));
  const type = async () => expectOk(await ann.call("POST", `/event/${id}/people`, { people: [bob.email] }));
  await type();
  expect(codeOf(await bob.call("GET", `/event/${id}`))).toBe("not_found");
  expect((await rowsSeenBy(ann, id))[1]).toMatchObject({ id: null, username: null, email: bob.email });
  await passDays(world, 31, ann, bob);
  await type();
  expect((await rowsSeenBy(ann, id))[1]).toMatchObject({ id: null, username: null, email: bob.email });
  expect(expectOk(await bob.call("GET", `/event/${id}`)).my_rsvp).toBe("none");
  expectOk(await answer(bob, id, "accepted"));
  expect(await rowsSeenBy(ann, id)).toHaveLength(2);
});

test("an address and an id of the same person stand side by side until the answer", async () => {
  await using world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  const { id } = await newEvent(world, ann, { people: [bob.email] });
  expectOk(await ann.call("POST", `/event/${id}/people`, { people: [bob.id] }));
  expect((await rowsSeenBy(ann, id)).slice(1)).toMatchObject([
    { id: bob.id, email: null },
    { id: null, email: bob.email },
  ]);
  expect(await userKinds(world, bob)).toEqual(["invited"]);
  expectOk(await answer(bob, id, "accepted"));
  expect(await rowsSeenBy(ann, id)).toHaveLength(2);
});
