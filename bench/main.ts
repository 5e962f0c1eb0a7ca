/**
 * `npm run bench`: the server against the bare handler, in one run. Each server has core 0, the load core 1; rounds
 * alternate between the servers and the median counts. `-- --quick` does fewer and shorter rounds. `-- --peers`
 * compares with other servers instead; `-- --reconnect`, `-- --isolation`, `-- --closed-loop`, `-- --free-time`,
 * `-- --positions`, `-- --postgres`, `-- --owntracks` and `-- --calendars` measure these.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { postLoad, postRequest } from "./http-load.ts";
import { createClient } from "@jarvis/sdk";
import { runParts } from "./parts.ts";
import { comparePeers } from "./compare/main.ts";
import { pinLoad, startSubject, type Subject } from "./process.ts";
import { measure, medianRound, type Round, span } from "./rounds.ts";
import type { Seeded } from "../packages/server/test/support/seed.ts";
import { seed } from "./seed.ts";
import { connect, sendLoad } from "./socket-load.ts";

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    reconnect: { type: "boolean", default: false },
    isolation: { type: "boolean", default: false },
    "closed-loop": { type: "boolean", default: false },
    calendars: { type: "boolean", default: false },
    "free-time": { type: "boolean", default: false },
    owntracks: { type: "boolean", default: false },
    positions: { type: "boolean", default: false },
    postgres: { type: "boolean", default: false },
    peers: { type: "boolean", default: false },
    output: { type: "string", default: join(import.meta.dir, "results") },
  },
});
const isPart =
  flags.reconnect ||
  flags.isolation ||
  flags["closed-loop"] ||
  flags["free-time"] ||
  flags.positions ||
  flags.postgres ||
  flags.calendars ||
  flags.owntracks;
if (isPart) process.exit((await runParts(flags)) ? 0 : 1);
const rounds = Number(flags.rounds ?? (flags.quick ? 3 : 7));
const posts = flags.quick ? 20_000 : 60_000;
const sends = flags.quick ? 20_000 : 60_000;
const connections = 64;
const idleSockets = flags.quick ? 1_000 : 10_000;
const socketsPerUser = 10;
const cli = new URL("../packages/server/src/cli.ts", import.meta.url).pathname;

interface Figure {
  name: string;
  value: string;
  bar: string;
  holds: boolean;
}

const directory = await mkdtemp(join(tmpdir(), "jarvis-bench-"));
try {
  process.exitCode = (await (flags.peers ? compare() : compareWithBare())) ? 0 : 1;
} finally {
  await rm(directory, { recursive: true, force: true });
}

async function compareWithBare(): Promise<boolean> {
  const figures = await run();
  print(figures);
  return figures.every((figure) => figure.holds);
}

function compare(): Promise<boolean> {
  const asked = flags.rounds === undefined ? undefined : Number(flags.rounds);
  return comparePeers(directory, { quick: flags.quick, rounds: asked, output: flags.output });
}

async function run(): Promise<Figure[]> {
  console.log(
    `${Bun.version} on ${process.platform}, load pinned to its own core: ${pinLoad() ? "yes" : "no"}, ${rounds} rounds`,
  );
  const seeds = {
    group: await seed(database("group"), idleSockets / socketsPerUser),
    single: await seed(database("single"), 1),
  };
  await using bare = await startSubject(
    [join(import.meta.dir, "bare.ts"), join(directory, "bare.db")],
    {},
    /listening (\S+)/,
  );
  await using jarvis = await startJarvis("group");
  const rssAtStart = jarvis.rss();
  await using single = await startJarvis("single");
  const http = await httpRounds(bare, jarvis, seeds.group);
  const chat = await chatRounds(jarvis, single, seeds);
  const socketBytes = await idleMemory(seeds.group);
  return figuresOf({ ...http, ...chat, rssAtStart, socketBytes });
}

function database(name: string): string {
  return `sqlite:${join(directory, `${name}.db`)}`;
}

function startJarvis(commit: "group" | "single", name: string = commit): Promise<Subject> {
  const env = {
    JARVIS_PORT: "0",
    JARVIS_HOST: "127.0.0.1",
    JARVIS_DATABASE_URL: database(name),
    JARVIS_RATE_LIMITS: "off",
    JARVIS_LOG_LEVEL: "warn",
    JARVIS_COMMIT: commit,
  };
  return startSubject([cli, "serve"], env, /(http:\/\/(?:localhost|127\.0\.0\.1):\d+)/);
}

async function httpRounds(bare: Subject, jarvis: Subject, users: Seeded[]) {
  const fix = { latitude: "49.2606", longitude: "-123.2460" };
  const some = users.slice(0, connections);
  const bareRequests = some.map((user) => postRequest("/location", { user: user.id, ...fix }));
  const requests = some.map((user) => postRequest(`/user/${user.id}/location`, fix, user.token));
  const result = { bare: [] as Round[], location: [] as Round[] };
  await postLoad(bare.url, bareRequests, 2 * posts);
  await postLoad(jarvis.url, requests, 2 * posts);
  for (let i = 0; i < rounds; i++) {
    result.bare.push(await measure(bare, posts, () => postLoad(bare.url, bareRequests, posts)));
    result.location.push(await measure(jarvis, posts, () => postLoad(jarvis.url, requests, posts)));
  }
  return result;
}

async function chatRounds(jarvis: Subject, single: Subject, seeds: { group: Seeded[]; single: Seeded[] }) {
  const group = await connect(jarvis.url, tokenOf(seeds.group));
  const alone = await connect(single.url, tokenOf(seeds.single));
  const groupChat = await createEvent(jarvis, tokenOf(seeds.group));
  const singleChat = await createEvent(single, tokenOf(seeds.single));
  const result = { chat: [] as Round[], single: [] as Round[] };
  const singleSends = sends / 10;
  await sendLoad(group, groupChat, sends, 64, "warm");
  await sendLoad(alone, singleChat, singleSends / 4, 64, "warm");
  for (let i = 0; i < rounds; i++) {
    result.chat.push(await measure(jarvis, sends, () => sendLoad(group, groupChat, sends, 64, `r${i}`)));
    result.single.push(
      await measure(single, singleSends, () => sendLoad(alone, singleChat, singleSends, 64, `r${i}`)),
    );
  }
  group.onclose = null;
  alone.onclose = null;
  group.close();
  alone.close();
  return result;
}

function tokenOf(users: Seeded[]): string {
  return users[0]?.token ?? "";
}

async function createEvent({ url }: Subject, token: string): Promise<string> {
  const event = await createClient({ baseUrl: url, token }).events.createEvent({
    name: "Bench",
    duration: 3_600,
  });
  return event.id;
}

/** Resident bytes per welcomed, idle connection, on a server of its own so that nothing else has grown its heap. */
async function idleMemory(users: Seeded[]): Promise<number> {
  const name = "idle";
  const idle = await seed(database(name), users.length);
  await using jarvis = await startJarvis("group", name);
  const warm = await Promise.all(idle.slice(0, 20).map((user) => connect(jarvis.url, user.token)));
  for (const socket of warm) closeQuietly(socket);
  await settle();
  const before = jarvis.rss();
  const sockets: WebSocket[] = [];
  for (const user of idle) {
    const opened = Array.from({ length: socketsPerUser }, () => connect(jarvis.url, user.token));
    sockets.push(...(await Promise.all(opened)));
  }
  await settle();
  const perSocket = (jarvis.rss() - before) / sockets.length;
  for (const socket of sockets) closeQuietly(socket);
  return perSocket;
}

