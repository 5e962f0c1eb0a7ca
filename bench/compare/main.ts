import { mkdir } from "node:fs/promises";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { bunPublish } from "../peers/bun-publish.ts";
import { ejabberdArchive, ejabberdPlain } from "../peers/ejabberd.ts";
import { fastify } from "../peers/fastify.ts";
import { jarvis } from "../peers/jarvis.ts";
import { mosquittoQos0, mosquittoQos1 } from "../peers/mosquitto.ts";
import { installPackages } from "../peers/npm-packages.ts";
import { parseServer } from "../peers/parse.ts";
import type { PeerKind } from "../peers/peer.ts";
import { socketIo } from "../peers/socket-io.ts";
import { ws } from "../peers/ws.ts";
import { pinLoad } from "../process.ts";
import { figuresOf } from "./bars.ts";
import { bareHandler } from "./bare-handler.ts";
import { chartOf } from "./chart.ts";
import { type Extent, measureDeliveries, measureSends, warmUp } from "./deliveries.ts";
import { attempt, type Entrant, inRooms, startAll, stopAll } from "./field.ts";
import { type GrowthExtent, measureGrowth } from "./growth.ts";
import { type Latency, measureLatency, sendsPerSecond } from "./latency.ts";
import { markdownOf } from "./markdown.ts";
import { growthReport, peerReport, type Report } from "./report.ts";

const rivals = [mosquittoQos1, socketIo, ws, ejabberdPlain, ejabberdArchive];
const everybody = [
  jarvis,
  bunPublish,
  mosquittoQos0,
  mosquittoQos1,
  ws,
  socketIo,
  fastify,
  parseServer,
  ejabberdPlain,
  ejabberdArchive,
];
const withoutDebian = [jarvis, bunPublish, ws];

interface Plan {
  readonly kinds: readonly PeerKind[];
  readonly extent: Extent;
  readonly growth: GrowthExtent;
}

const whole: Plan = {
  kinds: everybody,
  extent: { rounds: 7, listeners: 100, roundMs: 500 },
  growth: {
    rounds: 7,
    listeners: [10, 100, 1_000],
    messages: [1_000, 1_000_000],
    chats: [10, 10_000],
    roundMs: 500,
  },
};

/** Small enough for a test: that everything works, not what it costs. */
const quick: Plan = {
  kinds: withoutDebian,
  extent: { rounds: 1, listeners: 10, roundMs: 40 },
  growth: { rounds: 1, listeners: [2, 4], messages: [10, 1_000], chats: [10, 20], roundMs: 40 },
};

/** `npm run bench -- --peers`. Gives whether every bar holds; the results are written into `output`. */
export async function comparePeers(
  directory: string,
  options: { quick: boolean; rounds: number | undefined; output: string },
): Promise<boolean> {
  const plan = withRounds(options.quick ? quick : whole, options.rounds);
  if (!options.quick) {
    const why = installPackages();
    if (why !== null) console.error(why);
  }
  const pinned = pinLoad();
  const measured = await measureAll(directory, plan);
  const report = { ...measured, pinned, quick: options.quick };
  await write(options.output, report);
  console.log(markdownOf(report));
  return report.figures.every(({ holds }) => holds);
}

function withRounds(plan: Plan, rounds: number | undefined): Plan {
  if (rounds === undefined) return plan;
  return { ...plan, extent: { ...plan.extent, rounds }, growth: { ...plan.growth, rounds } };
}

async function measureAll(
  directory: string,
  { kinds, extent, growth }: Plan,
): Promise<Omit<Report, "pinned" | "quick">> {
  const entrants = await startAll(kinds, directory, extent.listeners);
  await using handler = await bareHandler(directory, extent);
  let latency: Latency;
  try {
    await warmUp(entrants, extent);
    await measureDeliveries(entrants, extent);
    await measureSends(entrants, extent, () => handler.round());
    latency = await latencyOf(entrants, directory, extent);
  } finally {
    await stopAll(entrants);
  }
  const grown = growthReport(await measureGrowth(directory, growth));
  const reports = new Map(entrants.map((entrant) => [entrant.kind, peerReport(entrant)]));
  const present = (kind: PeerKind) => reports.get(kind) ?? absent(kind);
  const cast = {
    own: present(jarvis),
    limit: present(bunPublish),
    handler: handler.report(),
    rivals: rivals.map(present),
    archive: present(ejabberdArchive),
  };
  return {
    date: new Date().toISOString().slice(0, 16).replace("T", " "),
    machine: machine(),
    rounds: extent.rounds,
    listeners: extent.listeners,
    peers: [...reports.values(), cast.handler],
    latency,
    growth: grown,
    figures: figuresOf(cast, latency, grown),
  };
}

async function latencyOf(entrants: readonly Entrant[], directory: string, extent: Extent): Promise<Latency> {
  let latency: Latency | undefined;
  const own = entrants.filter(({ kind }) => kind === jarvis);
  const sends = Math.ceil((4 * sendsPerSecond * extent.roundMs) / 1_000);
  await inRooms(own, 1, async (rooms) => {
    for (const [entrant, room] of rooms) {
      await attempt(entrant, async () => {
        latency = await measureLatency(room, directory, { rounds: extent.rounds, sends });
      });
    }
  });
  if (latency === undefined) throw new Error(`acknowledgement times could not be measured: ${own[0]?.note}`);
  return latency;
}

function absent(kind: PeerKind) {
  return peerReport({ kind, peer: null, note: "not asked for", alone: [], bursts: [], sends: [] });
}

function machine(): string {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${first?.model ?? "unknown processor"}, ${memory} GB, Linux ${release()}, Bun ${Bun.version}`;
}

async function write(folder: string, report: Report): Promise<void> {
  await mkdir(folder, { recursive: true });
  await Bun.write(join(folder, "peers.json"), `${JSON.stringify(report, null, 2)}\n`);
  await Bun.write(join(folder, "peers.md"), markdownOf(report));
  await Bun.write(join(folder, "peers.svg"), chartOf(report));
}
