import { afterAll, beforeAll, expect, test } from "bun:test";
import { checkHistory, noAnomalies } from "../test/support/history.ts";
import {
  processEnv,
  type ServerProcess,
  startProcess,
  type TemporaryDirectory,
  temporaryDirectory,
} from "../test/support/server-process.ts";
import { type Person, signUp } from "./support/client.ts";
import { Participant } from "./support/participant.ts";
import { createRandom } from "./support/random.ts";
import { type Link, tcpProxy, type TcpProxy } from "./support/tcp-proxy.ts";

let directory: TemporaryDirectory;
let server: ServerProcess;
let people: Person[];

beforeAll(async () => {
  directory = await temporaryDirectory();
  server = await startProcess(
    processEnv(directory.path, { JARVIS_RATE_LIMITS: "off", JARVIS_LOG_LEVEL: "error" }),
  );
  people = [];
  for (let i = 0; i < 20; i++) people.push(await signUp(server.url, `person${i}`));
}, 60_000);

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

async function newChat(guests: readonly Person[]): Promise<string> {
  const [owner] = guests;
  const event = { name: "Dinner", duration: 3600, people: guests.slice(1).map(({ id }) => id) };
  return (await owner?.call("POST", "/event", event))?.response.id;
}

interface Scene {
  readonly owner: Person | undefined;
  readonly chat: string;
  readonly seed: number;
  readonly random: () => number;
  join(url: string, person: Person, silenceMs?: number): Participant;
  readonly participants: Participant[];
}

async function scene(guests: readonly Person[]): Promise<Scene> {
  const chat = await newChat(guests);
  const seed = Number(process.env["FAULT_SEED"] ?? Math.floor(Math.random() * 0x1_0000_0000));
  const random = createRandom(seed);
  const participants: Participant[] = [];
  return {
    owner: guests[0],
    chat,
    seed,
    random,
    participants,
    join(url, { token }, silenceMs) {
      const name = `p${participants.length}`;
      const options = { url, name, token, chat, random, ...(silenceMs === undefined ? {} : { silenceMs }) };
      const participant = new Participant(options);
      participants.push(participant);
      return participant;
    },
  };
}

/** Everything is acknowledged and everybody has it; then nothing may be lost, doubled, missing or out of order. */
async function requireWhole({ chat, seed, participants, owner }: Scene): Promise<number> {
  await Promise.all(participants.map((each) => each.until(() => each.pending === 0)));
  const { response } = (await owner?.call("GET", `/chat/${chat}`)) ?? { response: {} };
  await Promise.all(
    participants.map((each) => each.until(() => each.seen.at(-1)?.seq === response.last_seq)),
  );
  const sends = participants.flatMap((each) => [...each.sends.values()]);
  const readers = Object.fromEntries(participants.map(({ seen }, i) => [`p${i}`, seen]));
  expect({ seed, ...checkHistory({ sends, readers }) }).toEqual({ seed, ...noAnomalies });
  expect({ seed, faults: participants.flatMap(({ faults }) => faults) }).toEqual({ seed, faults: [] });
  expect(sends.length).toBe(response.last_seq);
  for (const participant of participants) participant.leave();
  return sends.length;
}

const resetForMs = 30_000;

