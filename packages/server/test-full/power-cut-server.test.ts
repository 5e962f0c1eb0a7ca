import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../src/config.ts";
import { createContext } from "../src/context.ts";
import { StorageError } from "../src/db/database.ts";
import { DamagedFile } from "../src/db/errors.ts";
import { sha256 } from "../src/lib/ids.ts";
import { createLog } from "../src/lib/log.ts";
import { type Load, loadServer, startIssuer } from "./support/server-load.ts";
import { createRandom } from "./support/random.ts";
import { SimulatedDisk } from "./support/simulated-disk.ts";
import { readTrace, straceCommand, type TraceEvent } from "./support/strace.ts";
import { processEnv, temporaryDirectory } from "../test/support/server-process.ts";

const cli = new URL("../src/cli.ts", import.meta.url).pathname;
const perKind = 60;
const instants = 300;
const modes = ["none", "random", "all"] as const;
const kinds = ["message", "rsvp", "removal", "logout"] as const;
type Kind = (typeof kinds)[number];
const seed = 63;

interface Report {
  images: Record<Kind, number>;
  lost: string[];
}

test("case 20: no power cut takes a message, an answer, a removal or a sign-out that the server acknowledged", async () => {
  await using directory = await temporaryDirectory();
  const { events, load } = await traceServer(directory.path);
  // Images are opened, looked at and thrown away: memory is quick and does as well.
  await using memory = await temporaryDirectory(existsSync("/dev/shm") ? "/dev/shm" : tmpdir());
  const images = join(memory.path, "image");
  const report = await cutPower(events, load, images, instants);
  expect(report.lost.slice(0, 10)).toEqual([]);
  for (const kind of kinds) expect(report.images[kind], kind).toBeGreaterThanOrEqual(instants * modes.length);
  const control = await cutPower(withoutSync(events, load), load, images, 10);
  expect(control.lost.length, "without fsync the same cuts find losses").toBeGreaterThan(10);
}, 180_000);

/** Runs the real server below strace, writes to it over HTTP, and gives what it wrote and what it said. */
async function traceServer(directory: string): Promise<{ events: TraceEvent[]; load: Load }> {
  const data = join(directory, "data");
  mkdirSync(data);
  await using issuer = await startIssuer();
  const env = { JARVIS_RATE_LIMITS: "off", JARVIS_OIDC_ISSUERS: issuer.setting, JARVIS_LOG_LEVEL: "error" };
  const log = join(directory, "trace.log");
  const command = straceCommand(log, [process.execPath, "--no-install", cli, "serve"]);
  const tracer = Bun.spawn(command, { env: processEnv(data, env), stdout: "inherit", stderr: "pipe" });
  const url = await readyUrl(tracer.stderr);
  const load = await loadServer(url, issuer, perKind);
  const server = Number(readFileSync(`/proc/${tracer.pid}/task/${tracer.pid}/children`, "utf8"));
  process.kill(server, "SIGTERM");
  expect(await tracer.exited).toBe(0);
  return { events: readTrace(log, data), load };
}

async function readyUrl(stderr: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of stderr) {
    text += Buffer.from(chunk).toString();
    const url = /Jarvis is ready at (\S+)/.exec(text)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error(`the server did not start: ${text}`);
}

/** Cuts the power at sampled instants, opens what is left as the server would, and looks for all it had promised. */
async function cutPower(
  events: readonly TraceEvent[],
  load: Load,
  folder: string,
  count: number,
): Promise<Report> {
  const report: Report = { images: { message: 0, rsvp: 0, removal: 0, logout: 0 }, lost: [] };
  const random = createRandom(seed);
  const promises = promisedBy(events, load);
  const chosen = sample(events, promises, count, random);
  const disk = new SimulatedDisk();
  const promised = new Set<string>();
  for (const [index, event] of events.entries()) {
    for (const name of promises.get(index) ?? []) promised.add(name);
    disk.apply(event);
    if (!chosen.has(index)) continue;
    for (const mode of modes) {
      writeImage(folder, disk.image(mode, random));
      const held = await heldBy(folder, load).catch(nothingIfBroken);
      for (const kind of kinds)
        if ([...promised].some((name) => name.startsWith(kind))) report.images[kind]++;
      report.lost.push(
        ...[...promised].filter((name) => !held.has(name)).map((name) => `event ${index}, ${mode}: ${name}`),
      );
    }
  }
  return report;
}

