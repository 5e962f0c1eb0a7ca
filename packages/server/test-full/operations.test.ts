// Runs alone: how long a start and a stop take is measured.
import { expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { connect } from "node:net";
import { processEnv, startProcess, temporaryDirectory } from "../test/support/server-process.ts";

test("a request that never ends is cut, and the server is gone within 10 s", async () => {
  await using directory = await temporaryDirectory();
  await using server = await startProcess(processEnv(directory.path));
  const client = connect(Number(new URL(server.url).port), "127.0.0.1").on("error", () => client.destroy());
  const head =
    "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
  await new Promise<void>((resolve) => client.write(head, () => resolve()));
  await fetch(`${server.url}/health`);
  const askedMs = performance.now();
  server.kill("SIGTERM");
  expect(await server.exited).toBe(0);
  expect(performance.now() - askedMs).toBeLessThan(10_000);
  client.destroy();
}, 15_000);

test("`npm start` is ready within a second", async () => {
  await using directory = await temporaryDirectory();
  const root = new URL("../../..", import.meta.url).pathname;
  const times: number[] = [];
  for (let run = 0; run < 3; run++) times.push(await timeToReady(root, processEnv(directory.path)));
  expect(Math.min(...times), times.join(" ms, ")).toBeLessThan(1_000);
});

/** Milliseconds from the command to the first 200 of `/ready`. */
async function timeToReady(root: string, env: Record<string, string>): Promise<number> {
  const startedMs = performance.now();
  const child = spawn("npm", ["start"], { cwd: root, env: env, stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  const url = await new Promise<string>((resolve, reject) => {
    let text = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      const found = /Jarvis is ready at (\S+)/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
    void ended.then(() => reject(new Error(text)));
  });
  const { status } = await fetch(`${url}/ready`);
  const tookMs = performance.now() - startedMs;
  child.kill("SIGTERM");
  await ended;
  expect(status).toBe(200);
  return tookMs;
}
