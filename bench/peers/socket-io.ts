import { startCommand } from "../process.ts";
import { missingPackage, nodeCommand, nodeVersion, versionOf } from "./npm-packages.ts";
import { peerOf, type PeerKind, text } from "./peer.ts";
import { textFrame } from "./raw-websocket.ts";
import { type Dialect, joinWebSocketRoom, repeated } from "./websocket-room.ts";

/** Engine.IO 4 packets: 0 open, 2 ping, 3 pong, 4 message; Socket.IO inside of it: 0 connect, 2 event. */
const dialect: Dialect = {
  path: "/socket.io/?EIO=4&transport=websocket",
  async greet(socket, frames) {
    await frames.until(/0\{.*?\}/);
    socket.write(textFrame("40"));
    await frames.until(/40\{.*?\}/);
  },
  kindOf(bytes, start, socket) {
    if (bytes[start] === "4".charCodeAt(0) && bytes[start + 1] === "2".charCodeAt(0)) return "delivery";
    if (bytes[start] === "2".charCodeAt(0)) socket.write(textFrame("3"));
    return null;
  },
  encode: repeated(textFrame(`42["message","${text}"]`)),
};

export const socketIo: PeerKind = {
  name: "socket.io",
  promise: "nothing is stored",
  acknowledges: false,
  missing: () => missingPackage("socket.io"),
  version: () => `${versionOf("socket.io")} on Node.js ${nodeVersion()}`,
  async start() {
    const subject = await startCommand(nodeCommand("socket-io.mjs"), {}, /listening (\S+)/);
    const port = Number(new URL(subject.url).port);
    return peerOf(subject, (connections) => joinWebSocketRoom(port, connections, dialect, "own copy"));
  },
};
