/**
 * `npm run bench -- --isolation`: how fast messages reach people who read, with and without 50 connections that read
 * nothing and a client that floods. Rates are on; stretches with and without alternate, and the median counts.
 */
import { closeCodeIn, openRaw, textFrame } from "../packages/server/test/support/raw-websocket.ts";
import type { RawConnection } from "../packages/server/test/support/raw.ts";
import { type Crowd, gather } from "./crowd.ts";
import { flood } from "./flood.ts";
import { median } from "./rounds.ts";
import { connect } from "./socket-load.ts";
import { Heard, speakFor, type Talker } from "./speech.ts";

export interface Isolation {
  /** 99th percentile of how long a message takes to each of its readers, milliseconds: medians of the stretches. */
  readonly quietP99: number;
  readonly loadedP99: number;
  readonly ratio: number;
  /** How often a flooding connection was cut, and how many frames were sent so. */
  readonly floodsCut: number;
  readonly floodFrames: number;
  readonly slowReaders: number;
  readonly grownMb: number;
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
  // The last one floods: all connections of one person share a rate, so that another of theirs is no neighbour.
  const readersOnly = crowd.people.slice(0, -1);
  const sockets = await Promise.all(readersOnly.map(({ token }) => connect(crowd.server.url, token)));
  for (const socket of sockets) heard.listen(socket);
  const talkers = talkersOf(crowd, sockets);
  const stretch = async (): Promise<number> => {
    heard.begin();
    await speakFor(stretchMs, messagesPerSecond, talkers);
    return heard.entryP99;
  };
  await stretch(); // warms up
  const [quiet, loaded, grown]: [number[], number[], number[]] = [[], [], []];
  const before = crowd.server.rss();
  const flooded = { cut: 0, frames: 0 };
  for (let i = 0; i < stretches; i++) {
    quiet.push(await stretch());
    const stopped = await stop(crowd, slow);
    const flooding = flood(crowd.server.url, crowd.people.at(-1)?.token ?? "", crowd.events.at(-1)?.id ?? "");
    loaded.push(await stretch());
    grown.push(crowd.server.rss() - before);
    const { cut, frames } = await flooding.end();
    flooded.cut += cut;
    flooded.frames += frames;
    for (const connection of stopped) connection[Symbol.dispose]();
  }
  for (const socket of sockets) {
    socket.onclose = null;
    socket.close();
  }
  return {
    quietP99: median(quiet),
    loadedP99: median(loaded),
    ratio: median(loaded) / median(quiet),
    floodsCut: flooded.cut,
    floodFrames: flooded.frames,
    slowReaders: slow,
    grownMb: Math.max(...grown) / 1_048_576,
    healthyClosed: heard.closed,
  };
}

/** Ten of each event, so that each keeps to their own rate. */
function talkersOf({ events, people }: Crowd, sockets: readonly WebSocket[]): Talker[] {
  return events.flatMap((event) =>
    event.people.slice(0, 10).flatMap(({ id }) => {
      const socket = sockets[people.findIndex((person) => person.id === id)];
      return socket === undefined ? [] : [{ chat: event.id, socket }];
    }),
  );
}

/** Connections that are welcomed, and then read nothing any more: at most four of one person. */
async function stop({ server, people }: Crowd, count: number): Promise<RawConnection[]> {
  const connections = await Promise.all(Array.from({ length: count }, () => openRaw(server.url)));
  for (const [i, connection] of connections.entries())
    connection.send(textFrame({ type: "hello", token: people[Math.floor(i / 4)]?.token }));
  const isIn = ({ text }: RawConnection) => text.includes('"type":"welcome"');
  const welcomed = await Promise.all(connections.map((connection) => connection.until(isIn)));
  if (welcomed.includes(false)) throw new Error(`not welcomed: ${connections.map(closeCodeIn).join(" ")}`);
  for (const { socket } of connections) socket.pause();
  return connections;
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