function closeQuietly(socket: WebSocket): void {
  socket.onclose = null;
  socket.close();
}

/** Lets the server collect what connecting left behind; a measurement, not a test. */
function settle(): Promise<void> {
  return Bun.sleep(3_000);
}

interface Measured {
  bare: Round[];
  location: Round[];
  chat: Round[];
  single: Round[];
  rssAtStart: number;
  socketBytes: number;
}

function figuresOf(measured: Measured): Figure[] {
  const bare = medianRound(measured.bare);
  const location = medianRound(measured.location);
  const chat = medianRound(measured.chat);
  const single = medianRound(measured.single);
  const cpu = (round: Round, all: Round[]) =>
    `${round.cpuUs.toFixed(1)} µs (${span(
      all.map((r) => r.cpuUs),
      1,
    )})`;
  const rate = (round: Round, all: Round[]) =>
    `${Math.round(round.rate)}/s (${span(
      all.map((r) => r.rate),
      0,
    )})`;
  const wanted = Math.min(15_000, 3 * single.rate);
  return [
    { name: "bare handler, CPU per request", value: cpu(bare, measured.bare), bar: "", holds: true },
    { name: "POST /user/<id>/location, CPU", value: cpu(location, measured.location), bar: "", holds: true },
    ratio("location against the bare handler", location.cpuUs / bare.cpuUs, 2),
    { name: "durable chat send, 64 in flight, CPU", value: cpu(chat, measured.chat), bar: "", holds: true },
    ratio("chat send against the bare handler", chat.cpuUs / bare.cpuUs, 3),
    {
      name: "durable chat sends, 64 in flight",
      value: rate(chat, measured.chat),
      bar: `≥ ${Math.round(wanted)}/s`,
      holds: chat.rate >= wanted,
    },
    {
      name: "the same, made to commit one by one",
      value: rate(single, measured.single),
      bar: "",
      holds: true,
    },
    size("resident memory after start", measured.rssAtStart / 1_048_576, 120, "MB"),
    size(`per idle WebSocket at ${idleSockets}`, measured.socketBytes / 1_024, 6, "KB"),
  ];
}

function ratio(name: string, value: number, bar: number): Figure {
  return { name, value: `${value.toFixed(2)}×`, bar: `≤ ${bar}×`, holds: value <= bar };
}

function size(name: string, value: number, bar: number, unit: string): Figure {
  return { name, value: `${value.toFixed(1)} ${unit}`, bar: `≤ ${bar} ${unit}`, holds: value <= bar };
}

function print(figures: Figure[]): void {
  console.log("\n| figure | median (min–max) | bar | |\n| --- | --- | --- | --- |");
  for (const figure of figures) {
    console.log(
      `| ${figure.name} | ${figure.value} | ${figure.bar} | ${figure.bar === "" ? "" : figure.holds ? "holds" : "MISSED"} |`,
    );
  }
}
