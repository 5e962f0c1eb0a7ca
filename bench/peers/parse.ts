import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { postRequest } from "../http-load.ts";
import { startCommand } from "../process.ts";
import { freePort, missingProgram } from "./debian.ts";
import { joinPostingRoom } from "./http-author.ts";
import { missingPackage, nodeCommand, nodeVersion, versionOf } from "./npm-packages.ts";
import { peerOf, type PeerKind, text } from "./peer.ts";
import { textFrame } from "./raw-websocket.ts";
import { type Dialect, repeated } from "./websocket-room.ts";

const applicationId = "bench";
/** `{"op":"create",…}`, told from `connected` and `subscribed` by two of its letters. */
const create = { at: 7, letters: ["c".charCodeAt(0), "r".charCodeAt(0)] } as const;

/** Parse LiveQuery: https://github.com/parse-community/parse-server/wiki/Parse-LiveQuery-Protocol-Specification */
const dialect: Dialect = {
  path: "/",
  async greet(socket, frames) {
    socket.write(textFrame(JSON.stringify({ op: "connect", applicationId })));
    await frames.until(/"op":"connected".*?\}/);
    const query = { className: "Message", where: {} };
    socket.write(textFrame(JSON.stringify({ op: "subscribe", requestId: 1, query })));
    await frames.until(/"op":"subscribed".*?\}/);
  },
  kindOf: (bytes, start) =>
    bytes[start + create.at] === create.letters[0] && bytes[start + create.at + 1] === create.letters[1]
      ? "delivery"
      : null,
  encode: repeated(
    Buffer.from(
      postRequest("/parse/classes/Message", { author: "ann", text }).replace(
        "\r\n",
        `\r\nx-parse-application-id: ${applicationId}\r\n`,
      ),
    ),
  ),
};

export const parseServer: PeerKind = {
  name: "Parse Server, LiveQuery on PostgreSQL",
  promise: "committed by PostgreSQL (fsync) before it is delivered or acknowledged",
  acknowledges: true,
  missing: () =>
    missingPackage("parse-server") ??
    (binaries() === null
      ? (missingProgram("pg_ctlcluster", "postgresql") ?? "no PostgreSQL binaries")
      : null),
  version: () => `${versionOf("parse-server")} on Node.js ${nodeVersion()}`,
  async start(directory) {
    const command = nodeCommand("parse.mjs", directory, String(freePort()), binaries() ?? "");
    const logs = join(directory, "parse-logs");
    const subject = await startCommand(command, { PARSE_SERVER_LOGS_FOLDER: logs }, /listening (\S+)/);
    const port = Number(new URL(subject.url).port);
    return peerOf(subject, (connections) => joinPostingRoom(port, connections, dialect));
  },
};

/** Debian keeps each version's programs in a folder of its own. */
function binaries(): string | null {
  const versions = ["18", "17", "16", "15"].map((version) => `/usr/lib/postgresql/${version}/bin`);
  const found = Bun.which("initdb");
  const folders = [...versions, ...(found === null ? [] : [dirname(found)])];
  return folders.find((folder) => existsSync(`${folder}/initdb`)) ?? null;
}
