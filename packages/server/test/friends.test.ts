import { expect, test } from "bun:test";
import { userStream } from "@jarvis/contract";
import { codeOf, entriesOf, expectOk, newEvent, nextCursor, readAll, userKinds } from "./support/events.ts";
import { createWorld, type Person } from "./support/world.ts";

const unknown = "01900000-0000-7000-8000-000000000000";

function ask(from: Person, to: { id: string }, as: { id: string } = from) {
  return from.call("POST", `/user/${to.id}/friend_request`, { from: as.id });
}

test("oneself, nobody and what is no id cannot be asked", async () => {
  await using world = await createWorld();
  const { ann } = await world.people("ann");
  expect(codeOf(await ask(ann, ann))).toBe("invalid_input");
  expect(codeOf(await ask(ann, { id: unknown }))).toBe("not_found");
  expect(codeOf(await ask(ann, { id: "nobody" }))).toBe("not_found");
  expect(codeOf(await ann.call("POST", `/user/${unknown}/friend_request`, {}))).toBe("invalid_input");
});

test("R5: nobody asks, answers or reads in another's name: 403 where that person may be seen, else 404", async () => {
  await using world = await createWorld();
  const { ann, bob, eve } = await world.people("ann", "bob", "eve");
  await world.befriend(eve, bob);
  expect(codeOf(await ask(eve, ann, bob))).toBe("forbidden");
  expect(codeOf(await ask(eve, bob, ann))).toBe("not_found");
  for (const path of ["friends", "friend_requests", "blocks", "events"]) {
    expect(codeOf(await eve.call("GET", `/user/${bob.id}/${path}`))).toBe("forbidden");
    expect(codeOf(await eve.call("GET", `/user/${ann.id}/${path}`))).toBe("not_found");
    expect(codeOf(await eve.call("GET", `/user/${unknown}/${path}`))).toBe("not_found");
  }
  await ask(ann, bob);
  const answer = await eve.call("PUT", `/user/${bob.id}/friend_request/${ann.id}`, { answer: "accept" });
  expect(codeOf(answer)).toBe("forbidden");
  expect(codeOf(await eve.call("DELETE", `/user/${bob.id}/friends/${eve.id}`))).toBe("forbidden");
  expect(codeOf(await eve.call("PUT", `/user/${ann.id}/blocks/${bob.id}`))).toBe("not_found");
});

test("a blocked person is refused as if the blocker did not exist", async () => {
  await using world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  await newEvent(world, ann, { people: [bob.id] });
  expect(codeOf(await bob.call("GET", `/user/${ann.id}/friends`))).toBe("forbidden");
  expectOk(await ann.call("PUT", `/user/${ann.id}/blocks/${bob.id}`));
  expect(codeOf(await bob.call("GET", `/user/${ann.id}/friends`))).toBe("not_found");
});

test("a friendship is told to both and ends on both sides, however often", async () => {
  await using world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  await ask(ann, bob);
  expect(expectOk(await ask(bob, ann))).toBe("accepted");
  expect((await ann.call("GET", `/user/${ann.id}/friends?expand=user`)).response).toEqual([
    { id: bob.id, username: "bob" },
  ]);
  for (const round of [1, 2]) {
    expect([round, expectOk(await bob.call("DELETE", `/user/${bob.id}/friends/${ann.id}`))]).toEqual([
      round,
      "success",
    ]);
  }
  expect((await ann.call("GET", `/user/${ann.id}/friends`)).response).toEqual([]);
  expect(await userKinds(world, ann)).toEqual(["friend_request", "friend", "friend"]);
  expect((await entriesOf(world, userStream(bob.id))).slice(1)).toEqual([
    { seq: 2, kind: "friend", data: { user: ann.id, state: "added" } },
    { seq: 3, kind: "friend", data: { user: ann.id, state: "removed" } },
  ]);
});

test("a block ends the friendship and is told on the blocker's own stream alone, once", async () => {
  await using world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  await world.befriend(ann, bob);
  for (const _ of [1, 2]) expectOk(await ann.call("PUT", `/user/${ann.id}/blocks/${bob.id}`));
  expect((await ann.call("GET", `/user/${ann.id}/blocks`)).response).toEqual([
    { id: bob.id, username: "bob" },
  ]);
  expect((await bob.call("GET", `/user/${bob.id}/blocks`)).response).toEqual([]);
  expect((await bob.call("GET", `/user/${bob.id}/friends`)).response).toEqual([]);
  for (const _ of [1, 2]) expectOk(await ann.call("DELETE", `/user/${ann.id}/blocks/${bob.id}`));
  expect(await userKinds(world, ann)).toEqual(["friend", "block", "block"]);
  expect(await userKinds(world, bob)).toEqual(["friend"]);
  expect(codeOf(await ann.call("PUT", `/user/${ann.id}/blocks/${ann.id}`))).toBe("invalid_input");
  expect(codeOf(await ann.call("PUT", `/user/${ann.id}/blocks/${unknown}`))).toBe("not_found");
});

test("friends come in pages; another list's cursor is refused", async () => {
  await using world = await createWorld();
  const ann = await world.person("ann");
  const others = await Promise.all(["a", "b", "c", "d", "e"].map((name) => world.person(name)));
  for (const other of others) await world.befriend(ann, other);
  const list = `/user/${ann.id}/friends`;
  const cursor = nextCursor(await ann.call("GET", `${list}?limit=2`)) ?? "none";
  expect(codeOf(await ann.call("GET", `/user/${ann.id}/blocks?cursor=${cursor}`))).toBe("invalid_input");
  expect(await readAll(ann, list)).toEqual(others.map(({ id }) => id as string).toSorted());
  expect(codeOf(await ann.call("GET", `/user/${ann.id}/friends?cursor=made-up`))).toBe("invalid_input");
});

test("nobody gets more than 5,000 friends", async () => {
  await using world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  await world.server.ctx.db.write(async (tx) => {
    for (let i = 0; i < 4_999; i++) {
      const friend_id = world.server.ctx.random.id() as Person["id"]; // nobody looks at who it is
      await tx.sql.insertInto("friendship").values({ user_id: ann.id, friend_id, since_ms: 0 }).execute();
    }
  });
  const cid = await world.person("cid");
  for (const friend of [bob, cid]) expect(expectOk(await ask(friend, ann))).toBe("pending");
  const accept = (friend: Person) =>
    ann.call("PUT", `/user/${ann.id}/friend_request/${friend.id}`, { answer: "accept" });
  expect(expectOk(await accept(bob))).toBe("accepted");
  expect(codeOf(await accept(cid))).toBe("limit_exceeded");
  expect(codeOf(await ask(ann, cid))).toBe("limit_exceeded");
  expect((await ann.call("GET", `/user/${ann.id}/friend_requests`)).response.incoming).toHaveLength(1);
});
