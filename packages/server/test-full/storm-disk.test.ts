import { expect, test } from "bun:test";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../src/config.ts";
import { createContext } from "../src/context.ts";
import { createLog } from "../src/lib/log.ts";
import { processEnv, startProcess, temporaryDirectory } from "../test/support/server-process.ts";
import { call, signUp } from "./support/client.ts";
import { createRandom } from "./support/random.ts";
import { SimulatedDisk } from "./support/simulated-disk.ts";
import { onSmallDisk } from "./support/small-disk.ts";
import { readTrace, straceCommand, type TraceEvent } from "./support/strace.ts";
import { startCalendarSite } from "./support/storm/calendars.ts";
import type { Place, Register } from "./support/storm/register.ts";
import { brew, brewWithSite, faultsIn } from "./support/storm/storm.ts";

const settings = { JARVIS_RATE_LIMITS: "off", JARVIS_LOG_LEVEL: "silent" };
const modes = ["none", "random", "all"] as const;
const rounds = 10;
const instants = 60;

test("case 23: on a full disk the storm is refused change by change, none is half done, and it goes on with space", async () => {
  await using directory = await temporaryDirectory();
  await using site = startCalendarSite();
  const disk = directory.path;
  const env = processEnv(disk, { ...settings, JARVIS_CALENDAR_HOSTS: site.host });
  await using server = await startProcess(env, [], onSmallDisk(disk, "8m"));
  const inside = join(`/proc/${server.pid}/root`, disk);
  const ballast = join(inside, "ballast");
  const registers = await brewWithSite({ url: server.url }, site);
  const talker = await signUp(server.url, "talker");
  const chat = (await talker.call("POST", "/event", { name: "Talk", duration: 3_600 })).response.id;
  writeFileSync(ballast, Buffer.alloc(1024 * 1024));
  const statuses = new Map<number, number>();
  const stepAll = () =>
    Promise.all(
      registers.map(async (register) => {
        const status = await register.step();
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        return status;
      }),
    );
  await stepAll();
  let said = 0;
  const fill = async () => {
    const message = () => ({ text: "x".repeat(3_900), client_id: `m${said++}` });
    while ((await talker.call("POST", `/chat/${chat}/messages`, message())).status === 201);
  };
  const refused = new Set<string>();
  let unready = 0;
  for (
    let round = 0;
    round < 60 && (round < 5 || refused.size < registers.length || unready === 0);
    round++
  ) {
    await fill();
    const answers = await stepAll();
    for (const [index, status] of answers.entries())
      if (status === 503) refused.add(registers[index]?.name ?? "");
    if ((await call(server.url, "GET", "/ready")).status === 503) unready++;
  }
  process.stdout.write(
    `storm: ${JSON.stringify(Object.fromEntries(statuses))}, unready ${unready} times; refused: ${[...refused].join(", ")}\n`,
  );
  expect(unready).toBeGreaterThan(0);
  expect(refused.size).toBe(registers.length);
  expect([...statuses.keys()].filter((status) => ![200, 201, 503].includes(status))).toEqual([]);
  expect(statfsSync(inside).bfree).toBe(0);
  rmSync(ballast);
  while ((await call(server.url, "GET", "/ready")).status !== 200);
  for (let round = 0; round < 3; round++)
    for (const [index, status] of (await stepAll()).entries())
      expect([200, 201], registers[index]?.name).toContain(status);

  // The disk ends with the process: what is on it is taken while the server is stopped in its tracks.
  process.kill(server.pid, "SIGSTOP");
  await using outside = await temporaryDirectory();
  for (const suffix of ["", "-wal"])
    if (existsSync(join(inside, `jarvis.db${suffix}`)))
      copyFileSync(join(inside, `jarvis.db${suffix}`), join(outside.path, `jarvis.db${suffix}`));
  process.kill(server.pid, "SIGCONT");
  expect(faultsIn(outside.path, registers)).toEqual([]);
}, 60_000);

interface Told {
  /** So many answers had been sent when this was acknowledged. */
  readonly answers: number;
  readonly value: string;
}

