import { afterAll, beforeAll, expect, test } from "bun:test";
import { entriesOf, expectOk } from "./support/events.ts";
import { activate, newPoll, pollOf, settings, standing, vote } from "./support/polls.ts";
import { connect } from "./support/socket.ts";
import { type Answer, createWorld, type Json, type Person, type World } from "./support/world.ts";

let world: World;
let ann: Person;
let crowd: Person[];
beforeAll(async () => {
  world = await createWorld();
  ann = await world.person("ann");
  crowd = await Promise.all(Array.from({ length: 12 }, (_, i) => world.person(`p${i}`)));
});
afterAll(() => world[Symbol.asyncDispose]());

/** Makes the calls side by side, the one in question somewhere among the others; answers its answer and theirs. */
async function among(
  position: number,
  others: readonly (() => Promise<Answer>)[],
  one: () => Promise<Answer>,
): Promise<[Answer, Answer[]]> {
  const before = others.slice(0, position).map((call) => call());
  const middle = one();
  const after = others.slice(position).map((call) => call());
  return [await middle, await Promise.all([...before, ...after])];
}

/** Plays a race with the one call at every place among the others; `seen` counts how each of these ended. */
async function race(round: (position: number) => Promise<readonly Answer[]>): Promise<Map<number, number>> {
  const seen = new Map<number, number>();
  for (let position = 0; position <= crowd.length; position++)
    for (const { status } of await round(position)) seen.set(status, (seen.get(status) ?? 0) + 1);
  return seen;
}

test("votes against a time that is fixed: what is acknowledged counts, what comes later is refused", async () => {
  const seen = await race(async (position) => {
    const { event, first, second } = await newPoll(world, ann, ...crowd);
    const votes = crowd.map((person) => () => vote(person, event, { [first]: "yes", [second]: "no" }));
    const [fixed, answers] = await among(position, votes, () => activate(ann, event, { option: first }));
    expectOk(fixed);
    const acknowledged = answers.filter(({ status }) => status === 200).length;
    expect(await standing(ann, event)).toEqual({
      [first]: `${acknowledged}/0/0`,
      [second]: `0/0/${acknowledged}`,
    });
    const kinds = (await entriesOf(world, `event:${event}`)).map(({ kind }) => kind);
    expect(kinds.lastIndexOf("poll")).toBeLessThan(kinds.indexOf("event"));
    return answers;
  });
  expect([...seen.keys()].toSorted()).toEqual([200, 403]);
});

test("votes against the removal of an option: all of a vote is stored, or nothing", async () => {
  const seen = await race(async (position) => {
    const { event, first, second } = await newPoll(world, ann, ...crowd);
    const votes = crowd.map((person) => () => vote(person, event, { [first]: "yes", [second]: "yes" }));
    const remove = () => ann.call("DELETE", `/event/${event}/options/${first}`);
    const [removed, answers] = await among(position, votes, remove);
    expectOk(removed);
    const acknowledged = answers.filter(({ status }) => status === 200).length;
    expect(await standing(ann, event)).toEqual({ [second]: `${acknowledged}/0/0` });
    return answers;
  });
  expect([...seen.keys()].toSorted()).toEqual([200, 400]);
});

test("votes against a deadline that passes: what is acknowledged counts, what comes later is refused", async () => {
  const seen = await race(async (position) => {
    const { event, first } = await newPoll(world, ann, ...crowd);
    const deadline = Math.floor(world.clock.now() / 1_000) + 60;
    expectOk(await settings(ann, event, { deadline }));
    const votes = crowd.map((person) => () => vote(person, event, { [first]: "yes" }));
    const asked = votes.slice(0, position).map((call) => call());
    // Let some of those under way reach the store.
    for (let turn = 0; turn < position; turn++) await new Promise((resolve) => setImmediate(resolve));
    world.clock.advance(60_000);
    const answers = await Promise.all([...asked, ...votes.slice(position).map((call) => call())]);
    const acknowledged = answers.filter(({ status }) => status === 200).length;
    expect((await standing(ann, event))[first]).toBe(`${acknowledged}/0/0`);
    return answers;
  });
  expect([...seen.keys()].toSorted()).toEqual([200, 403]);
});

