/**
 * `npm run soak`: a real server under a crowd for ten minutes (`-- --minutes N`). Fails on anything lost, doubled or
 * out of order, on a failed call, on memory that keeps growing, and on a log that is not moved into the database.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { JarvisError } from "@jarvis/sdk";
import { checkHistory, noAnomalies } from "../../packages/server/test/support/history.ts";
import { startCommand } from "../process.ts";
import { seed } from "../seed.ts";
import { type Chat, Member, openChat } from "./crowd.ts";
import { perSecond, type Soak } from "./deeds.ts";
import { floors, grown, type Sample, sample, slopePerTenMinutes } from "./samples.ts";

const { values: flags } = parseArgs({ options: { minutes: { type: "string", default: "10" } } });
const minutes = Number(flags.minutes);
const people = 40;
const chatsOf = 8;
const stepMs = 100;
const sampleMs = 5_000;
const judgedFrom = 10;
const bars = { slopeMb: 1, walMb: 64 };

const entry = new URL("server.ts", import.meta.url).pathname;
const directory = await mkdtemp(join(tmpdir(), "jarvis-soak-"));
try {
  process.exitCode = (await run()) ? 0 : 1;
} finally {
  await rm(directory, { recursive: true, force: true });
}

async function run(): Promise<boolean> {
  const database = join(directory, "jarvis.db");
  const seeded = await seed(`sqlite:${database}`, people);
  const env = { JARVIS_PORT: "0", JARVIS_HOST: "127.0.0.1", JARVIS_DATABASE_URL: `sqlite:${database}` };
  const heapSocket = join(directory, "heap");
  await using server = await startCommand(
    [process.execPath, entry],
    { ...env, JARVIS_RATE_LIMITS: "off", JARVIS_LOG_LEVEL: "error", SOAK_HEAP_SOCKET: heapSocket },
    /ready at (\S+)/,
    false,
  );
  const members = seeded.map((who) => new Member(server.url, who));
  await Promise.all(members.map(({ connection }) => connection.untilLive()));
  const chats = await Promise.all(
    Array.from({ length: people / chatsOf }, (_, i) =>
      openChat(members.slice(i * chatsOf, (i + 1) * chatsOf)),
    ),
  );
  const lively = await openChat(members.slice(0, chatsOf));
  const soak: Soak = { url: server.url, members, chats, lively, counts: {}, faults: [] };
  const samples: Sample[] = [];
  const startedMs = performance.now();
  const sampling = setInterval(() => {
    sample({ server, database, heapSocket }, startedMs).then(
      (one) => samples.push(one),
      (error: unknown) => soak.faults.push(String(error)),
    );
  }, sampleMs);
  await act(soak, startedMs);
  clearInterval(sampling);
  await untilRead(chats);
  for (const chat of chats) check(soak, chat);
  const served = await (await fetch(`${server.url}/metrics`)).text();
  for (const member of members) soak.faults.push(...member.faults);
  for (const member of members) member.close();
  const failed = /status="5\d\d"[^\n]*/.exec(served)?.[0];
  if (failed !== undefined) soak.faults.push(`an answer with a 5xx: ${failed}`);
  return report(soak, samples);
}

/** Every deed at its rate, whatever the one before it is doing. */
async function act(soak: Soak, startedMs: number): Promise<void> {
  const under = new Set<Promise<void>>();
  const due = perSecond.map(() => 0);
  for (let elapsedMs = 0; elapsedMs < minutes * 60_000; elapsedMs = performance.now() - startedMs) {
    for (const [index, [name, rate, deed]] of perSecond.entries()) {
      for (let n = due[index] ?? 0; n < (elapsedMs / 1_000) * rate; n++) {
        due[index] = n + 1;
        const done = Promise.try(() => deed(soak, n)).then(
          () => void (soak.counts[name] = (soak.counts[name] ?? 0) + 1),
          (error: unknown) =>
            void soak.faults.push(`${name}: ${error instanceof JarvisError ? error.message : String(error)}`),
        );
        under.add(done);
        void done.finally(() => under.delete(done));
      }
    }
    await Bun.sleep(stepMs);
  }
  await Promise.all(under);
}

async function untilRead(chats: readonly Chat[]): Promise<void> {
  const deadline = performance.now() + 30_000;
  const isBehind = (): boolean =>
    chats.some(({ id, members, sends }) =>
      members.some(
        ({ seen }) => (seen.get(id)?.at(-1)?.seq ?? 0) < Math.max(0, ...sends.map(({ seq }) => seq ?? 0)),
      ),
    );
  while (isBehind() && performance.now() < deadline) await Bun.sleep(stepMs);
}

function check(soak: Soak, { id, members, sends }: Chat): void {
  const readers = Object.fromEntries(members.map(({ seen }, i) => [`reader ${i}`, seen.get(id) ?? []]));
  const found = checkHistory({ sends, readers });
  if (!Bun.deepEquals(found, noAnomalies)) soak.faults.push(`${id}: ${JSON.stringify(found)}`);
}

function report({ counts, faults, members }: Soak, samples: readonly Sample[]): boolean {
  const rss = floors(samples, ({ rssMb }) => rssMb, 30);
  const heap = floors(samples, ({ heapMb }) => heapMb, 30);
  const most = (of: (one: Sample) => number): number => Math.max(...samples.map(of));
  const slope = slopePerTenMinutes(heap);
  const wal = most(({ walMb }) => walMb);
  console.log(
    `${minutes} min: ${Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(", ")}`,
  );
  console.log(
    `RSS floors MB: ${rss.map(([, value]) => value.toFixed(0)).join(" ")}; ${slopePerTenMinutes(rss).toFixed(2)} MB per 10 min`,
  );
  console.log(
    `heap floors MB: ${heap.map(([, value]) => value.toFixed(1)).join(" ")}; ${slope.toFixed(2)} MB per 10 min`,
  );
  console.log(`more in the second half: ${grown(samples)}`);
  console.log(
    `at most ${most(({ handles }) => handles)} handles, ${most(({ sockets }) => sockets)} sockets, ${wal.toFixed(1)} MB of log; now ${samples.at(-1)?.handles} handles, ${samples.at(-1)?.sockets} sockets`,
  );
  console.log(`${members.reduce((sum, { reconnects }) => sum + reconnects, 0)} reconnects`);
  // Until then code that is compiled as it becomes hot makes the heap grow.
  if (minutes < judgedFrom) console.log(`memory is judged from ${judgedFrom} minutes on`);
  else if (!(slope <= bars.slopeMb)) faults.push(`the heap grows by ${slope.toFixed(2)} MB in 10 min`);
  if (wal > bars.walMb) faults.push(`the log grew to ${wal.toFixed(1)} MB`);
  for (const fault of faults.slice(0, 20)) console.log(`FAULT ${fault}`);
  console.log(faults.length === 0 ? "all bars hold" : `${faults.length} faults`);
  return faults.length === 0;
}
