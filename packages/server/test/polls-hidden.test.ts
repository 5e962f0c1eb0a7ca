import { afterAll, beforeAll, expect, test } from "bun:test";
import { expectOk } from "./support/events.ts";
import { refusal } from "./support/meeting.ts";
import { newPoll, pollOf, settings, standing, vote } from "./support/polls.ts";
import { bearer, TestStream } from "./support/event-stream.ts";
import { connect, epochOf, type TestSocket } from "./support/socket.ts";
import { createWorld, type Json, type Person, type World } from "./support/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

/** Entries of polls as a connection has heard them. */
function heard(socket: { of(type: "entry"): Json[] }): Json[] {
  return socket.of("entry").filter(({ kind }) => kind === "poll");
}

/** All that the stream has said, heard again from its beginning. */
async function replayed(before: TestSocket, person: Person, event: string): Promise<TestSocket> {
  const epoch = await epochOf(before);
  const socket = await connect(world.url, person, { epoch, resume: { [`event:${event}`]: 0 } });
  await socket.flushed();
  return socket;
}

test("case 53: of a hidden poll no guest is told on any path who voted what; owner and hosts are", async () => {
  const { ann, bob, cid, hal } = await world.people("ann", "bob", "cid", "hal");
  const { event, first, second } = await newPoll(world, ann, bob, cid, hal);
  expectOk(await ann.call("PATCH", `/event/${event}/people/${hal.id}`, { role: "host" }));
  expectOk(await settings(ann, event, { hidden: true }));
  await using socket = await connect(world.url, cid);
  await using stream = await TestStream.open(world, bearer(cid));
  await stream.next("welcome");
  const polled = expectOk(await cid.call("GET", "/realtime/poll"));
  expectOk(await vote(bob, event, { [first]: "yes", [second]: "no" }));
  expectOk(await vote(cid, event, { [first]: "if_needed" }));
  expectOk(await vote(bob, event, { [first]: null }));
  await socket.next("entry", () => heard(socket).length === 3);
  await stream.next("entry", () => heard(stream).length === 3);
  await using again = await replayed(socket, cid, event);
  const frames = expectOk(
    await cid.call("GET", `/realtime/poll?wait=0&resume=${encodeURIComponent(polled.cursor)}`),
  ).frames;
  const exported = expectOk(await cid.call("GET", `/user/${cid.id}/export`));
  const poll = await pollOf(cid, event);
  expect(poll).toMatchObject({
    hidden: true,
    answered: null,
    waiting: null,
    votes: { [first]: "if_needed" },
  });
  expect(poll.options.map(({ voters }) => voters)).toEqual([null, null]);
  for (const told of [poll, heard(socket), heard(stream), heard(again), frames, exported.votes])
    expect(JSON.stringify(told)).not.toContain(bob.id);
  for (const host of [ann, hal]) {
    const seen = await pollOf(host, event);
    expect(seen.options.map(({ voters }) => voters)).toEqual([
      { yes: [], if_needed: [cid.id], no: [] },
      { yes: [], if_needed: [], no: [bob.id] },
    ]);
    expect(seen).toMatchObject({ answered: [bob.id, cid.id].toSorted() });
  }
  expectOk(await ann.call("PATCH", `/event/${event}/people/${hal.id}`, { role: "guest" }));
  expect((await pollOf(hal, event)).answered).toBeNull();
  expect(expectOk(await vote(cid, event, { [second]: "yes" }))).toEqual({
    [first]: "if_needed",
    [second]: "yes",
  });
});

test("what was voted in secret stays so for guests when a host shows the poll, until that person votes again", async () => {
  const { ann, bob, cid } = await world.people("ann", "bob", "cid");
  const { event, first, second } = await newPoll(world, ann, bob, cid);
  expectOk(await settings(ann, event, { hidden: true }));
  expectOk(await vote(bob, event, { [first]: "yes", [second]: "no" }));
  expectOk(await settings(ann, event, { hidden: false }));
  const seen = await pollOf(cid, event);
  expect(seen).toMatchObject({ hidden: false, answered: [] });
  expect(seen.waiting).toContain(bob.id);
  expect((await standing(cid, event))[first]).toBe("1/0/0");
  expect((await pollOf(bob, event)).answered).toEqual([bob.id]);
  expect((await pollOf(ann, event)).answered).toEqual([bob.id]);
  expectOk(await vote(bob, event, { [second]: "yes" }));
  expect((await pollOf(cid, event)).options.map(({ voters }) => voters?.yes)).toEqual([[bob.id], [bob.id]]);
});

