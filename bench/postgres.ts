import { createClient } from "@jarvis/sdk";
import { PostgresConnection } from "../packages/server/src/db/postgres-connection.ts";
import { postgresLimits } from "../packages/server/src/db/postgres-limits.ts";
import { startCluster } from "../packages/server/test/support/postgres/cluster.ts";
import { startSubject, type Subject } from "./process.ts";
import { measure, medianRound, type Round, span } from "./rounds.ts";
import { seed } from "./seed.ts";
import { connect, sendLoad } from "./socket-load.ts";

/** Durable sends are to be so many times as quick as one insert for each round trip. */
const bar = 3;
const inFlight = 64;
const cli = new URL("../packages/server/src/cli.ts", import.meta.url).pathname;
/** A commit is on the disk when it returns, as where the data matters. */
const durable = { fsync: "on", synchronous_commit: "on", full_page_writes: "on", wal_level: "replica" };

interface Rounds {
  readonly inserts: Round[];
  readonly one: Round[];
  readonly many: Round[];
  readonly single: Round[];
}

/** Durable chat sends through PostgreSQL, against the plainest way to store as much: one insert, and wait. */
export async function reportPostgres(quick: boolean): Promise<boolean> {
  const cluster = await startCluster({ settings: durable, onDisk: true });
  try {
    const urls = new Map<string, string>();
    for (const name of ["group", "single", "plain"]) {
      await cluster.admin.unsafe(`create database "${name}"`);
      urls.set(name, cluster.url(name));
    }
    const url = (name: string): string => urls.get(name) ?? "";
    const rounds = await run(url, quick);
    return print(rounds);
  } finally {
    await cluster.stop();
  }
}

async function run(url: (name: string) => string, quick: boolean): Promise<Rounds> {
  const sends = quick ? 5_000 : 20_000;
  const [token = ""] = (await seed(url("group"), 1)).map((user) => user.token);
  const [singleToken = ""] = (await seed(url("single"), 1)).map((user) => user.token);
  await seed(url("plain"), 1);
  await using group = await startJarvis(url("group"), "group");
  await using single = await startJarvis(url("single"), "single");
  const [socket, lone] = [await connect(group.url, token), await connect(single.url, singleToken)];
  const chats: string[] = [];
  for (let i = 0; i < inFlight; i++) chats.push(await createChat(group, token));
  const [chat = ""] = chats;
  const loneChat = await createChat(single, singleToken);
  const plain = await PostgresConnection.open(url("plain"), postgresLimits);
  await sendLoad(socket, chats, sends / 2, inFlight, "warm");
  const rounds: Rounds = { inserts: [], one: [], many: [], single: [] };
  let stored = 0;
  for (let i = 0; i < (quick ? 3 : 5); i++) {
    const inserts = sends / 20;
    rounds.inserts.push(
      await measure({ cpuUs: ownCpuUs }, inserts, () => insertEach(plain, stored, inserts)),
    );
    stored += inserts;
    rounds.one.push(await measure(group, sends, () => sendLoad(socket, chat, sends, inFlight, `one-${i}`)));
    rounds.many.push(
      await measure(group, sends, () => sendLoad(socket, chats, sends, inFlight, `many-${i}`)),
    );
    const few = sends / 20;
    rounds.single.push(
      await measure(single, few, () => sendLoad(lone, loneChat, few, inFlight, `single-${i}`)),
    );
  }
  for (const open of [socket, lone]) {
    open.onclose = null;
    open.close();
  }
  await plain.close();
  return rounds;
}

/** The next one goes when the last is on the disk. */
async function insertEach(connection: PostgresConnection, from: number, count: number): Promise<void> {
  const insert = `insert into message (event_id, seq, id, author_id, client_id, content_hash, text, sent_ms)
    values ($1, $2, $3, $4, $5, $6, $7, $8)`;
  const hash = new Uint8Array(32);
  for (let seq = from; seq < from + count; seq++)
    await connection.prepared(insert, [
      "e",
      seq,
      `m${seq}`,
      "u",
      `c${seq}`,
      hash,
      "On my way, ten minutes.",
      seq,
    ]);
}

function ownCpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function startJarvis(databaseUrl: string, commit: "group" | "single"): Promise<Subject> {
  const env = {
    JARVIS_PORT: "0",
    JARVIS_HOST: "127.0.0.1",
    JARVIS_DATABASE_URL: databaseUrl,
    JARVIS_RATE_LIMITS: "off",
    JARVIS_LOG_LEVEL: "warn",
    JARVIS_COMMIT: commit,
  };
  return startSubject([cli, "serve"], env, /(http:\/\/(?:localhost|127\.0\.0\.1):\d+)/);
}

async function createChat({ url }: Subject, token: string): Promise<string> {
  const event = await createClient({ baseUrl: url, token }).events.createEvent({
    name: "Bench",
    duration: 3_600,
  });
  return event.id;
}

function print(rounds: Rounds): boolean {
  const base = medianRound(rounds.inserts).rate;
  const lines: [string, Round[], boolean][] = [
    ["one insert for each round trip, one connection", rounds.inserts, false],
    [`durable sends, ${inFlight} in flight in one chat`, rounds.one, true],
    [`durable sends, ${inFlight} in flight in ${inFlight} chats`, rounds.many, true],
    ["in one chat, a transaction for each send", rounds.single, false],
  ];
  console.log("\n| figure | per second (min–max) | CPU of the server | against one insert | bar | |");
  console.log("| --- | --- | --- | --- | --- | --- |");
  let holds = true;
  for (const [name, all, isBarred] of lines) {
    const { rate, cpuUs } = medianRound(all);
    const isHeld = rate >= bar * base;
    if (isBarred) holds &&= isHeld;
    const rates = `${Math.round(rate)} (${span(
      all.map((round) => round.rate),
      0,
    )})`;
    const verdict = isBarred ? `≥ ${bar}× | ${isHeld ? "holds" : "MISSED"}` : " | ";
    console.log(
      `| ${name} | ${rates} | ${cpuUs.toFixed(1)} µs | ${(rate / base).toFixed(1)}× | ${verdict} |`,
    );
  }
  return holds;
}
