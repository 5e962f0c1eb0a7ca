import type { ClientFrame } from "@jarvis/contract";
import { bearer, TestStream } from "../event-stream.ts";
import { TestSocket } from "../socket.ts";
import type { Cast } from "./cast.ts";

type Type = ClientFrame["type"];
type Frame = { type: Type; [field: string]: unknown };

/** In place of an event's id: the frame is about none. */
export const noEvent = "";

/** A frame that succeeds for whoever may send it, about this event. */
const frames: Readonly<Record<Exclude<Type, "hello">, (event: string) => Frame>> = {
  resume: (event) => ({ type: "resume", streams: { [`event:${event}`]: 0 } }),
  send: (chat) => ({ type: "send", chat, client_id: "cell", text: "hi" }),
  read: (chat) => ({ type: "read", chat, seq: 1 }),
  typing: (chat) => ({ type: "typing", chat }),
  watch: (event) => ({ type: "watch", event }),
  unwatch: (event) => ({ type: "unwatch", event }),
  location: (event) => ({
    type: "location",
    ...(event === noEvent ? {} : { event }),
    latitude: 1,
    longitude: 2,
  }),
  ping: () => ({ type: "ping" }),
};

/** Frames that answer nothing when all is well are followed by one that takes the same way and is refused. */
const followers: Readonly<Record<Exclude<Type, "hello">, Exclude<Type, "hello">>> = {
  resume: "resume",
  send: "send",
  read: "read",
  typing: "watch", // more than one a second is ignored
  watch: "watch",
  unwatch: "watch",
  location: "location",
  ping: "watch",
};

export interface Decision {
  outcome: string;
  faults: string[];
}

export async function decideBySocket(url: string, cast: Cast, type: Type, target: string): Promise<Decision> {
  await using socket = await new TestSocket(url).opened();
  socket.send({
    type: "hello",
    ref: "hello",
    ...(cast.persona === "anonymous" ? {} : { token: cast.me.token }),
  });
  const welcomed = await Promise.race([socket.next("welcome"), socket.next("error")]);
  if (welcomed.type === "error") return { outcome: welcomed.code, faults: await afterRefusal(socket) };
  if (type === "hello") return { outcome: "ok", faults: [] };
  socket.send({ ...frames[type](target), ref: "cell" });
  socket.send({ ...frames[followers[type]](cast.missing), ref: "end" });
  await socket.next("error", ({ ref }) => ref === "end");
  if (type === "send") await Promise.race([socket.next("ack"), refused(socket)]);
  const error = socket.of("error").find(({ ref }) => ref === "cell");
  return { outcome: error?.code ?? "ok", faults: faultsOf(socket, cast, type) };
}

/** The same questions of an event stream, which can say hello and watch. */
export async function decideByStream(
  url: string,
  cast: Cast,
  type: "hello" | "watch",
  target: string,
): Promise<Decision> {
  const headers = cast.persona === "anonymous" ? {} : bearer(cast.me);
  const watched = [target, cast.missing].map((event) => `watch=${encodeURIComponent(event)}`);
  const query = type === "watch" ? watched.join("&") : "";
  await using stream = await TestStream.open({ url }, headers, query);
  if (stream.response.status !== 200) {
    const { code } = (await stream.refused) as { code: string };
    return { outcome: code, faults: [] };
  }
  await stream.next("welcome");
  if (type === "watch") await stream.next("error", ({ ref }) => ref === cast.missing);
  const error = stream.of("error").find(({ ref }) => ref === target);
  return { outcome: error?.code ?? "ok", faults: leaksOf(stream.frames, cast) };
}

function refused(socket: TestSocket) {
  return socket.next("error", ({ ref }) => ref === "cell");
}

/** Nobody is told anything, and the connection ends. */
async function afterRefusal(socket: TestSocket): Promise<string[]> {
  const code = await socket.closed;
  return [
    ...(code === 4401 ? [] : [`closed with ${code}`]),
    ...(socket.frames.length === 1 ? [] : [`sent ${JSON.stringify(socket.frames)}`]),
  ];
}

const outsiders = new Set(["stranger", "friend", "fellow", "declined", "removed"]);

function faultsOf(socket: TestSocket, cast: Cast, type: Type): string[] {
  const faults = leaksOf(socket.frames, cast);
  if (type === "ping" && socket.of("pong").length !== 1) faults.push("does not answer the ping");
  return faults;
}

function leaksOf(frames: readonly unknown[], cast: Cast): string[] {
  // What was asked for is repeated as the `ref` of a refusal.
  const text = JSON.stringify(frames, (name, value: unknown) => (name === "ref" ? undefined : value));
  const faults: string[] = [];
  if (outsiders.has(cast.persona) && text.includes(cast.event)) faults.push("speaks of the event");
  if (text.includes(cast.foreign)) faults.push("speaks of a foreign event");
  return faults;
}