test.concurrent("case 10: connections reset every 2–10 s under 20 who chat lose, double and disorder nothing", async () => {
  await using proxy = await tcpProxy(server.url);
  const { random, ...rest } = await scene(people);
  const all = { random, ...rest };
  for (const person of people) all.join(proxy.url, person);
  const endMs = performance.now() + resetForMs;
  let resets = 0;
  const doom = (link: Link): void => {
    const inMs = 2_000 + random() * 8_000;
    setTimeout(() => {
      if (performance.now() >= endMs || !proxy.links.has(link)) return;
      resets++;
      proxy.reset(link);
    }, inMs);
  };
  const doomed = new Set<Link>();
  while (performance.now() < endMs) {
    for (const link of proxy.links) {
      if (!doomed.has(link)) doom(link);
      doomed.add(link);
    }
    for (const participant of all.participants) if (random() < 0.1) participant.say();
    await Bun.sleep(50); // people's pace
  }
  const messages = await requireWhole(all);
  const catchUps = all.participants.flatMap(({ catchUpsMs }) => catchUpsMs).toSorted((a, b) => a - b);
  const p99 = catchUps[Math.floor(catchUps.length * 0.99)] ?? Number.NaN;
  process.stdout.write(
    `case 10: seed ${all.seed}, ${messages} messages, ${resets} resets, caught up after ${Math.round(p99)} ms (p99)\n`,
  );
  expect(resets).toBeGreaterThan(40);
  expect(p99).toBeLessThan(2_000);
}, 90_000);

const holeMs = 62_000;

test.concurrent("case 11: a client whose packets all vanish is closed within 60 s, and has everything once it is back", async () => {
  await using own = await temporaryDirectory();
  const env = processEnv(own.path, { JARVIS_RATE_LIMITS: "off", JARVIS_LOG_LEVEL: "error" });
  await using alone = await startProcess(env);
  await using proxy = await tcpProxy(alone.url);
  const [ann, bob, cem] = [
    await signUp(alone.url, "ann"),
    await signUp(alone.url, "bob"),
    await signUp(alone.url, "cem"),
  ];
  const all = await scene([ann, bob, cem]);
  const writer = all.join(alone.url, ann);
  const reader = all.join(alone.url, bob);
  const lost = all.join(proxy.url, cem, 30_000);
  await Promise.all(all.participants.map((each) => each.until(() => each.isLive)));
  expect(await openSockets(alone.url)).toBe(3);
  proxy.fail();
  const beganMs = performance.now();
  let closedMs: number | null = null;
  for (let i = 0; performance.now() - beganMs < holeMs; i++) {
    writer.say();
    await Bun.sleep(100); // people's pace
    if (closedMs === null && i % 10 === 0 && (await openSockets(alone.url)) === 2)
      closedMs = performance.now() - beganMs;
  }
  expect(closedMs).not.toBeNull();
  expect(closedMs).toBeLessThan(60_000);
  const missed = reader.seen.length - lost.seen.length;
  expect(missed).toBeGreaterThan(300);
  proxy.heal();
  const messages = await requireWhole(all);
  process.stdout.write(
    `case 11: closed after ${Math.round((closedMs ?? 0) / 1_000)} s, ${missed} of ${messages} missed and had in the end\n`,
  );
}, 90_000);

async function openSockets(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^jarvis_websocket_connections (\d+)$/m.exec(text)?.[1]);
}

/** Acknowledgements never arrive, and the connection that carried one ends. */
function dropAcknowledgements(proxy: TcpProxy, atMost: number): () => number {
  let dropped = 0;
  proxy.filter = (chunk, link) => {
    if (dropped >= atMost || !chunk.includes('"type":"ack"')) return chunk;
    dropped++;
    proxy.reset(link);
    return null;
  };
  return () => dropped;
}

test.concurrent("case 12: 200 acknowledgements that never arrive double nothing and lose nothing", async () => {
  await using proxy = await tcpProxy(server.url);
  const guests = people.slice(10, 14);
  const all = await scene(guests);
  for (const person of guests) all.join(proxy.url, person);
  await Promise.all(all.participants.map((each) => each.until(() => each.isLive)));
  const dropped = dropAcknowledgements(proxy, 200);
  while (dropped() < 200) {
    for (const participant of all.participants) if (participant.pending < 5) participant.say();
    await Bun.sleep(5); // people's pace
  }
  const messages = await requireWhole(all);
  process.stdout.write(
    `case 12: seed ${all.seed}, ${messages} messages, ${dropped()} acknowledgements dropped\n`,
  );
}, 60_000);
