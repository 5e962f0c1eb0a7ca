import { startSubject } from "../process.ts";
import { peerOf, type PeerKind, text } from "./peer.ts";
import { textFrame } from "./raw-websocket.ts";
import { joinWebSocketRoom, repeated } from "./websocket-room.ts";

const script = new URL("../bare-publish.ts", import.meta.url).pathname;

export const bunPublish: PeerKind = {
  name: "bare Bun.serve publish (the limit)",
  promise: "nothing is stored",
  acknowledges: false,
  missing: () => null,
  version: () => Bun.version,
  async start() {
    const subject = await startSubject([script], {}, /listening (\S+)/);
    const port = Number(new URL(subject.url).port);
    const dialect = {
      path: "/",
      kindOf: () => "delivery" as const,
      encode: repeated(textFrame(text)),
    };
    return peerOf(subject, (connections) => joinWebSocketRoom(port, connections, dialect, "own copy"));
  },
};
