import { startCommand } from "../process.ts";
import { missingPackage, nodeCommand, nodeVersion, versionOf } from "./npm-packages.ts";
import { peerOf, type PeerKind, text } from "./peer.ts";
import { textFrame } from "./raw-websocket.ts";
import { joinWebSocketRoom, repeated } from "./websocket-room.ts";

export const ws: PeerKind = {
  name: "ws",
  promise: "nothing is stored",
  acknowledges: false,
  missing: () => missingPackage("ws"),
  version: () => `${versionOf("ws")} on Node.js ${nodeVersion()}`,
  async start() {
    const subject = await startCommand(nodeCommand("ws.mjs"), {}, /listening (\S+)/);
    const port = Number(new URL(subject.url).port);
    const dialect = { path: "/", kindOf: () => "delivery" as const, encode: repeated(textFrame(text)) };
    return peerOf(subject, (connections) => joinWebSocketRoom(port, connections, dialect, "own copy"));
  },
};
