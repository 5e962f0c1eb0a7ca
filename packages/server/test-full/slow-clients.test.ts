// Runs alone: what people notice of an attack is measured.
import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  processEnv,
  type ServerProcess,
  startProcess,
  type TemporaryDirectory,
  temporaryDirectory,
} from "../test/support/server-process.ts";
import { connect, type TestSocket } from "../test/support/socket.ts";
import { memoryOf, type Person, signUp } from "./support/client.ts";

let directory: TemporaryDirectory;
let server: ServerProcess;
let ann: Person;
let socket: TestSocket;
let chat: string;

beforeAll(async () => {
  directory = await temporaryDirectory();
  server = await startProcess(
    processEnv(directory.path, { JARVIS_RATE_LIMITS: "off", JARVIS_LOG_LEVEL: "error" }),
  );
  ann = await signUp(server.url, "ann");
  chat = (await ann.call("POST", "/event", { name: "Dinner", duration: 3600 })).response.id;
  socket = await connect(server.url, ann);
});

afterAll(async () => {
  await socket[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

/** Times of a person's own calls while others attack. */
async function whileAttacked(attack: Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  const over = new AbortController();
  const ended = attack.finally(() => over.abort());
  while (!over.signal.aborted) {
    const startedMs = performance.now();
    const client_id = `${startedMs}`;
    expect((await ann.call("POST", `/chat/${chat}/messages`, { text: "hello", client_id })).status).toBe(201);
    await socket.flushed();
    times.push(performance.now() - startedMs);
    await Bun.sleep(20); // a person's pace: the server is to be slow because of others, not of us
  }
  await ended;
  return times.toSorted((a, b) => a - b);
}

const attacks: Record<string, string[]> = {
  "slow headers": ["-H", "-i", "2"],
  "slow bodies": ["-B", "-i", "2", "-s", "8192", "-f", "application/json"],
  "slow readers": ["-X", "-w", "10", "-y", "20", "-n", "5", "-z", "32", "-k", "3"],
};

test.each(Object.keys(attacks))(
  "case 72: 1,000 connections of slowhttptest with %s leave people served",
  async (name) => {
    const path = name === "slow readers" ? "/openapi.json" : "/login";
    const url = `${server.url}${path}`;
    const before = await memoryOf(server.pid);
    const tool = Bun.spawn(
      ["slowhttptest", "-c", "1000", "-r", "200", "-l", "20", "-p", "3", "-u", url, ...(attacks[name] ?? [])],
      {
        stdout: "pipe",
        stderr: "pipe",
      },
    );
    const output = new Response(tool.stdout).text();
    const times = await whileAttacked(tool.exited);
    expect(await output).toContain("service available:");
    expect((await output).match(/service available:\S*\s+\S*NO/g)).toBeNull();
    // Some hundred at a time were held, or nothing was tried.
    // oxlint-disable-next-line no-control-regex -- the tool colours what it prints
    const connected = [...(await output).matchAll(/connected:(?:\s|\x1b\[[\d;]*m)*(\d+)/g)].map(([, n]) =>
      Number(n),
    );
    expect(Math.max(...connected)).toBeGreaterThan(400);
    expect(times.length).toBeGreaterThan(100);
    expect(times[Math.floor(times.length * 0.99)]).toBeLessThan(500);
    expect((await memoryOf(server.pid)).nowMiB - before.nowMiB).toBeLessThan(200);
  },
  90_000,
);
