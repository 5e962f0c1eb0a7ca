// Runs alone: how long a thousand sockets take to come back is measured.
import { queriesAtPresent } from "../reconnect.ts";
import { expect, test } from "bun:test";
import { metric } from "../crowd.ts";
import { seed } from "../seed.ts";
import {
  processEnv,
  startProcess,
  temporaryDirectory,
} from "../../packages/server/test/support/server-process.ts";
import { call } from "../../packages/server/test-full/support/client.ts";
import { startBalancer } from "../../packages/server/test-full/support/haproxy.ts";
import { freePort } from "../../packages/server/test/support/free-port.ts";
import { Participant } from "../../packages/server/test-full/support/participant.ts";
import { createRandom } from "../../packages/server/test-full/support/random.ts";

const perPerson = 10;
const missed = 50;
/** An app's full jitter after it has lost a server. */
const spreadMs = 8_000;

test("case 73: 1,000 sockets whose server is killed behind HAProxy are back within 10 s, without a wave, with all they missed", async () => {
  await using directory = await temporaryDirectory();
  const port = String(await freePort());
  const env = processEnv(directory.path, {
    JARVIS_PORT: port,
    JARVIS_RATE_LIMITS: "off",
    JARVIS_LOG_LEVEL: "error",
  });
  const people = await seed(env["JARVIS_DATABASE_URL"] ?? "", 100);
  const [owner] = people;
  const first = await startProcess(env);
  await using balancer = await startBalancer(directory.path, first.url);
  const guests = people.slice(1).map(({ id }) => id);
  const event = { name: "Dinner", duration: 3600, people: guests };
  const chat: string = (await call(first.url, "POST", "/event", event, owner?.token)).response.id;
  const seedOfChance = Math.floor(Math.random() * 0x1_0000_0000);
  const random = createRandom(seedOfChance);
  const all = Array.from({ length: people.length * perPerson }, (_, i) => {
    const { token = "" } = people[i % people.length] ?? {};
    return new Participant({ url: balancer.url, name: `p${i}`, token, chat, random, spreadMs });
  });
  await Promise.all(all.map((each) => each.until(() => each.isLive)));
  first.kill("SIGKILL");
  await first.exited;
  await using second = await startProcess(env);
  const readyMs = performance.now();
  for (let i = 0; i < missed; i++) {
    const message = { text: "on my way", client_id: `c${i}` };
    expect((await call(second.url, "POST", `/chat/${chat}/messages`, message, owner?.token)).status).toBe(
      201,
    );
  }
  const reads = await metric(second.url, "jarvis_store_reads_total");
  const back = await Promise.all(
    all.map(async (each) => {
      await each.until(() => each.isLive && each.seen.at(-1)?.seq === missed);
      return (performance.now() - readyMs) / 1_000;
    }),
  );
  const queries = ((await metric(second.url, "jarvis_store_reads_total")) - reads) / all.length;
  const handshakes = busiestSecond(all.map(({ openedMs }) => openedMs.at(-1) ?? 0));
  const times = back.toSorted((a, b) => a - b);
  const p99 = times[Math.floor(times.length * 0.99)] ?? Number.NaN;
  process.stdout.write(
    `case 73: seed ${seedOfChance}, 99 % back after ${p99.toFixed(1)} s, all after ${times.at(-1)?.toFixed(1)} s, ${handshakes} handshakes in the busiest second, ${queries.toFixed(2)} queries each\n`,
  );
  expect(all.flatMap(({ faults }) => faults)).toEqual([]);
  expect(all.every(({ seen }) => seen.length === missed)).toBe(true);
  // Everybody was away, or nothing was tried.
  expect(all.every(({ codes }) => codes.length > 0)).toBe(true);
  expect(p99).toBeLessThan(10);
  expect(times.at(-1)).toBeLessThan(30);
  expect(handshakes).toBeLessThan(200);
  // Who it is, which streams, where they stand, what may be read of them, and the own read markers.
  expect(queries).toBeLessThan(queriesAtPresent);
  for (const each of all) each.leave();
}, 90_000);

function busiestSecond(timesMs: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const ms of timesMs) counts.set(Math.floor(ms / 1_000), (counts.get(Math.floor(ms / 1_000)) ?? 0) + 1);
  return Math.max(...counts.values());
}