test("voting against leaving: nobody who is out has a vote, however the two meet", async () => {
  const seen = new Map<string, number>();
  for (let round = 0; round < 40; round++) {
    const [bob, cid] = [crowd[round % crowd.length], crowd[(round + 1) % crowd.length]];
    if (bob === undefined || cid === undefined) throw new Error("there is a crowd");
    const { event, first } = await newPoll(world, ann, bob, cid);
    expectOk(await vote(cid, event, { [first]: "no" }));
    const votes = [0, 1, 2].map((turn) => () => vote(bob, event, { [first]: turn === 1 ? "no" : "yes" }));
    const leave = () =>
      round % 2 === 0
        ? bob.call("PUT", `/event/${event}/rsvp`, { status: "declined" })
        : ann.call("DELETE", `/event/${event}/people/${bob.id}`);
    const [left, answers] = await among(round % 4, votes, leave);
    expectOk(left);
    for (const { status } of answers) seen.set(String(status), (seen.get(String(status)) ?? 0) + 1);
    expect(await standing(cid, event)).toEqual({
      ...(await standing(ann, event)),
      [first]: "0/0/1",
    });
    const { answered } = await pollOf(ann, event);
    expect(answered).toEqual([cid.id]);
  }
  expect([...seen.keys()].toSorted()).toEqual(["200", "404"]);
});

test("two who fix the time for one version: exactly one does, and the chat is told once that it is set", async () => {
  const [hal] = crowd;
  if (hal === undefined) throw new Error("there is a crowd");
  let conflicts = 0;
  for (let round = 0; round < 10; round++) {
    const { event, first, second } = await newPoll(world, ann, hal);
    expectOk(await ann.call("PATCH", `/event/${event}/people/${hal.id}`, { role: "host" }));
    await using socket = await connect(world.url, hal);
    const version = round % 2 === 0 ? 1 : undefined;
    const fix = [
      activate(ann, event, { option: first }, version),
      activate(hal, event, { option: second }, version),
    ];
    const answers = await Promise.all(round % 4 < 2 ? fix : fix.toReversed());
    conflicts += answers.filter(({ status }) => status === 412).length;
    const { chosen, options } = await pollOf(ann, event);
    const { start_time } = expectOk(await ann.call("GET", `/event/${event}`));
    expect(options.find(({ id }) => id === chosen)?.start_time).toBe(start_time);
    await socket.flushed();
    const told = socket.of("entry").flatMap(({ data }: Json) => data.message?.system?.code ?? []);
    expect(told).toEqual(version === 1 ? ["time_set"] : ["time_set", "time_changed"]);
  }
  expect(conflicts).toBe(5);
});

test("somebody who is made required while removed is required no longer", async () => {
  const seen = new Map<number, number>();
  for (let round = 0; round < 30; round++) {
    const [bob, cid] = [crowd[0], crowd[1]];
    if (bob === undefined || cid === undefined) throw new Error("there is a crowd");
    const { event } = await newPoll(world, ann, bob, cid);
    const require = () => settings(ann, event, { required: [bob.id, cid.id] });
    const remove = () => ann.call("DELETE", `/event/${event}/people/${bob.id}`);
    const [first, second] = round % 2 === 0 ? [require, remove] : [remove, require];
    const answers = await Promise.all([first(), second()]);
    for (const { status } of answers) seen.set(status, (seen.get(status) ?? 0) + 1);
    const refused = answers.some(({ status }) => status === 400);
    expect((await pollOf(ann, event)).required).toEqual(refused ? [] : [cid.id]);
  }
  expect(seen.get(400) ?? 0).toBeGreaterThan(0);
  expect(seen.get(400) ?? 0).toBeLessThan(30);
});

test("a crowd that votes at once is told of in few entries, whose last one says how it stands", async () => {
  const { event, first, second } = await newPoll(world, ann, ...crowd);
  await using socket = await connect(world.url, ann);
  const votes = Array.from({ length: 240 }, (_, turn) => {
    const person = crowd[turn % crowd.length] ?? ann;
    return vote(person, event, {
      [turn % 2 === 0 ? first : second]: Math.floor(turn / crowd.length) % 2 === 0 ? "no" : "yes",
    });
  });
  const acknowledged = (await Promise.all(votes)).filter(({ status }) => status === 200).length;
  expect(acknowledged).toBe(240);
  const { version, options } = await pollOf(ann, event);
  await socket.next("entry", ({ data }: Json) => data.version === version);
  const entries = socket.of("entry").filter(({ kind }) => kind === "poll");
  const numbers = [...entries.map(({ data }: Json) => [data.since, data.version]), [version, version]];
  // What each tells begins where the one before it ended: nothing is told twice, and nothing left out.
  expect(numbers.every(([since], index) => since === (index === 0 ? 1 : numbers[index - 1]?.[1]))).toBe(true);
  const tallies = Object.assign({}, ...entries.map(({ data }: Json) => data.tallies ?? {}));
  expect(tallies).toEqual(Object.fromEntries(options.map(({ id, tally }) => [id, tally])));
  process.stdout.write(`${version - 1} changes in ${entries.length} entries\n`);
  expect(entries.length).toBeLessThan(version - 1);
});