/** The same trace of a server that no longer waits for the disk once it has made its first promise. */
function withoutSync(events: readonly TraceEvent[], load: Load): TraceEvent[] {
  const first = Math.min(...promisedBy(events, load).keys());
  return events.map((event, index) =>
    event.kind === "sync" && index > first ? { kind: "sent", text: "" } : event,
  );
}

/** For each event of the trace, the writes that it acknowledges. */
function promisedBy(events: readonly TraceEvent[], load: Load): Map<number, string[]> {
  const answered = load.answered.values();
  const successes = [
    ...load.removed.map((id) => `removal ${id}`),
    ...load.signedOut.map((token) => `logout ${token}`),
  ].values();
  const promises = new Map<number, string[]>();
  for (const [index, event] of events.entries()) {
    if (event.kind !== "sent") continue;
    const names = [...event.text.matchAll(/"client_id":"([^"]+)"|\{"response":"(accepted|success)"\}/g)].map(
      ([, clientId, word]) => {
        if (clientId !== undefined) return `message ${clientId}`;
        return word === "accepted" ? `rsvp ${answered.next().value}` : (successes.next().value ?? "none");
      },
    );
    if (names.length > 0) promises.set(index, names);
  }
  const total = [...promises.values()].flat().length;
  expect(total).toBe(
    load.messages.length + load.answered.length + load.removed.length + load.signedOut.length,
  );
  return promises;
}

/** Instants after the first promise of all kinds, and half as many before that. */
function sample(
  events: readonly TraceEvent[],
  promises: Map<number, string[]>,
  count: number,
  random: () => number,
): Set<number> {
  const firsts = kinds.map(
    (kind) => [...promises].find(([, names]) => names.some((name) => name.startsWith(kind)))?.[0] ?? -1,
  );
  const late = range(Math.max(...firsts) + 1, events.length);
  const early = range(Math.min(...firsts) + 1, Math.max(...firsts));
  expect(late.length).toBeGreaterThan(count);
  return new Set([...pick(late, count, random), ...pick(early, count / 2, random)]);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

function pick(from: number[], count: number, random: () => number): number[] {
  const keyed = from.map((value) => ({ value, key: random() }));
  return keyed
    .toSorted((a, b) => a.key - b.key)
    .slice(0, count)
    .map(({ value }) => value);
}

function writeImage(folder: string, image: Map<string, Uint8Array>): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [file, bytes] of image) {
    // A WAL's shared memory does not survive; the lock is the operating system's.
    if (!/-(?:shm|lock)$|\.sock$/.test(file)) writeFileSync(join(folder, file), bytes);
  }
}

/** A store that does not open, or is not whole, holds nothing of what was promised. */
function nothingIfBroken(error: unknown): Set<string> {
  if (error instanceof StorageError || error instanceof DamagedFile) return new Set();
  throw error;
}

/** What an image holds, seen through the server's own way of opening a store. */
async function heldBy(folder: string, load: Load): Promise<Set<string>> {
  const config = loadConfig({ JARVIS_DATABASE_URL: `sqlite:${folder}/jarvis.db` });
  const ctx = await createContext(config, { log: createLog("silent") });
  try {
    const { read } = ctx.db;
    const messages = await read
      .selectFrom("message")
      .select(["client_id", "seq"])
      .where("event_id", "=", load.chat as never)
      .orderBy("seq")
      .execute();
    expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, index) => index + 1));
    const participants = await read
      .selectFrom("participant")
      .select(["event_id", "user_id", "rsvp", "state"])
      .execute();
    const sessions = await read.selectFrom("session").select("token_hash").execute();
    const live = new Set(sessions.map(({ token_hash }) => Buffer.from(token_hash).toString("hex")));
    return new Set([
      ...messages.map(({ client_id }) => `message ${client_id}`),
      ...participants
        .filter((row) => row.user_id === load.guest && row.rsvp === "accepted")
        .map((row) => `rsvp ${row.event_id}`),
      ...participants
        .filter((row) => row.event_id === load.chat && row.state === "removed")
        .map((row) => `removal ${row.user_id}`),
      ...load.signedOut
        .filter((token) => !live.has(Buffer.from(sha256(token)).toString("hex")))
        .map((token) => `logout ${token}`),
    ]);
  } finally {
    await ctx.db.close();
  }
}
