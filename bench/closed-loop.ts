/**
 * Messages at a given rate among so many; and how far that can be raised: people are added until a threshold breaks.
 */
import { type Crowd, type CrowdEvent, gather, metric } from "./crowd.ts";
import { connect } from "./socket-load.ts";
import { Heard, speakFor, type Talker } from "./speech.ts";

export const thresholds = { ackP99: 100, entryP99: 250 } as const;

export interface Service {
  readonly sockets: number;
  readonly events: number;
  readonly perSecond: number;
  readonly ackP99: number;
  readonly entryP99: number;
  readonly errors: number;
  readonly closed: number;
  readonly missing: number;
}

/** One socket of each person; who speaks takes turns over all events. */
class Hall {
  readonly heard = new Heard();
  readonly #crowd: Crowd;
  readonly #sockets: WebSocket[] = [];

  constructor(crowd: Crowd) {
    this.#crowd = crowd;
  }

  get size(): number {
    return this.#sockets.length;
  }

  async admit(count: number): Promise<void> {
    const { server, people } = this.#crowd;
    const next = people.slice(this.size, this.size + count);
    const sockets = await Promise.all(next.map(({ token }) => connect(server.url, token)));
    for (const socket of sockets) this.heard.listen(socket);
    this.#sockets.push(...sockets);
  }

  talkers(events: readonly CrowdEvent[]): Talker[] {
    const index = new Map(this.#crowd.people.map(({ id }, i) => [id, i]));
    return events.flatMap(({ id, people }) =>
      people.flatMap((person) => {
        const socket = this.#sockets[index.get(person.id) ?? -1];
        return socket === undefined ? [] : [{ chat: id, socket }];
      }),
    );
  }

  leave(): void {
    for (const socket of this.#sockets) {
      socket.onclose = null;
      socket.close();
    }
  }
}

/** So many sockets in events of five, at a steady rate. */
export async function service(sockets = 500, perSecond = 200, ms = 15_000): Promise<Service> {
  await using crowd = await gather(sockets, 5, { env: { JARVIS_RATE_LIMITS: "on" } });
  const hall = new Hall(crowd);
  await hall.admit(sockets);
  const events = crowd.events.slice(0, sockets / 5);
  const talkers = hall.talkers(events);
  await speakFor(2_000, perSecond, talkers);
  hall.heard.begin();
  const { acknowledged, delivered } = hall.heard;
  await speakFor(ms, perSecond, talkers);
  const { ackP99, entryP99, errors, closed } = hall.heard;
  const sent = (perSecond * ms) / 1_000;
  const missing =
    sent - (hall.heard.acknowledged - acknowledged) + 5 * sent - (hall.heard.delivered - delivered);
  hall.leave();
  return { sockets, events: events.length, perSecond, ackP99, entryP99, errors, closed, missing };
}

export interface Equilibrium {
  /** People, each in an event of ten and saying two things a second, before a threshold broke. */
  people: number;
  perSecond: number;
  /** What broke, or null where all were in. */
  broke: string | null;
  serverCores: number;
}

export async function equilibrium(most = 1_500, step = 100, stepMs = 2_000): Promise<Equilibrium> {
  await using crowd = await gather(most, 10, { env: { JARVIS_RATE_LIMITS: "on" } });
  const hall = new Hall(crowd);
  let found: Equilibrium = { people: 0, perSecond: 0, broke: null, serverCores: 0 };
  while (hall.size < most) {
    await hall.admit(step);
    const perSecond = hall.size * 2;
    hall.heard.begin();
    const before = { cpuUs: crowd.server.cpuUs(), atMs: performance.now() };
    await speakFor(stepMs, perSecond, hall.talkers(crowd.events.slice(0, most / 10)));
    const broke = await broken(crowd, hall.heard);
    if (broke !== null) {
      found.broke = broke;
      break;
    }
    const serverCores = (crowd.server.cpuUs() - before.cpuUs) / 1_000 / (performance.now() - before.atMs);
    found = { people: hall.size, perSecond, broke, serverCores };
  }
  hall.leave();
  return found;
}

async function broken(
  { server }: Crowd,
  { ackP99, entryP99, errors, closed }: Heard,
): Promise<string | null> {
  if (ackP99 > thresholds.ackP99) return `acknowledged after ${Math.round(ackP99)} ms`;
  if (entryP99 > thresholds.entryP99) return `delivered after ${Math.round(entryP99)} ms`;
  if (errors + closed > 0) return `${errors} errors, ${closed} closed`;
  return (await metric(server.url, "jarvis_store_failed_commits_total")) > 0 ? "a commit failed" : null;
}

/** Prints the figures; false where one misses its bar. */
export async function reportClosedLoop(): Promise<boolean> {
  const found = await service();
  const limit = await equilibrium();
  console.log("\n| service | figure |\n| --- | --- |");
  for (const [name, value] of Object.entries({ ...found, ...limit }))
    console.log(
      `| ${name} | ${typeof value === "number" ? Math.round(value * 100) / 100 : (value ?? "nothing")} |`,
    );
  return holds(found);
}

export function holds({ ackP99, entryP99, errors, closed, missing }: Service): boolean {
  return ackP99 <= thresholds.ackP99 && entryP99 <= thresholds.entryP99 && errors + closed + missing === 0;
}