test("case 20: no power cut takes a vote, an activation, a change of a series, a calendar or a feed that was acknowledged", async () => {
  await using directory = await temporaryDirectory();
  const data = join(directory.path, "data");
  mkdirSync(data);
  const log = join(directory.path, "trace.log");
  const place: Place = { url: "" };
  const histories = new Map<Register, Told[]>();
  {
    const [program = "", ...strace] = straceCommand(log, []);
    await using tracer = await startProcess(processEnv(data, settings), [], [program, ...strace]);
    place.url = tracer.url;
    const registers = await brew(place);
    for (const register of registers)
      histories.set(register, [{ answers: place.answers ?? 0, value: register.acknowledged }]);
    for (let round = 0; round < rounds; round++) {
      for (const register of registers) {
        expect(await register.step()).toBeLessThan(300);
        histories.get(register)?.push({ answers: place.answers ?? 0, value: register.acknowledged });
      }
    }
    const [server = 0] = readFileSync(`/proc/${tracer.pid}/task/${tracer.pid}/children`, "utf8")
      .trim()
      .split(" ")
      .map(Number);
    process.kill(server, "SIGTERM");
    await tracer.exited;
  }
  const events = readTrace(log, data);
  const seed = Number(process.env["STORM_SEED"] ?? Date.now() % 1e9);
  process.stdout.write(`storm: ${events.length} events, seed ${seed}\n`);
  await using memory = await temporaryDirectory(existsSync("/dev/shm") ? "/dev/shm" : tmpdir());
  const { images, faults } = await cutPower(events, histories, join(memory.path, "image"), seed);
  expect(faults.slice(0, 10)).toEqual([]);
  expect(images).toBe(instants * modes.length);
}, 120_000);

async function cutPower(
  events: readonly TraceEvent[],
  histories: ReadonlyMap<Register, readonly Told[]>,
  folder: string,
  seed: number,
) {
  const random = createRandom(seed);
  const sent = events.map((event) =>
    event.kind === "sent" ? [...event.text.matchAll(/HTTP\/1\.1 \d{3} /g)].length : 0,
  );
  const brewed = [...histories.values()][0]?.[0]?.answers ?? 0;
  const total = sent.reduce((sum, count) => sum + count, 0);
  expect(total).toBe(Math.max(...[...histories.values()].flat().map(({ answers }) => answers)));
  let answers = 0;
  const late = events.flatMap((_, index) => ((answers += sent[index] ?? 0) > brewed ? [index] : []));
  const chosen = new Set<number>();
  while (chosen.size < instants) chosen.add(late[Math.floor(random() * late.length)] ?? 0);
  const faults: string[] = [];
  const disk = new SimulatedDisk();
  let images = 0;
  answers = 0;
  for (const [index, event] of events.entries()) {
    answers += sent[index] ?? 0;
    disk.apply(event);
    if (!chosen.has(index)) continue;
    for (const mode of modes) {
      images++;
      expectAfter(histories, answers);
      const found = await faultsOf(disk.image(mode, random), folder, [...histories.keys()]);
      faults.push(...found.map((fault) => `event ${index}, ${mode}: ${fault}`));
    }
  }
  return { images, faults };
}

/** What the last of so many answers promised; the change after it may be there too. */
function expectAfter(histories: ReadonlyMap<Register, readonly Told[]>, answers: number): void {
  for (const [register, told] of histories) {
    const last = told.findLastIndex((one) => one.answers <= answers);
    register.acknowledged = told[last]?.value ?? "";
    register.unanswered = told[last + 1]?.value ?? null;
  }
}

async function faultsOf(
  image: Map<string, Uint8Array>,
  folder: string,
  registers: readonly Register[],
): Promise<string[]> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  // A WAL's shared memory does not survive; the lock is the operating system's.
  for (const [file, bytes] of image)
    if (!/-(?:shm|lock)$|\.sock$/.test(file)) writeFileSync(join(folder, file), bytes);
  const config = loadConfig({ JARVIS_DATABASE_URL: `sqlite:${folder}/jarvis.db` });
  const ctx = await createContext(config, { log: createLog("silent") }); // as a server that starts again
  await ctx.db.close();
  return faultsIn(folder, registers);
}
