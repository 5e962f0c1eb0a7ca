import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { processEnv, startProcess, temporaryDirectory } from "../test/support/server-process.ts";
import { call, childOf } from "./support/client.ts";
import { createRandom } from "./support/random.ts";
import type { Place, Register } from "./support/storm/register.ts";
import { brew, faultsIn } from "./support/storm/storm.ts";

const settings = { JARVIS_RATE_LIMITS: "off", JARVIS_LOG_LEVEL: "silent" };
const kills = 30;

/** All at once, each one change after another, until nobody answers any more. */
async function rage(registers: readonly Register[], statuses: Map<number, number>): Promise<void> {
  const change = async (register: Register): Promise<void> => {
    for (;;) {
      const status = await register.step().catch(() => null);
      if (status === null) return;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(registers.map(change));
}

test("case 2, case 28: kill -9 in a storm of votes, series, calendars and feeds loses nothing and leaves nothing half done", async () => {
  const seed = Number(process.env["STORM_SEED"] ?? Date.now() % 1e9);
  process.stdout.write(`storm: seed ${seed}\n`);
  const random = createRandom(seed);
  await using directory = await temporaryDirectory();
  const env = processEnv(directory.path, settings);
  const place: Place = { url: "" };
  const statuses = new Map<number, number>();
  let registers: Register[] = [];
  let unanswered = 0;
  for (let round = 0; round < kills; round++) {
    await using server = await startProcess(env);
    place.url = server.url;
    expect((await call(server.url, "GET", "/ready")).status).toBe(200);
    if (round === 0) registers = await brew(place);
    const raging = rage(registers, statuses);
    await Bun.sleep(20 + 300 * random()); // the instant of the kill is what is tried
    server.kill("SIGKILL");
    await Promise.all([server.exited, raging]);
    unanswered += registers.filter((register) => register.unanswered !== null).length;
    expect(faultsIn(directory.path, registers, true), `round ${round}`).toEqual([]);
  }
  process.stdout.write(
    `storm: ${JSON.stringify(Object.fromEntries(statuses))}, ${unanswered} unanswered at kills; ${registers
      .map(({ name, steps }) => `${name} ${steps}`)
      .join(", ")}\n`,
  );
  expect([...statuses.keys()].filter((status) => status !== 200 && status !== 201)).toEqual([]);
  expect(unanswered).toBeGreaterThan(kills);
  for (const { name, steps } of registers) expect(steps, name).toBeGreaterThan(kills / 2);
  await using server = await startProcess(env);
  expect((await call(server.url, "GET", "/ready")).status).toBe(200);
}, 120_000);

test("case 24: what an fsync failed for in that storm was refused, and is not there", async () => {
  await using directory = await temporaryDirectory();
  const trace = `${directory.path}/trace.log`;
  const fault = "inject=fsync,fdatasync:error=EIO:when=80+7";
  const strace = ["strace", "-f", "-o", trace, "-e", "trace=fsync,fdatasync", "-e", fault];
  await using tracer = await startProcess(processEnv(directory.path, settings), [], strace);
  const registers = await brew({ url: tracer.url });
  const statuses = new Map<number, number>();
  for (let round = 0; round < 40; round++) {
    await Promise.all(
      registers.map(async (register) => {
        const status = await register.step();
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }),
    );
  }
  const failed = readFileSync(trace, "utf8").match(/\(INJECTED\)/g)?.length ?? 0;
  process.stdout.write(`storm: ${failed} fsyncs failed; ${JSON.stringify(Object.fromEntries(statuses))}\n`);
  expect(failed).toBeGreaterThanOrEqual(5);
  expect(statuses.get(503)).toBeGreaterThanOrEqual(5);
  expect([...statuses.keys()].filter((status) => ![200, 201, 503].includes(status))).toEqual([]);
  process.kill(await childOf(tracer.pid), "SIGKILL");
  await tracer.exited;
  expect(faultsIn(directory.path, registers)).toEqual([]);
}, 60_000);
