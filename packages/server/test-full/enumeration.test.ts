// Runs alone: answers that are to take equally long are compared.
import { expect, test } from "bun:test";
import { randomUUID } from "node:crypto";
import { newEvent } from "../test/support/events.ts";
import { chosenSeed } from "../test/support/fuzz/http-run.ts";
import { widenLists } from "../test/support/fuzz/queries.ts";
import { quickPasswords } from "../test/support/identities.ts";
import { inParallel } from "../test/support/matrix/cells.ts";
import { type Cast, seedCast } from "../test/support/matrix/cast.ts";
import { compareTimes, isAlike, type Timing } from "../test/support/timing.ts";
import { type Answer, createWorld, type World } from "../test/support/world.ts";

const tries = 500;
const limitMs = 240_000;

function told({ status, body }: Answer): string {
  return JSON.stringify([status, { ...body, request_id: "" }]);
}

function note(name: string, { firstMs, secondMs, noiseMs }: Timing): void {
  const rounded = [firstMs, secondMs, noiseMs].map((ms) => ms.toFixed(3)).join(", ");
  process.stdout.write(`timing: ${name}: medians and noise in ms: ${rounded}\n`);
}

async function expectAlike(
  name: string,
  first: (index: number) => Promise<Answer>,
  second: (index: number) => Promise<Answer>,
  times = tries,
): Promise<void> {
  const answers = new Set<string>();
  const listen = (way: typeof first) => async (index: number) => answers.add(told(await way(index)));
  await compareTimes(times / 10, first, second); // what is compiled and cached once, is then
  const timing = await compareTimes(times, listen(first), listen(second));
  note(name, timing);
  expect(answers.size, [...answers].join("\n")).toBe(1);
  expect(isAlike(timing), name).toBe(true);
}

const caller = ({ me }: Cast) => ({ authorization: `Bearer ${me.token}` });

test(
  "case 64: a wrong password and an unknown address answer alike, in the same time",
  async () => {
    await using world = await createWorld();
    const account = { email: "ada@example.org", password: "correct horse", username: "Ada" };
    expect((await world.call("POST", "/user", account)).status).toBe(201);
    const as = (email: string) => () => world.call("POST", "/login", { email, password: "wrong horse" });
    await expectAlike("login", as(account.email), as("eve@example.org"), 250); // each hashes: 250 of both
  },
  limitMs,
);

test(
  "case 43, case 64: what is hidden and what is not there answer alike, in the same time",
  async () => {
    await using world = await createWorld();
    const cast = await seedCast(world.server.ctx, "stranger", "open");
    const get = (path: string) => () => world.call("GET", path, undefined, caller(cast));
    const absent = () => world.server.ctx.random.id();
    const pairs: [string, string, (id: string) => string][] = [
      ["event", cast.event, (id) => `/event/${id}`],
      ["chat", cast.event, (id) => `/chat/${id}/messages`],
      ["locations", cast.event, (id) => `/event/${id}/locations`],
      ["photo", cast.photo, (id) => `/photos/${id}`],
      ["person", cast.owner.id, (id) => `/user/${id}`],
      ["friends", cast.owner.id, (id) => `/user/${id}/friends`],
      ["location", cast.owner.id, (id) => `/user/${id}/location`],
    ];
    for (const [name, hidden, path] of pairs) {
      await expectAlike(name, get(path(hidden)), () => get(path(absent()))());
    }
  },
  limitMs,
);

test(
  "case 64: blocked and not, searched for and not there, answer alike, in the same time",
  async () => {
    await using world = await createWorld();
    const stranger = await seedCast(world.server.ctx, "stranger", "open");
    const blocked = await seedCast(world.server.ctx, "blocked", "open");
    const as = (cast: Cast, path: string) => () => world.call("GET", path, undefined, caller(cast));
    const absent = world.server.ctx.random.id();
    await expectAlike(
      "profile of who blocks",
      as(blocked, `/user/${blocked.owner.id}`),
      as(blocked, `/user/${absent}`),
    );
    await expectAlike(
      "search by an address that is not to be found",
      as(stranger, `/user?q=${stranger.owner.email}`),
      as(stranger, `/user?q=owner-${absent}@example.org`),
    );
    await expectAlike(
      "search by the name of who blocks",
      as(blocked, `/user?q=U${blocked.owner.id}`),
      as(blocked, `/user?q=U${absent}`),
    );
    const asking = (cast: Cast) => () =>
      world.call("POST", `/user/${cast.owner.id}/friend_request`, { from: cast.me.id }, caller(cast));
    await expectAlike("asking who blocks", asking(blocked), asking(stranger));
  },
  limitMs,
);

test(
  "case 64: inviting an address tells not whether an account holds it",
  async () => {
    await using world = await createWorld();
    const ada = await world.person("ada");
    const holders = await makeHolders(world, tries + 50);
    const invite = async (email: string) => {
      const { id } = await newEvent(world, ada);
      return () => ada.call("POST", `/event/${id}/people`, { people: [email] });
    };
    const ways = await Promise.all(
      holders.map(async (email, index) => ({
        held: await invite(email),
        free: await invite(`nobody-${String(index).padStart(4, "0")}@example.org`),
      })),
    );
    const answers = new Set<string>();
    const shape = (answer: Answer) => {
      const { people, invited } = answer.response;
      answers.add(JSON.stringify([answer.status, people.map(Object.keys), people.length, invited.length]));
    };
    const run = (which: "held" | "free", from: number) => async (index: number) => {
      const way = ways[from + index]?.[which];
      if (way !== undefined) shape(await way());
    };
    await compareTimes(50, run("held", 0), run("free", 0));
    const timing = await compareTimes(tries, run("held", 50), run("free", 50));
    note("inviting by e-mail", timing);
    expect(answers.size).toBe(1);
    expect(Math.abs(timing.firstMs - timing.secondMs)).toBeLessThan(10);
  },
  limitMs,
);

async function makeHolders(world: World, count: number): Promise<string[]> {
  const emails = Array.from(
    { length: count },
    (_, index) => `person-${String(index).padStart(4, "0")}@example.org`,
  );
  await inParallel(emails, async (email) => void (await world.person("holder", { email })));
  return emails;
}

test(
  "case 46: no filter widens a list in 5,000 queries",
  async () => {
    await using world = await createWorld();
    const seed = chosenSeed();
    expect({ seed, leaks: await widenLists(world, seed, 5_000) }).toEqual({ seed, leaks: [] });
  },
  limitMs,
);

test(
  "case 54: 10,000 guesses find no invitation, and change nothing",
  async () => {
    await using world = await createWorld({ overrides: { passwords: quickPasswords() } });
    const { ada, eve } = await world.people("ada", "eve");
    const event = await newEvent(world, ada, { people: ["new@example.org"] });
    const own = await newEvent(world, eve);
    const guesses = Array.from({ length: 10_000 }, () => randomUUID().replace(/^(.{14})4/, "$17"));
    const found: string[] = [];
    await inParallel(guesses, async (guess) => {
      const { status } = await eve.call("DELETE", `/event/${own.id}/people/${guess}`);
      if (status !== 404) found.push(guess);
    });
    expect(found).toEqual([]);
    expect((await ada.call("GET", `/event/${event.id}`)).response).toEqual(event);
  },
  limitMs,
);
