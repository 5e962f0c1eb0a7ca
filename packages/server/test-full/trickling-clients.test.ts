import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { RawConnection } from "../test/support/raw.ts";
import {
  processEnv,
  type ServerProcess,
  startProcess,
  type TemporaryDirectory,
  temporaryDirectory,
} from "../test/support/server-process.ts";
import { call } from "./support/client.ts";

const post = "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

let directory: TemporaryDirectory;
let server: ServerProcess;

beforeAll(async () => {
  directory = await temporaryDirectory();
  server = await startProcess(
    processEnv(directory.path, { JARVIS_RATE_LIMITS: "off", JARVIS_LOG_LEVEL: "error" }),
  );
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

const tricklers: Record<string, { begin: string; piece: string; withinMs: number }> = {
  "nothing at all": { begin: "", piece: "", withinMs: 15_000 },
  "half a line": { begin: "GET /health HT", piece: "", withinMs: 15_000 },
  "one header a second": {
    begin: "GET /health HTTP/1.1\r\nHost: localhost\r\n",
    piece: "X: y\r\n",
    withinMs: 15_000,
  },
  "half a body": { begin: `${post}Content-Length: 1000\r\n\r\n{`, piece: "", withinMs: 30_000 },
  "one byte of a body a second": {
    begin: `${post}Content-Length: 1000\r\n\r\n{`,
    piece: " ",
    withinMs: 30_000,
  },
  "one chunk a second": {
    begin: `${post}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`,
    piece: "1\r\n \r\n",
    withinMs: 30_000,
  },
};

describe("case 72: is cut", () => {
  test.concurrent.each(Object.keys(tricklers))(
    "%s",
    async (name) => {
      const { begin, piece, withinMs } = tricklers[name] ?? { begin: "", piece: "", withinMs: 0 };
      using connection = new RawConnection(server.url);
      connection.send(begin);
      const drip = setInterval(() => connection.send(piece), 1_000);
      const endedMs = await connection.ended;
      clearInterval(drip);
      expect(endedMs).toBeLessThan(withinMs);
    },
    90_000,
  );
});

// Concurrent like the others: it waits for half a minute in which nothing may happen.
test.concurrent("a connection that has sent its body stays open for the next request", async () => {
  using connection = new RawConnection(server.url);
  const body = '{"email":"ann@example.org"}';
  connection.send(`${post}Content-Length: ${body.length}\r\n\r\n`);
  expect((await call(server.url, "GET", "/health")).status).toBe(200);
  connection.send(body);
  await connection.until(({ text }) => text.includes("\r\n\r\n{"));
  const open = await Promise.race([connection.ended.then(() => false), Bun.sleep(26_000).then(() => true)]);
  expect(open).toBe(true);
}, 40_000);
