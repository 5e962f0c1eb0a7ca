import type { EventId, ServerFrame } from "@jarvis/contract";
import { createClient } from "../../src/client.ts";
import type { Connection, ConnectionState, RealtimeOptions } from "../../src/realtime.ts";
import { fakeSockets } from "./fake-socket.ts";
import { movedClock } from "./moved-clock.ts";

export const chat = "e1" as EventId; // an id is whatever the server says it is

/** A connection whose time, chance and network are the test's. */
export function openLine(options: RealtimeOptions = {}) {
  const clock = movedClock();
  const sockets = fakeSockets();
  const states: ConnectionState[] = [];
  let ids = 0;
  const random = { fraction: () => 0.5, id: () => `id-${++ids}` };
  const { WebSocket } = sockets;
  const client = createClient({ baseUrl: "http://jarvis.test", token: "t", WebSocket, clock, random });
  const connection = client.realtime({ ...options, onState: (state) => states.push(state) });
  return { clock, sockets, states, connection };
}

export function welcome(streams: Record<string, number>, epoch = "epoch-1"): ServerFrame {
  return { type: "welcome", user: "u1", epoch, streams };
}

export function entry(
  stream: string,
  seq: number,
  kind = "rsvp",
  data: Record<string, unknown> = {},
): ServerFrame {
  return { type: "entry", stream, seq, kind, data, at_ms: 0 };
}

/** Opens the newest socket and greets on it. */
export function greet(
  { sockets }: ReturnType<typeof openLine>,
  streams: Record<string, number>,
  epoch?: string,
) {
  const socket = sockets.last();
  socket.open();
  socket.deliver(welcome(streams, epoch));
  return socket;
}

/** Reads so many frames; the test fails by its time limit where there are fewer. */
export async function take(connection: Connection, count: number): Promise<ServerFrame[]> {
  const frames: ServerFrame[] = [];
  const reader = connection[Symbol.asyncIterator]();
  while (frames.length < count) {
    const next = await reader.next();
    if (next.done) break;
    frames.push(next.value);
  }
  return frames;
}

/** What of the frames is numbered, briefly: `event:e1 3`. */
export function numbers(frames: ServerFrame[]): string[] {
  return frames.flatMap((frame) => (frame.type === "entry" ? [`${frame.stream} ${frame.seq}`] : []));
}
