/**
 * `npm run bench -- --positions`: events of twenty people who all move and watch, every second, through one server that
 * has one core. What a position and its fan-out cost, and how old it is when others have it.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { pause, systemClock } from "../packages/server/src/lib/clock.ts";
import { PositionClient, Positions } from "./position-client.ts";
import { seedSharing } from "./positions-seed.ts";
import { type Subject, startSubject } from "./process.ts";

export interface PositionsFound {
  readonly events: number;
  readonly people: number;
  /** Positions that came in, each second. */
  readonly positionsPerSecond: number;
  readonly framesPerSecond: number;
  /** Of the server, for one position with all that it causes, and its share of what the server does anyhow. */
  readonly cpuUs: number;
  /** The same without what the same process used with the same sockets while nobody moved. */
  readonly marginalUs: number;
  /** Of one core. */
  readonly cpuShare: number;
  readonly idleShare: number;
  /** Of the machine, over a minute, as it was at the end: others' work makes positions late. */
  readonly load: number;
  /** From when a fix was made to when somebody else has it, milliseconds: the pace of one write a second included. */
  readonly delayP50: number;
  readonly delayP99: number;
  readonly rssMb: number;
  readonly errors: number;
  readonly closed: number;
}

export interface PositionsOptions {
  readonly events: number;
  readonly size?: number;
  readonly idleMs?: number;
  readonly warmMs?: number;
  readonly measureMs?: number;
  /** Arguments for Bun, for instance `--cpu-prof`. */
  readonly bun?: readonly string[];
}

export const positionBars = { growth: 1.5, delayP99: 1_500 };
/** Of the frames that everybody's moves amount to: a server that lacks time tells less, which must not pass for cheap. */
const toldShare = 0.9;

const tickMs = 10;
const everyMs = 1_000;
const connectAtOnce = 50;
const settledMs = 2_000;

export async function positions({
  events: count,
  size = 20,
  idleMs = 10_000,
  warmMs = 15_000,
  measureMs = 15_000,
  bun = [],
}: PositionsOptions): Promise<PositionsFound> {
  const directory = await mkdtemp(join(tmpdir(), "jarvis-positions-"));
  try {
    const url = `sqlite:${join(directory, "positions.db")}`;
    const events = await seedSharing(url, count, size);
    const env = {
      JARVIS_PORT: "0",
      JARVIS_HOST: "127.0.0.1",
      JARVIS_DATABASE_URL: url,
      JARVIS_RATE_LIMITS: "off",
      JARVIS_LOG_LEVEL: "warn",
    };
    const script = join(import.meta.dir, "positions-server.ts");
    await using server = await startSubject(
      [...bun, script],
      env,
      /(http:\/\/(?:localhost|127\.0\.0\.1):\d+)/,
    );
    const heard = new Positions();
    const places = events.flatMap(({ id, people }) => people.map(({ token }) => ({ event: id, token })));
    const clients = places.map((place, index) => new PositionClient(heard, index, place));
    for (let i = 0; i < clients.length; i += connectAtOnce)
      await Promise.all(clients.slice(i, i + connectAtOnce).map((client) => client.connect(server.url)));
    const idleShare = await idleShareOf(server, idleMs);
    const moving = moveAll(clients);
    await pause(systemClock, warmMs);
    Object.assign(heard, { frames: 0, bytes: 0, sent: 0, delays: [] });
    const [cpu, begunMs] = [server.cpuUs(), performance.now()];
    await pause(systemClock, measureMs);
    const seconds = (performance.now() - begunMs) / 1_000;
    const usedUs = server.cpuUs() - cpu;
    moving.stop();
    const { frames, sent, errors, closed } = heard;
    const delays = heard.delays.toSorted((a, b) => a - b);
    const found = {
      events: count,
      people: clients.length,
      positionsPerSecond: sent / seconds,
      framesPerSecond: frames / seconds,
      cpuUs: usedUs / sent,
      marginalUs: (usedUs - idleShare * seconds * 1_000_000) / sent,
      cpuShare: usedUs / seconds / 1_000_000,
      idleShare,
      load: loadavg()[0] ?? Number.NaN,
      delayP50: delays[Math.floor(delays.length * 0.5)] ?? Number.NaN,
      delayP99: delays[Math.floor(delays.length * 0.99)] ?? Number.NaN,
      rssMb: server.rss() / 1_048_576,
      errors,
      closed,
    };
    for (const client of clients) client.close();
    return found;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Of one core, with all sockets open and watching; what greeting them left behind is over by then. */
async function idleShareOf(server: Subject, forMs: number): Promise<number> {
  await pause(systemClock, settledMs);
  const [cpu, begunMs] = [server.cpuUs(), performance.now()];
  await pause(systemClock, forMs);
  return (server.cpuUs() - cpu) / (performance.now() - begunMs) / 1_000;
}

/** Everybody once a second, those of one event spread over it; who is late is not made up for. */
function moveAll(people: readonly PositionClient[]): { stop(): void } {
  // In the order of the fractional parts of multiples of the golden ratio.
  const clients = people
    .map((client, i) => ({ client, turn: (i * 0.6180339887498949) % 1 }))
    .toSorted((a, b) => a.turn - b.turn)
    .map(({ client }) => client);
  const begunMs = performance.now();
  let done = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - begunMs) / everyMs) * clients.length);
    done = Math.max(done, due - clients.length);
    for (; done < due; done++) clients[done % clients.length]?.move(Math.floor(done / clients.length));
  }, tickMs);
  return { stop: () => clearInterval(timer) };
}

/** Prints the figures; false where a bar is missed. */
export async function reportPositions(sizes: readonly number[] = sizesOfBench()): Promise<boolean> {
  const all: PositionsFound[] = [];
  for (const events of sizes) {
    const found = await positions({ events });
    all.push(found);
    console.log(`\n| positions, ${events} events | figure |\n| --- | --- |`);
    for (const [name, value] of Object.entries(found))
      console.log(`| ${name} | ${Math.round(value * 100) / 100} |`);
  }
  const growth = growthOf(all.map(({ marginalUs }) => marginalUs));
  const inAll = growthOf(all.map(({ cpuUs }) => cpuUs));
  const late = Math.max(...all.map(({ delayP99 }) => delayP99));
  const untold = all.filter(({ events, people, positionsPerSecond, framesPerSecond }) => {
    const others = people / events - 1;
    return framesPerSecond < toldShare * others * positionsPerSecond;
  });
  const holds = growth <= positionBars.growth && late <= positionBars.delayP99 && untold.length === 0;
  console.log(
    `\nmarginal cost ≤ ${positionBars.growth}× of the smallest (${growth.toFixed(2)}; idle share included ${inAll.toFixed(2)}), p99 ≤ ${positionBars.delayP99} ms (${late}), everybody told at ${all.length - untold.length} of ${all.length} sizes: ${holds ? "holds" : "MISSED"}`,
  );
  return holds;
}

/** Of the smallest: what a few share among them of an idle server's work makes growth look better than it is. */
function growthOf(costs: readonly number[]): number {
  return Math.max(...costs) / (costs[0] ?? Number.NaN);
}

/** What a machine lets be open at once bounds how many events there can be: each socket is a file at either end. */
function sizesOfBench(): number[] {
  const files = Number(Bun.spawnSync(["sh", "-c", "ulimit -n"]).stdout.toString());
  const most = Math.floor((files - 500) / 20);
  return [10, 100, 300, 600, Math.min(1_000, most)];
}
