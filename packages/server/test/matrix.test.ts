import { expect, test } from "bun:test";
import {
  type Access,
  type ClientFrame,
  clientFrame,
  commonErrors,
  contract,
  type Endpoint,
  frameAccess,
  personas,
} from "@jarvis/contract";
import { quickPasswords } from "./support/identities.ts";
import { type Cast, seedCast, seedPhotoFiles, shapes } from "./support/matrix/cast.ts";
import {
  type Cell,
  cellsOf,
  endpoints,
  inParallel,
  malformedId,
  nameOf,
  occurrenceCellsOf,
  targetId,
} from "./support/matrix/cells.ts";
import { decideByStream, decideBySocket, noEvent } from "./support/matrix/frames.ts";
import { appearance, excessOf, faultsOf, leaksOf, outcomeOf } from "./support/matrix/judge.ts";
import { seedPoll } from "./support/matrix/poll.ts";
import { seedSeries } from "./support/matrix/series.ts";
import { samples } from "./support/matrix/samples.ts";
import { type Answer, createWorld, type World } from "./support/world.ts";

const limitMs = 90_000;
const minimum = 2_500;

function matrixWorld(): Promise<World> {
  // Passkeys belong to a host name.
  const env = { JARVIS_PUBLIC_URL: "http://jarvis.example" };
  return createWorld({ env, overrides: { passwords: quickPasswords() } });
}

function isOccurrence(target: Cell["target"]): boolean {
  return target === "occurrence" || target === "foreign_occurrence" || target === "forged";
}

async function castFor(world: World, { persona, shape, target }: Cell): Promise<Cast> {
  const cast = await seedCast(world.server.ctx, persona, shape);
  if (isOccurrence(target)) await seedSeries(world.server.ctx, cast);
  if (persona === "logged_out")
    await world.call("PUT", `/user/${cast.me.id}/logout`, undefined, bearer(cast));
  return cast;
}

function bearer({ persona, me }: Cast): Record<string, string> {
  return persona === "anonymous" ? {} : { authorization: `Bearer ${me.token}` };
}

function pathOf(name: keyof typeof samples, endpoint: Endpoint, cast: Cast, cell: Cell): string {
  const { inner, more, query } = samples[name];
  const [first, second] = [...endpoint.path.matchAll(/\{\w+\}/g)].map(([slot]) => slot);
  let path: string = endpoint.path;
  if (first !== undefined)
    path = path.replace(first, encodeURIComponent(targetId(endpoint.access, cast, cell)));
  if (second !== undefined && inner !== undefined) {
    const named =
      cell.inner === "malformed"
        ? malformedId(cast, cell.number)
        : cell.inner === "missing"
          ? missingInner(second, cast)
          : inner[cell.inner](cast);
    path = path.replace(second, encodeURIComponent(named));
  }
  for (const [slot, value] of Object.entries(more ?? {}))
    path = path.replace(`{${slot}}`, encodeURIComponent(value));
  return query === undefined ? path : `${path}?${query}`;
}

function missingInner(slot: string, cast: Cast): string {
  return slot === "{seq}" ? "999999" : cast.missing;
}

async function ask(
  world: World,
  name: keyof typeof samples,
  endpoint: Endpoint,
  cast: Cast,
  cell: Cell,
): Promise<Answer> {
  const body = samples[name].body?.(cast);
  return world.call(endpoint.method, pathOf(name, endpoint, cast, cell), body, bearer(cast));
}

/** Asks every cell of every endpoint, and says how many there were. */
async function askAll(cellsOfEach: (access: Access) => Cell[]): Promise<number> {
  await using world = await matrixWorld();
  const wrong: string[] = [];
  const refusals = new Map<string, Map<string, string>>();
  const cells = endpoints.flatMap(({ name, endpoint }) =>
    cellsOfEach(endpoint.access).map((cell) => ({ name, endpoint, cell })),
  );
  await inParallel(cells, async ({ name, endpoint, cell }) => {
    const cast = await castFor(world, cell);
    if (endpoint.access.about === "poll" && !isOccurrence(cell.target))
      await seedPoll(world.server.ctx, cast, cell.shape);
    if (endpoint.access.about === "photo") await seedPhotoFiles(world.server.ctx, cast);
    const answer = await ask(world, name, endpoint, cast, cell);
    const got = outcomeOf(answer);
    const where = nameOf(name, cell);
    if (got !== cell.expected) wrong.push(`${where}: ${got} instead of ${cell.expected}`);
    else for (const fault of faultsOf(endpoint, answer, cell.expected)) wrong.push(`${where}: ${fault}`);
    for (const excess of excessOf(name, cast, cell, answer)) wrong.push(`${where}: ${excess}`);
    for (const leak of leaksOf(name, cast, cell, JSON.stringify(answer.body)))
      wrong.push(`${where}: tells ${leak}`);
    if (got === "not_found") {
      const seen = refusals.get(name) ?? new Map<string, string>();
      refusals.set(name, seen.set(appearance(answer), where));
    }
  });
  const told = [...refusals]
    .filter(([, seen]) => seen.size > 1)
    .map(
      ([name, seen]) =>
        `${name} tells apart what is hidden from what is not there: ${JSON.stringify([...seen])}`,
    );
  process.stdout.write(`matrix: ${cells.length} cells over HTTP, ${wrong.length} wrong\n`);
  expect([...wrong, ...told]).toEqual([]);
  expect(world.logged.filter(({ level }) => level === "error")).toEqual([]);
  return cells.length;
}

