import { join } from "node:path";
import { version } from "../../packages/server/src/http/version.ts";
import { startSubject, type Subject } from "../process.ts";
import type { Seeded } from "../../packages/server/test/support/seed.ts";
import { seedChats } from "../seed.ts";
import { peerOf, type PeerKind, type Room, text } from "./peer.ts";
import type { Expectation, RawSocket } from "./raw-socket.ts";
import { textFrame } from "./raw-websocket.ts";
import { type Dialect, joinWebSocketRoom } from "./websocket-room.ts";

const cli = new URL("../../packages/server/src/cli.ts", import.meta.url).pathname;

export const jarvis: PeerKind = {
  name: "Jarvis",
  promise: "on the disk (fsync) before it is delivered or acknowledged",
  acknowledges: true,
  missing: () => null,
  version: () => version,
  async start(directory, people) {
    const url = `sqlite:${join(directory, "jarvis.db")}`;
    const chats = await seedChats(url, { people, chats: 1, messages: 0 });
    const subject = await startJarvis(url);
    return peerOf(subject, (connections) =>
      joinChats(subject, chats.people.slice(0, connections), chats.ids),
    );
  },
};

export function startJarvis(databaseUrl: string): Promise<Subject> {
  const env = {
    JARVIS_PORT: "0",
    JARVIS_HOST: "127.0.0.1",
    JARVIS_DATABASE_URL: databaseUrl,
    JARVIS_RATE_LIMITS: "off",
    JARVIS_LOG_LEVEL: "warn",
  };
  return startSubject([cli, "serve"], env, /(http:\/\/(?:localhost|127\.0\.0\.1):\d+)/);
}

const kindAt = '{"type":"'.length;
const [anE, anN, anA, anO] = Buffer.from("enao");
let runs = 0;

/** A connection of each of these people; the first of them writes to the chats in turn. */
export function joinChats(
  subject: Subject,
  people: readonly Seeded[],
  chats: readonly string[],
): Promise<Room> {
  const port = Number(new URL(subject.url).port);
  return joinWebSocketRoom(port, people.length, dialectOf(people, chats), "own frame");
}

/** Messages go to the chats in turn; each is one of its own, with a `client_id` that nobody used before. */
function dialectOf(people: readonly Seeded[], chats: readonly string[]): Dialect {
  const run = `${Date.now()}-${runs++}`;
  let sent = 0;
  return {
    path: "/realtime",
    headers: ["sec-websocket-protocol: jarvis.v1"],
    async greet(socket: RawSocket, frames: Expectation, index: number) {
      socket.write(textFrame(JSON.stringify({ type: "hello", token: people[index]?.token })));
      await frames.until(/"type":"welcome".*?\}\}/);
    },
    kindOf(bytes, start) {
      const at = start + kindAt;
      if (bytes[at] === anE && bytes[at + 1] === anN) return "delivery";
      if (bytes[at] === anA) return "ack";
      if (bytes[at] === anO && bytes[at + 1] === anN) return null; // who is online, as the others join
      throw new Error(`unexpected frame: ${bytes.toString("utf8", start, start + 200)}`);
    },
    encode(count) {
      const frames: Buffer[] = [];
      for (let i = 0; i < count; i++) {
        const chat = chats[sent % chats.length];
        const frame = `{"type":"send","chat":"${chat}","client_id":"${run}-${sent++}","text":"${text}"}`;
        frames.push(textFrame(frame));
      }
      return Buffer.concat(frames);
    },
  };
}
