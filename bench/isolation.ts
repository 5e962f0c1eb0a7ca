/**
 * `npm run bench -- --isolation`: how fast messages reach people who read, with and without 50 connections that read
 * nothing and a client that floods. Rates are on; stretches with and without alternate, and the median counts.
 */
import { closeCodeIn, openRaw, textFrame } from "../packages/server/test/support/raw-websocket.ts";
import type { RawConnection } from "../packages/server/test/support/raw.ts";
import { type Crowd, type CrowdEvent, gather } from "./crowd.ts";
import { flood, type Flood } from "./flood.ts";
import { median } from "./rounds.ts";
import { connect } from "./socket-load.ts";

export interface Isolation {
  /** 99th percentile of how long a message takes to each of its readers, milliseconds: medians of the stretches. */
  readonly quietP99: number;
  readonly loadedP99: number;
  readonly ratio: number;
  /** How often a flooding connection was cut, and how many frames it had sent. */
  readonly floodsCut: number;
  readonly floodFrames: number;
  readonly slowReaders: number;
  readonly peakQueuedMb: number;
  /** Connections of people who read that were closed. */
  readonly healthyClosed: number;
}

export interface IsolationOptions {
  readonly readers?: number;
  readonly slow?: number;
  readonly stretchMs?: number;
  readonly stretches?: number;
  readonly messagesPerSecond?: number;
}

const eventSize = 50;

export async function isolation(options: IsolationOptions = {}): Promise<Isolation> {
  const { readers = 100, slow = 50, stretchMs = 2_500, stretches = 7, messagesPerSecond = 100 } = options;
  await using crowd = await gather(readers, eventSize, { env: { JARVIS_RATE_LIMITS: "on" } });
  const heard = new Heard();
  const sockets = await Promise.all(crowd.people.map(({ token }) => connect(crowd.server.url, token)));
  for (const socket of sockets) heard.listen(socket);
  const talkers = crowd.events.flatMap((event) =>
    event.people.slice(0, 10).map(({ id }) => ({
      event,
      socket: sockets[crowd.people.findIndex((person) => person.id === id)],
    })),
  );
  const speak = (ms: number) => speakFor(ms, messagesPerSecond, talkers);
  await speak(stretchMs / 2); // warms up
  const [quiet, loaded]: [number[], number[]] = [[], []];
  const before = crowd.server.rss();
  let [floodsCut, floodFrames, peak] = [0, 0, 0];
  for (let stretch = 0; stretch < stretches; stretch++) {
    heard.begin();
    await speak(stretchMs);
    quiet.push(heard.p99());
    const readersThatStop = await stop(crowd, slow);
    const flooding: Flood = flood(
      crowd.server.url,
      crowd.people.at(-1)?.token ?? "",
      crowd.events.at(-1)?.id ?? "",
    );
    heard.begin();
    await speak(stretchMs);
    loaded.push(heard.p99());
    peak = Math.max(peak, crowd.server.rss() - before);
    const found = await flooding.end();
    floodsCut += found.cut;
    floodFrames += found.frames;
    for (const connection of readersThatStop) connection[Symbol.dispose]();
  }
  for (const socket of sockets) socket.onclose = null;
  for (const socket of sockets) socket.close();
  return {
    quietP99: median(quiet),
    loadedP99: median(loaded),
    ratio: median(loaded) / median(quiet),
    floodsCut,
    floodFrames,
    slowReaders: slow,
    peakQueuedMb: peak / 1_048_576,
    healthyClosed: heard.closed,
  };
}

/** Connections that are welcomed, and then read nothing any more: at most four of one person. */
async function stop({ server, people }: Crowd, count: number): Promise<RawConnection[]> {
  const connections = await Promise.all(Array.from({ length: count }, () => openRaw(server.url)));
  connections.forEach((connection, i) =>
    connection.send(textFrame({ type: "hello", token: people[Math.floor(i / 4)]?.token })),
  );
  const isIn = ({ text }: RawConnection) => text.includes('"type":"welcome"');
  const welcomed = await Promise.all(connections.map((connection) => connection.until(isIn)));
  if (welcomed.includes(false)) throw new Error(`not welcomed: ${connections.map(closeCodeIn).join(" ")}`);
  for (const { socket } of connections) socket.pause();
  return connections;
}

interface Talker {
  readonly event: CrowdEvent;
  readonly socket: WebSocket | undefined;
}

/** Messages at a steady rate, whatever becomes of them, each with the time at which it was sent. */
function speakFor(ms: number, perSecond: number, talkers: readonly Talker[]): Promise<void> {
  const beganMs = performance.now();
  const text = " on my way".repeat(90);
  let sent = 0;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const elapsed = performance.now() - beganMs;
      for (; sent < (Math.min(elapsed, ms) * perSecond) / 1_000; sent++) {
        const talker = talkers[sent % talkers.length];
        const now = performance.now();
        const message = {
          type: "send",
          chat: talker?.event.id,
          client_id: `${now}-${sent}`,
          text: `@${now}@${text}`,
        };
        talker?.socket?.send(JSON.stringify(message));
      }
      if (elapsed < ms + 500) return;
      clearInterval(timer);
      resolve();
    }, 2);
  });
}

/** How long messages took. */
class Heard {
  closed = 0;
  #times: number[] = [];

  begin(): void {
    this.#times = [];
  }

  listen(socket: WebSocket): void {
    socket.onclose = () => void this.closed++;
    socket.onmessage = ({ data }) => {
      const text = String(data);
      if (!text.startsWith('{"type":"entry"')) return;
      const sentMs = /"text":"@([\d.]+)@/.exec(text)?.[1];
      if (sentMs !== undefined) this.#times.push(performance.now() - Number(sentMs));
    };
  }

  p99(): number {
    const sorted = this.#times.toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
  }
}

/** Prints the figures; false where the bar is missed. */
export async function reportIsolation(options: IsolationOptions = {}): Promise<boolean> {
  const found = await isolation(options);
  console.log("\n| isolation | figure |\n| --- | --- |");
  for (const [name, value] of Object.entries(found))
    console.log(`| ${name} | ${Math.round(value * 100) / 100} |`);
  const holds = found.ratio <= 2 && found.healthyClosed === 0;
  console.log(`\nloaded p99 ≤ 2× quiet, nobody who reads closed: ${holds ? "holds" : "MISSED"}`);
  return holds;
}
