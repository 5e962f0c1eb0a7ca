import { openStream, type TestStream } from "./event-stream.ts";
import { FrameLog } from "./frames.ts";
import { connect, type TestSocket } from "./socket.ts";
import type { Person, World } from "./world.ts";

/** How somebody hears what happens. */
export const ways = ["websocket", "sse", "poll"] as const;
export type Way = (typeof ways)[number];

/** Where somebody stands who was cut off: a cursor, or for a socket what it would say in its hello. */
export interface Place {
  readonly cursor: string;
  readonly epoch: string;
  readonly resume: Record<string, number>;
}

/** A connection of any kind, as far as a test of delivery is concerned. */
export interface Hearing extends AsyncDisposable {
  readonly log: Pick<FrameLog, "frames" | "next" | "of">;
  /** Cursor to go on with; a socket has none. */
  cursor(): string;
  drop(): Promise<void>;
}

/** Where a person stands at this moment, in everything that they hear. */
export async function placeOf(person: Person): Promise<Place> {
  const { response } = await person.call("GET", "/realtime/poll?wait=0");
  const [welcome] = response.frames;
  return { cursor: response.cursor, epoch: welcome.epoch, resume: welcome.streams };
}

export function hear(world: World, person: Person, way: Way, from?: Place): Promise<Hearing> {
  if (way === "websocket") return bySocket(world, person, from);
  return way === "sse" ? bySse(world, person, from) : byPoll(world, person, from);
}

async function bySocket(world: World, person: Person, from?: Place): Promise<Hearing> {
  const hello = from === undefined ? {} : { epoch: from.epoch, resume: from.resume };
  const log: TestSocket = await connect(world.url, person, hello);
  return { log, cursor: () => "", drop: () => log.drop(), [Symbol.asyncDispose]: () => log.drop() };
}

async function bySse(world: World, person: Person, from?: Place): Promise<Hearing> {
  const log: TestStream = await openStream(world, person, from?.cursor);
  const drop = () => log.drop();
  return { log, cursor: () => log.lastEventId, drop, [Symbol.asyncDispose]: drop };
}

/** Asks again and again, each time from where the last answer ended. */
async function byPoll(world: World, person: Person, from?: Place): Promise<Hearing> {
  const log = new FrameLog();
  const abort = new AbortController();
  let cursor = from?.cursor ?? "";
  let isOver = false;
  async function ask(wait: number): Promise<void> {
    const query = new URLSearchParams({ wait: String(wait), ...(cursor === "" ? {} : { resume: cursor }) });
    const response = await fetch(`${world.url}/realtime/poll?${query.toString()}`, {
      headers: { authorization: `Bearer ${person.token}` },
      signal: abort.signal,
    });
    if (response.status !== 200) {
      isOver = true;
      return log.fail(`a poll answered ${response.status}`);
    }
    const { response: answer } = (await response.json()) as {
      response: { frames: unknown[]; cursor: string };
    };
    cursor = answer.cursor;
    for (const frame of answer.frames) log.receive(frame);
  }
  await ask(0);
  const polling = (async () => {
    while (!isOver) await ask(25);
  })().catch((error: unknown) => log.fail(String(error)));
  async function drop(): Promise<void> {
    isOver = true;
    abort.abort();
    await polling;
  }
  return { log, cursor: () => cursor, drop, [Symbol.asyncDispose]: drop };
}

/** Open connections as the server counts them. */
export async function openCounts(world: World): Promise<{ sockets: number; sse: number; poll: number }> {
  const { body } = await world.call("GET", "/metrics");
  const metric = (name: string) =>
    Number(new RegExp(`^${RegExp.escape(name)} (\\d+)$`, "m").exec(String(body["text"]))?.[1]);
  return {
    sockets: metric("jarvis_websocket_connections"),
    sse: metric('jarvis_stream_connections{kind="sse"}'),
    poll: metric('jarvis_stream_connections{kind="poll"}'),
  };
}
