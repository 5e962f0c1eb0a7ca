import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@jarvis/sdk";
import { postLoad, postRequest, type Request } from "./http-load.ts";
import { startSubject, type Subject } from "./process.ts";
import { measure, median, type Round, span } from "./rounds.ts";
import { seed } from "./seed.ts";

const people = 64;
/** How many are on their way to one place: each is answered where the seven others are. */
const together = 8;
const plaza = { latitude: 49.2606, longitude: -123.246 };
const cli = new URL("../packages/server/src/cli.ts", import.meta.url).pathname;

interface Figure {
  name: string;
  value: string;
  bar: string;
  holds: boolean;
}

/** What one report of OwnTracks costs, against the bare handler that stores one and asks nobody. */
export async function reportOwnTracks(quick: boolean): Promise<boolean> {
  const figures = await measureOwnTracks(quick ? { rounds: 3, posts: 10_000 } : { rounds: 7, posts: 40_000 });
  console.log("\n| figure | median (min–max) | bar | |\n| --- | --- | --- | --- |");
  for (const { name, value, bar, holds } of figures)
    console.log(`| ${name} | ${value} | ${bar} | ${bar === "" ? "" : holds ? "holds" : "MISSED"} |`);
  return figures.every(({ holds }) => holds);
}

export async function measureOwnTracks({
  rounds,
  posts,
}: {
  rounds: number;
  posts: number;
}): Promise<Figure[]> {
  const directory = await mkdtemp(join(tmpdir(), "jarvis-owntracks-"));
  try {
    const database = `sqlite:${join(directory, "jarvis.db")}`;
    const users = await seed(database, people);
    await using bare = await startSubject(
      [join(import.meta.dir, "bare.ts"), join(directory, "bare.db")],
      {},
      /listening (\S+)/,
    );
    await using jarvis = await startJarvis(database);
    const phones = await setUp(jarvis.url, users);
    const bareRequests = users.map(({ id }) => postRequest("/location", { user: id, ...plaza }));
    const results = { bare: [] as Round[], alone: [] as Round[], friends: [] as Round[] };
    const loads = [
      { result: results.bare, server: bare, requests: bareRequests },
      { result: results.alone, server: jarvis, requests: phones.alone },
      { result: results.friends, server: jarvis, requests: phones.friends },
    ];
    for (const { server, requests } of loads) await postLoad(server.url, requests, posts);
    for (let round = 0; round < rounds; round++) {
      for (const { result, server, requests } of loads)
        result.push(await measure(server, posts, () => postLoad(server.url, requests, posts)));
    }
    return figuresOf(results);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function startJarvis(database: string): Promise<Subject> {
  const env = {
    JARVIS_PORT: "0",
    JARVIS_HOST: "127.0.0.1",
    JARVIS_DATABASE_URL: database,
    JARVIS_RATE_LIMITS: "off",
    JARVIS_LOG_LEVEL: "warn",
  };
  return startSubject([cli, "serve"], env, /(http:\/\/(?:localhost|127\.0\.0\.1):\d+)/);
}

type Seeded = Awaited<ReturnType<typeof seed>>[number];

/** Everybody meets in an hour, eight at each place, may be seen, and has a phone of each kind. */
async function setUp(
  url: string,
  users: readonly Seeded[],
): Promise<{ alone: Request[]; friends: Request[] }> {
  for (let first = 0; first < users.length; first += together)
    await meet(url, users.slice(first, first + together));
  const phones = { alone: [] as Request[], friends: [] as Request[] };
  for (const { id, token } of users) {
    const client = createClient({ baseUrl: url, token });
    for (const kind of ["alone", "friends"] as const) {
      const made = await client.devices.createDevice({ id, name: kind, friends: kind === "friends" });
      phones[kind].push(ownTracksPost(made.token));
    }
  }
  return phones;
}

async function meet(url: string, users: readonly Seeded[]): Promise<void> {
  const [owner, ...others] = users.map(({ token }) => createClient({ baseUrl: url, token }));
  if (owner === undefined) return;
  const event = await owner.events.createEvent({
    name: "Bench",
    start_time: Math.floor(Date.now() / 1_000) + 1_800,
    duration: 3_600,
    people: users.slice(1).map(({ id }) => id),
    place: { name: "Plaza", ...plaza },
  });
  for (const other of others) await other.events.setRsvp({ id: event.id, status: "accepted" });
  for (const each of [owner, ...others]) await each.location.setSharing({ id: event.id, state: "on" });
}

/** As the app writes it; every report is newer than the one before, so that none is a repeat. */
function ownTracksPost(token: string): Request {
  const authorization = `Basic ${Buffer.from(`jarvis:${token}`).toString("base64")}`;
  let last = 0;
  return () => {
    last = Math.max(Date.now(), last + 1);
    const fix = { lat: plaza.latitude, lon: plaza.longitude, tst: last / 1_000, acc: 12, alt: 60, vel: 4 };
    const more = { cog: 90, batt: 80, bs: 1, t: "u", conn: "w", m: 1, tid: "BE" };
    return postRequest("/ingest/owntracks", { _type: "location", ...fix, ...more }, undefined, {
      authorization,
    });
  };
}

function figuresOf(results: Record<"bare" | "alone" | "friends", Round[]>): Figure[] {
  const bare = cpu(results.bare);
  return [
    figure("bare handler, CPU per request", results.bare),
    figure("OwnTracks post", results.alone),
    ratio("the same against the bare handler", cpu(results.alone) / bare),
    figure("OwnTracks post answered with seven friends", results.friends),
    ratio("the same against the bare handler", cpu(results.friends) / bare),
  ];
}

function cpu(rounds: readonly Round[]): number {
  return median(rounds.map(({ cpuUs }) => cpuUs));
}

function figure(name: string, rounds: readonly Round[]): Figure {
  const all = rounds.map(({ cpuUs }) => cpuUs);
  return { name, value: `${cpu(rounds).toFixed(1)} µs (${span(all, 1)})`, bar: "", holds: true };
}

function ratio(name: string, value: number): Figure {
  const most = 2.5;
  return { name, value: `${value.toFixed(2)}×`, bar: `≤ ${most}×`, holds: value <= most };
}
