import { join } from "node:path";
import { postRequest } from "../http-load.ts";
import { startCommand } from "../process.ts";
import { joinPostingRoom } from "./http-author.ts";
import { missingPackage, nodeCommand, nodeVersion, versionOf } from "./npm-packages.ts";
import { peerOf, type PeerKind, text } from "./peer.ts";
import { type Dialect, repeated } from "./websocket-room.ts";

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
    return peerOf(subject, (connections) => joinPostingRoom(port, connections, dialect));
  },
};

const dialect: Dialect = {
  path: "/",
  kindOf: () => "delivery",
  encode: repeated(Buffer.from(postRequest("/messages", { author: "ann", text }))),
};
