import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EventId, eventStream, type ServerFrame } from "@jarvis/contract";
import { createClient } from "@jarvis/sdk";
import type { Seeded } from "../packages/server/test/support/seed.ts";
import { startSubject, type Subject } from "./process.ts";
import { seed } from "./seed.ts";
import { connect, sendLoad } from "./socket-load.ts";

const cli = new URL("../packages/server/src/cli.ts", import.meta.url).pathname;

export interface Crowd extends AsyncDisposable {
  readonly server: Subject;
  readonly people: readonly Seeded[];
  readonly events: readonly CrowdEvent[];
}

export interface CrowdEvent {
  readonly id: EventId;
  readonly stream: string;
  readonly people: readonly Seeded[];
}

/** A server of its own with so many people, in events of so many: each in one, and every fifth in a second one. */
export async function gather(
  count: number,
  perEvent: number,
  options: { env?: Record<string, string>; bun?: string[] } = {},
): Promise<Crowd> {
  const directory = await mkdtemp(join(tmpdir(), "jarvis-crowd-"));
  const url = `sqlite:${join(directory, "crowd.db")}`;
  const people = await seed(url, count);
  const env = {
    JARVIS_PORT: "0",
    JARVIS_HOST: "127.0.0.1",
    JARVIS_DATABASE_URL: url,
    JARVIS_RATE_LIMITS: "off",
    JARVIS_LOG_LEVEL: "warn",
    ...options.env,
  };
  const address = /(http:\/\/(?:localhost|127\.0\.0\.1):\d+)/;
  const server = await startSubject([...(options.bun ?? []), cli, "serve"], env, address);
  const fifths = people.filter((_, index) => index % 5 === 0);
  const groups = [...chunks(people, perEvent), ...chunks(fifths, perEvent)];
  const events: CrowdEvent[] = [];
  for (const group of groups) events.push(await createEvent(server.url, group));
  return {
    server,
    people,
    events,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}

async function createEvent(baseUrl: string, people: readonly Seeded[]): Promise<CrowdEvent> {
  const [owner, ...guests] = people;
  if (owner === undefined) throw new Error("an event has an owner");
  const event = await createClient({ baseUrl, token: owner.token }).events.createEvent({
    name: "Bench",
    duration: 3_600,
    people: guests.map(({ id }) => id),
  });
  return { id: event.id, stream: eventStream(event.id), people };
}

/** So many messages in each event. */
export async function talk({ server, events }: Crowd, count: number): Promise<void> {
  for (const { id, people } of events) {
    const socket = await connect(server.url, people[0]?.token ?? "");
    await sendLoad(socket, id, count, Math.min(count, 32), `talk-${id}`);
    socket.onclose = null;
    socket.close();
  }
}

/** What a person's connection is told when it is welcomed. */
export async function welcomeOf(
  url: string,
  token: string,
): Promise<Extract<ServerFrame, { type: "welcome" }>> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/realtime`, "jarvis.v1");
  const { promise, resolve, reject } = Promise.withResolvers<Extract<ServerFrame, { type: "welcome" }>>();
  socket.onopen = () => socket.send(JSON.stringify({ type: "hello", token }));
  socket.onclose = ({ code }) => reject(new Error(`the socket was closed: ${code}`));
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(String(data)) as ServerFrame; // what the server sends is of the contract
    if (frame.type === "welcome") resolve(frame);
  };
  const welcome = await promise;
  socket.onclose = null;
  socket.close();
  return welcome;
}

/** A part of the server's metrics, by name. */
export async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
}
