import { expect, test } from "bun:test";
import { listTables } from "../src/db/store-tables.ts";
import { sumOf } from "../src/db/copy/sums.ts";
import { dicedRandom, Dice } from "./support/simulation/dice.ts";
import { movedClock } from "./support/clock.ts";
import { inWorldOf, type EngineName } from "./support/postgres/engines.ts";
import type { Person, World } from "./support/world.ts";

const words = [
  "Ärger",
  "apple",
  "Zoë",
  "zoe",
  "éclair",
  "Eclair",
  "_x",
  "straße",
  "STRASSE",
  "ab",
  "a%b",
  "\u{1F600}",
  "ﬁsh",
  "İstanbul",
];
const names = ["ann", "Bob", "Äke", "cat", "_dan", "Zoë"];

interface Scene {
  readonly dice: Dice;
  readonly people: Person[];
  readonly events: string[];
}

function some<T>(dice: Dice, of: readonly T[]): T {
  const one = of[dice.int(of.length)];
  if (one === undefined) throw new Error("nothing to choose from");
  return one;
}

const phrase = (dice: Dice) => Array.from({ length: 1 + dice.int(4) }, () => some(dice, words)).join(" ");

type Operation = (scene: Scene, me: Person, other: Person, event: string) => [string, string, unknown?];

/** What is asked of both; ids come from dice, so that both make the same. */
const operations: readonly Operation[] = [
  ({ dice }, _, other) => [
    "POST",
    "/event",
    {
      name: phrase(dice),
      duration: 3600,
      people: [other.id],
      ...(dice.chance(0.5) && { start_time: 2_000_000_000 + dice.int(9) * 1800 }),
    },
  ],
  ({ dice }, _, __, event) => [
    "PATCH",
    `/event/${event}`,
    {
      name: phrase(dice),
      place: dice.chance(0.5)
        ? { name: phrase(dice), latitude: 52.5 + dice.int(7), longitude: 13.125 }
        : null,
    },
  ],
  ({ dice }, _, __, event) => [
    "PUT",
    `/event/${event}/rsvp`,
    { status: some(dice, ["accepted", "maybe", "declined"]) },
  ],
  (_, __, other, event) => ["POST", `/event/${event}/people`, { people: [other.id] }],
  (_, __, other, event) => ["DELETE", `/event/${event}/people/${other.id}`],
  ({ dice }, _, __, event) => [
    "POST",
    `/chat/${event}/messages`,
    { text: phrase(dice), client_id: `${dice.int(1e9)}` },
  ],
  ({ dice }, _, __, event) => [
    "POST",
    `/chat/${event}/messages`,
    { text: phrase(dice), client_id: `${dice.int(1e9)}` },
  ],
  ({ dice }, _, __, event) => ["PATCH", `/chat/${event}/messages/${1 + dice.int(9)}`, { text: phrase(dice) }],
  ({ dice }, _, __, event) => ["DELETE", `/chat/${event}/messages/${1 + dice.int(9)}`],
  ({ dice }, _, __, event) => [
    "PUT",
    `/chat/${event}/messages/${1 + dice.int(9)}/reactions/${encodeURIComponent(some(dice, ["👍", "🎉"]))}`,
  ],
  ({ dice }, _, __, event) => ["GET", `/chat/${event}/search?q=${encodeURIComponent(phrase(dice))}`],
  ({ dice }, _, __, event) => ["GET", `/chat/${event}/search?q=${encodeURIComponent(some(dice, words))}`],
  (_, __, ___, event) => ["GET", `/chat/${event}/messages?limit=5`],
  (_, __, ___, event) => ["GET", `/event/${event}`],
  () => ["GET", "/events?limit=4"],
  (_, me, other) => ["POST", `/user/${other.id}/friend_request`, { from: me.id }],
  ({ dice }, me, other) => [
    "PUT",
    `/user/${me.id}/friend_request/${other.id}`,
    { status: some(dice, ["accepted", "declined"]) },
  ],
  (_, me, other) => ["DELETE", `/user/${me.id}/friends/${other.id}`],
  (_, me) => ["GET", `/user/${me.id}/friends`],
  ({ dice }, me, other) => [dice.chance(0.3) ? "PUT" : "DELETE", `/user/${me.id}/blocks/${other.id}`],
  ({ dice }) => ["GET", `/user?q=${encodeURIComponent(some(dice, [...names, "BOB", "äke", "a%", "_"]))}`],
  ({ dice }, _, other) => [
    "GET",
    `/user?q=${encodeURIComponent(dice.chance(0.5) ? other.email.toUpperCase() : other.email)}`,
  ],
  ({ dice }, me) => ["PATCH", `/user/${me.id}`, { username: `${some(dice, words)} ${dice.int(3)}` }],
  ({ dice }, me) => [
    "POST",
    `/user/${me.id}/location`,
    { latitude: 52 + dice.int(1e6) / 1e6, longitude: 13.4, accuracy: dice.chance(0.5) ? 7.25 : undefined },
  ],
  (_, me) => ["GET", `/user/${me.id}/export`],
];

interface Told {
  readonly answers: string[];
  readonly sums: Record<string, string>;
}

async function play(engine: EngineName, seed: number, count: number): Promise<Told> {
  const clock = movedClock();
  const random = dicedRandom(() => clock.now());
  random.dice = new Dice(seed);
  return inWorldOf(engine, (world) => told(world, new Dice(seed), count), { clock, overrides: { random } });
}

async function told(world: World, dice: Dice, count: number): Promise<Told> {
  const scene: Scene = { dice, people: [], events: [] };
  for (const name of names) scene.people.push(await world.person(name));
  const answers: string[] = [];
  for (let step = 0; step < count; step++) {
    if (dice.chance(0.2)) world.clock.advance(1 + dice.int(5_000));
    const [me, other] = [some(dice, scene.people), some(dice, scene.people)];
    const [method, path, body] = some(dice, step < 5 ? operations.slice(0, 1) : operations)(
      scene,
      me,
      other,
      scene.events.at(-1 - dice.int(Math.min(4, scene.events.length))) ?? "none",
    );
    const answer = await me.call(method, path, body);
    if (method === "POST" && path === "/event" && answer.status === 201)
      scene.events.push(answer.response.id);
    const { request_id: _, ...rest } = answer.body;
    answers.push(`${step} ${method} ${path} ${answer.status} ${JSON.stringify(rest)}`);
  }
  const sums: Record<string, string> = {};
  const { db } = world.server.ctx;
  const own = new Set(["message_word", "chat_index", "migration", "lease"]);
  for (const table of await listTables(db.read)) {
    if (own.has(table.name)) continue;
    const { rows, sum } = await sumOf(db.read, table, () => true);
    sums[table.name] = `${rows} ${sum}`;
  }
  return { answers, sums };
}

test("case 106: 2,000 random operations are answered alike by both engines, and leave the same rows", async () => {
  const seed = Number(process.env["JARVIS_TEST_SEED"] ?? 106);
  const [file, server] = [await play("sqlite", seed, 2_000), await play("postgres", seed, 2_000)];
  const differing = file.answers.findIndex((answer, step) => answer !== server.answers[step]);
  expect({ seed, answer: server.answers[differing] }).toEqual({ seed, answer: file.answers[differing] });
  expect({ seed, sums: server.sums }).toEqual({ seed, sums: file.sums });
  const fine = file.answers.filter((answer) => / 20\d /.test(answer));
  expect(fine.length).toBeGreaterThan(800);
}, 240_000);
