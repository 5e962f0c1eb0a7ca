import { expect, test } from "bun:test";
import { eventStream, userStream } from "@jarvis/contract";
import { codeOf, entriesOf, expectOk, newEvent } from "./support/events.ts";
import { createWorld, type Person } from "./support/world.ts";

const rounds = 50;

async function crowd(world: Awaited<ReturnType<typeof createWorld>>, size: number): Promise<Person[]> {
  return Promise.all(Array.from({ length: size }, (_, i) => world.person(`guest${i}`)));
}

test("the last place goes to exactly one of eight who accept at once", async () => {
  await using world = await createWorld();
  const ann = await world.person("ann");
  const guests = await crowd(world, 8);
  for (let round = 0; round < rounds; round++) {
    const { id } = await newEvent(world, ann, { capacity: 2, people: guests.map((guest) => guest.id) });
    const answers = await Promise.all(
      guests.map((guest) => guest.call("PUT", `/event/${id}/rsvp`, { status: "accepted" })),
    );
    const codes = answers.map((answer) => answer.response ?? codeOf(answer)).toSorted();
    expect([round, codes]).toEqual([round, ["accepted", ...Array(7).fill("event_full")]]);
    expect(expectOk(await ann.call("GET", `/event/${id}`)).accepted).toHaveLength(2);
    expect(await entriesOf(world, eventStream(id))).toHaveLength(1);
  }
});

test("the same answer given eight times at once is one answer", async () => {
  await using world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  for (let round = 0; round < rounds; round++) {
    const { id } = await newEvent(world, ann, { capacity: 2, people: [bob.id] });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => bob.call("PUT", `/event/${id}/rsvp`, { status: "accepted" })),
    );
    expect(answers.map(({ response }) => response)).toEqual(Array(8).fill("accepted"));
    expect((await entriesOf(world, eventStream(id))).map(({ kind }) => kind)).toEqual(["rsvp"]);
  }
});

test("crossing friend requests become one friendship", async () => {
  await using world = await createWorld();
  for (let round = 0; round < rounds; round++) {
    const { ann, bob } = await world.people("ann", "bob");
    const ask = (from: Person, to: Person) =>
      from.call("POST", `/user/${to.id}/friend_request`, { from: from.id });
    const answers = await Promise.all([ask(ann, bob), ask(bob, ann)]);
    expect(answers.map(({ response }) => response).toSorted()).toEqual(["accepted", "pending"]);
    for (const [one, other] of [
      [ann, bob],
      [bob, ann],
    ] as const) {
      expect((await one.call("GET", `/user/${one.id}/friends`)).response).toEqual([other.id]);
      expect((await one.call("GET", `/user/${one.id}/friend_requests`)).response).toEqual({
        incoming: [],
        outgoing: [],
      });
      const kinds = (await entriesOf(world, userStream(one.id))).map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === "friend")).toEqual(["friend"]);
    }
  }
});

test("asking eight times at once is one request", async () => {
  await using world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  const ask = () => ann.call("POST", `/user/${bob.id}/friend_request`, { from: ann.id });
  const answers = await Promise.all(Array.from({ length: 8 }, ask));
  expect(answers.map(({ response }) => response)).toEqual(Array(8).fill("pending"));
  expect(await entriesOf(world, userStream(bob.id))).toHaveLength(1);
});

test("inviting the same person eight times at once invites once", async () => {
  await using world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  const { id } = await newEvent(world, ann);
  const people = [bob.id, "nobody@example.org"];
  await Promise.all(Array.from({ length: 8 }, () => ann.call("POST", `/event/${id}/people`, { people })));
  expect(expectOk(await ann.call("GET", `/event/${id}`)).people).toHaveLength(3);
  expect(await entriesOf(world, userStream(bob.id))).toHaveLength(1);
  expect(await entriesOf(world, eventStream(id))).toHaveLength(2);
});

test("removal while the removed host writes: what is acknowledged came before, nothing after", async () => {
  await using world = await createWorld();
  const ann = await world.person("ann");
  for (let round = 0; round < rounds; round++) {
    const bob = await world.person("bob");
    const { id } = await newEvent(world, ann, { people: [bob.id] });
    expectOk(await ann.call("PATCH", `/event/${id}/people/${bob.id}`, { role: "host" }));
    const write = (n: number) => bob.call("PATCH", `/event/${id}`, { description: `by bob ${n}` });
    const [removal, ...writes] = await Promise.all([
      ann.call("DELETE", `/event/${id}/people/${bob.id}`),
      ...Array.from({ length: 6 }, (_, n) => write(n)),
    ]);
    expectOk(removal);
    const entries = await entriesOf(world, eventStream(id));
    const removed = entries.findIndex(({ data }) => data["op"] === "removed");
    expect([round, entries.slice(removed + 1)]).toEqual([round, []]);
    const stored = entries.filter(({ kind }) => kind === "event").length;
    // A write whose answer could no longer be rendered for its author is stored, and answers not_found.
    expect(writes.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(stored);
    expect(codeOf(await write(9))).toBe("not_found");
  }
});

test("of two editors with the same version one is refused", async () => {
  await using world = await createWorld();
  const { ann } = await world.people("ann");
  for (let round = 0; round < rounds; round++) {
    const { id } = await newEvent(world, ann);
    const edits = await Promise.all(
      ["A", "B", "C"].map((name) => ann.call("PATCH", `/event/${id}`, { name }, { "if-match": '"1"' })),
    );
    expect(edits.map(({ status }) => status).toSorted()).toEqual([200, 412, 412]);
    expect(expectOk(await ann.call("GET", `/event/${id}`)).version).toBe(2);
  }
});

test("capacity is not lowered under those who accept at the same moment", async () => {
  await using world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  for (let round = 0; round < rounds; round++) {
    const { id } = await newEvent(world, ann, { people: [bob.id] });
    await Promise.all([
      ann.call("PATCH", `/event/${id}`, { capacity: 1 }),
      bob.call("PUT", `/event/${id}/rsvp`, { status: "accepted" }),
    ]);
    const { capacity, accepted } = expectOk(await ann.call("GET", `/event/${id}`));
    expect(accepted.length).toBeLessThanOrEqual(capacity ?? 2);
  }
});