test("an entry tells what has changed alone; what many have changed together, the last of them", async () => {
  const { ann, bob } = await world.people("ann", "bob");
  const { event, first, second } = await newPoll(world, ann, bob);
  await using live = await connect(world.url, bob);
  expectOk(await vote(bob, event, { [first]: "yes" }));
  await live.next("entry", ({ kind }) => kind === "poll");
  expect(heard(live).at(-1).data).toEqual({
    op: "votes",
    version: 2,
    since: 1,
    tallies: { [first]: { yes: 1, if_needed: 0, no: 0 } },
  });
  expectOk(await vote(ann, event, { [first]: "no", [second]: "no" }));
  expectOk(await vote(ann, event, { [second]: "yes" }));
  await using late = await replayed(live, bob, event);
  // Heard again, both are one: the numbers of the others are skipped, and what they changed is there.
  expect(heard(late).map(({ data }) => data)).toEqual([
    { op: "options", version: 1, since: 0 },
    {
      op: "votes",
      version: 4,
      since: 1,
      tallies: { [first]: { yes: 1, if_needed: 0, no: 1 }, [second]: { yes: 1, if_needed: 0, no: 0 } },
    },
  ]);
  const numbers = late.frames.flatMap((frame: Json) =>
    frame.type === "entry" || frame.type === "skip" ? [[frame.seq ?? frame.from, frame.seq ?? frame.to]] : [],
  );
  expect(numbers.every(([from], index) => index === 0 || from === numbers[index - 1]?.[1] + 1)).toBe(true);
});

test("who is behind an address that was invited shows in no list until they answer; their vote counts", async () => {
  const { ann, bob, cid } = await world.people("ann", "bob", "cid");
  const { event, first } = await newPoll(world, ann, bob);
  expectOk(await ann.call("POST", `/event/${event}/people`, { people: [cid.email] }));
  expectOk(await vote(cid, event, { [first]: "yes" }));
  for (const reader of [ann, bob]) {
    expect(JSON.stringify(await pollOf(reader, event))).not.toContain(cid.id);
    expect((await standing(reader, event))[first]).toBe("1/0/0");
  }
  expect(await pollOf(cid, event)).toMatchObject({ answered: [cid.id], votes: { [first]: "yes" } });
  expect(await refusal(settings(ann, event, { required: [cid.id] }))).toBe("400 invalid_input");
  expectOk(await cid.call("PUT", `/event/${event}/rsvp`, { status: "maybe" }));
  expect((await pollOf(bob, event)).answered).toEqual([cid.id]);
});

test("somebody whom an invitation has not reached waits and is required for its inviter alone", async () => {
  const { ann, bob, shy } = await world.people("ann", "bob", "shy");
  expectOk(await shy.call("PATCH", `/user/${shy.id}`, { invites_from: "friends" }));
  const { event } = await newPoll(world, ann, bob, shy);
  expectOk(await settings(ann, event, { required: [shy.id] }));
  expect(await pollOf(ann, event)).toMatchObject({ required: [shy.id] });
  expect((await pollOf(ann, event)).waiting).toContain(shy.id);
  const seen = await pollOf(bob, event);
  expect([seen.required, seen.waiting?.includes(shy.id)]).toEqual([[], false]);
  const held = expectOk(await shy.call("GET", `/user/${shy.id}/export`));
  expect(held.required_in).toEqual([]);
  expectOk(await ann.call("DELETE", `/event/${event}/people/${shy.id}`));
  expectOk(await ann.call("POST", `/event/${event}/people`, { people: [shy.id] }));
  expect((await pollOf(ann, event)).required).toEqual([]);
});

test("people between whom a block lies stand in the poll as they do among the event's people", async () => {
  const { ann, bob, cid } = await world.people("ann", "bob", "cid");
  const { event, first } = await newPoll(world, ann, bob, cid);
  expectOk(await vote(bob, event, { [first]: "yes" }));
  expectOk(await cid.call("PUT", `/user/${cid.id}/blocks/${bob.id}`));
  const { people } = expectOk(await cid.call("GET", `/event/${event}`));
  expect(people.map(({ id }: Json) => id)).toContain(bob.id);
  expect((await pollOf(cid, event)).options[0]?.voters?.yes).toEqual([bob.id]);
});