test(
  "case 43, case 49, case 61: every endpoint answers every persona as the contract declares",
  async () => expect(await askAll(cellsOf)).toBeGreaterThanOrEqual(minimum),
  limitMs,
);

test(
  "case 49: every endpoint about an event answers every persona of an occurrence as the contract declares",
  async () => expect(await askAll(occurrenceCellsOf)).toBeGreaterThanOrEqual(minimum),
  limitMs,
);

test(
  "case 48: every frame decides as the contract declares, and as the same call over HTTP does",
  async () => {
    await using world = await matrixWorld();
    const wrong: string[] = [];
    const cells = Object.entries<Access>(frameAccess).flatMap(([type, access]) =>
      // The keys are the frames' types.
      [...cellsOf(access), ...occurrenceCellsOf(access)].map((cell) => ({
        type: type as ClientFrame["type"],
        access,
        cell,
      })),
    );
    await inParallel(cells, async ({ type, access, cell }) => {
      const cast = await castFor(world, cell);
      const { outcome, faults } = await decideBySocket(world.url, cast, type, targetId(access, cast, cell));
      const where = nameOf(type, cell);
      if (outcome !== cell.expected) wrong.push(`${where}: ${outcome} instead of ${cell.expected}`);
      for (const fault of faults) wrong.push(`${where}: ${fault}`);
    });
    process.stdout.write(`matrix: ${cells.length} cells over sockets, ${wrong.length} wrong\n`);
    expect(wrong).toEqual([]);
    expect(world.logged.filter(({ level }) => level === "error")).toEqual([]);
  },
  limitMs,
);

test(
  "case 48: an event stream decides as a socket does: who may open one, and watch what",
  async () => {
    await using world = await matrixWorld();
    const wrong: string[] = [];
    const cells = (["hello", "watch"] as const).flatMap((type) =>
      [...cellsOf(frameAccess[type]), ...occurrenceCellsOf(frameAccess[type])].map((cell) => ({
        type,
        access: frameAccess[type],
        cell,
      })),
    );
    await inParallel(cells, async ({ type, access, cell }) => {
      const cast = await castFor(world, cell);
      const { outcome, faults } = await decideByStream(world.url, cast, type, targetId(access, cast, cell));
      const where = nameOf(type, cell);
      if (outcome !== cell.expected) wrong.push(`${where}: ${outcome} instead of ${cell.expected}`);
      for (const fault of faults) wrong.push(`${where}: ${fault}`);
    });
    process.stdout.write(`matrix: ${cells.length} cells over event streams, ${wrong.length} wrong\n`);
    expect(wrong).toEqual([]);
    expect(world.logged.filter(({ level }) => level === "error")).toEqual([]);
  },
  limitMs,
);

test("case 48: a position for no event is taken as over HTTP, from everybody who is signed in", async () => {
  await using world = await matrixWorld();
  const { access } = contract.location.uploadLocation;
  const cells = cellsOf(access).filter(({ target }) => target === "own");
  await inParallel(cells, async (cell) => {
    const cast = await castFor(world, cell);
    const { outcome, faults } = await decideBySocket(world.url, cast, "location", noEvent);
    expect([cell.persona, outcome, faults]).toEqual([cell.persona, access.own[cell.persona], []]);
  });
});

test("case 51: nobody asks to be friends in another's name", async () => {
  await using world = await matrixWorld();
  const { access } = contract.friends.listFriends; // of those calls whose id says who acts
  const cells = cellsOf(access).filter(({ target }) => target === "another");
  await inParallel(cells, async (cell) => {
    const cast = await castFor(world, cell);
    const path = `/user/${cast.asker.id}/friend_request`;
    const answer = await world.call("POST", path, { from: cast.owner.id }, bearer(cast));
    expect([cell.persona, outcomeOf(answer)]).toEqual([cell.persona, cell.expected]);
  });
});

test("what can be done over HTTP and over a socket has the same row", () => {
  expect<Access>(frameAccess.send).toBe(contract.chat.sendMessage.access);
  expect<Access>(frameAccess.read).toBe(contract.chat.markRead.access);
  expect<Access>(frameAccess.location).toBe(contract.location.uploadEventLocation.access);
});

test("every endpoint and every frame has a row, whose codes it declares", () => {
  expect(Object.keys(samples).toSorted()).toEqual(endpoints.map(({ name }) => name).toSorted());
  const types = clientFrame.options.map((option) => option.shape.type.value);
  expect(Object.keys(frameAccess).toSorted()).toEqual(types.toSorted());
  const undeclared = endpoints.flatMap(({ name, endpoint }) => {
    const declared = new Set<string>(["ok", ...endpoint.errors, ...commonErrors]);
    return [...cellsOf(endpoint.access), ...occurrenceCellsOf(endpoint.access)]
      .filter(({ expected }) => !declared.has(expected))
      .map((cell) => nameOf(name, cell));
  });
  expect(undeclared).toEqual([]);
});

test("every persona, shape and target is asked of an endpoint about an event", () => {
  const cells = cellsOf(contract.events.removePerson.access);
  expect(cells.length).toBe(personas.length * (shapes.length + 3 + 3));
});
