import { join } from "node:path";
import { postRequest } from "../http-load.ts";
import { startCommand } from "../process.ts";
import { missingPackage, nodeCommand, nodeVersion, versionOf } from "./npm-packages.ts";
import { peerOf, type PeerKind, type Room, text } from "./peer.ts";
import { openSocket } from "./raw-socket.ts";
import { joinWebSocketRoom, repeated } from "./websocket-room.ts";

export const fastify: PeerKind = {
  name: "Fastify + better-sqlite3 + ws",
  promise: "on the disk (fsync, one commit each) before it is delivered or acknowledged",
  acknowledges: true,
  missing: () => missingPackage("fastify") ?? missingPackage("better-sqlite3"),
  version: () => `${versionOf("fastify")} + ${versionOf("better-sqlite3")} on Node.js ${nodeVersion()}`,
  async start(directory) {
    const command = nodeCommand("fastify.mjs", join(directory, "fastify.db"));
    const subject = await startCommand(command, {}, /listening (\S+)/);
    const port = Number(new URL(subject.url).port);
    return peerOf(subject, (connections) => joinRoom(port, connections));
  },
};

const post = repeated(Buffer.from(postRequest("/messages", { author: "ann", text })));

/** Sockets hear; what the author writes goes over one HTTP connection, one request behind the other. */
async function joinRoom(port: number, connections: number): Promise<Room> {
  const dialect = { path: "/", kindOf: () => "delivery" as const, encode: post };
  const room = await joinWebSocketRoom(port, connections, dialect, "own frame");
  const { acknowledged } = room;
  let rest = "";
  const author = await openSocket(port, {
    data(bytes) {
      rest += bytes.toString("latin1");
      const answers = rest.split("HTTP/1.1 201 ").length - 1;
      if (/HTTP\/1\.1 (?!201)\d/.test(rest)) acknowledged.fail(new Error(`unexpected answer: ${rest}`));
      rest = rest.slice(Math.max(rest.lastIndexOf("HTTP/1.1 201 ") + 13, rest.length - 12));
      acknowledged.add(answers);
    },
    ended: (error) => acknowledged.fail(error),
  });
  return {
    ...room,
    publish: (count) => author.write(post(count)),
    close() {
      author.close();
      room.close();
    },
  };
}
