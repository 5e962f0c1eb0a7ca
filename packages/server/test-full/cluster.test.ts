import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { rates } from "@jarvis/contract";
import { until } from "../test/support/nodes/until.ts";
import { Cluster } from "./support/cluster/cluster.ts";
import { call } from "./support/client.ts";

const main = new URL("support/cluster/main.ts", import.meta.url).pathname;

test("case 79: three servers count the guesses of one address together, and each by itself while Redis says nothing", async () => {
  await using cluster = await Cluster.start({ env: { JARVIS_LOG_LEVEL: "warn" } });
  const guess = async (index: number) => {
    const url = cluster.nodes[index % 3]?.url ?? "";
    const body = { email: "ann@example.org", password: "a guess" };
    const beganMs = performance.now();
    const { status } = await call(url, "POST", "/login", body);
    return { status, tookMs: performance.now() - beganMs };
  };
  const { points } = rates.signIn;
  const statuses = [];
  for (let index = 0; index < 3 * points; index++) statuses.push((await guess(index)).status);
  expect(statuses).toEqual([...Array<number>(points).fill(401), ...Array<number>(2 * points).fill(429)]);
  // Somebody else's, by a balancer that says who they are.
  const other = { "content-type": "application/json", "x-forwarded-for": "192.0.2.1" };
  const asOther = (url = "") =>
    fetch(`${url}/login`, {
      method: "POST",
      headers: other,
      body: '{"email":"a@example.org","password":"a guess"}',
    });
  cluster.redisWay.fail();
  const alone: number[] = [];
  for (let index = 0; index < 2 * points; index++) alone.push((await asOther(cluster.nodes[0]?.url)).status);
  expect(alone).toEqual([...Array<number>(points).fill(401), ...Array<number>(points).fill(429)]);
  expect((await asOther(cluster.nodes[1]?.url)).status).toBe(401);
}, 90_000);

test("npm run cluster says where everything is, and ends all of it when it is asked to", async () => {
  const child = Bun.spawn([process.execPath, main], { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  let said = "";
  void (async () => {
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) said += chunk;
  })();
  await until(() => said.includes("Ctrl-C") || child.exitCode !== null);
  const url = /ready at (\S+)/.exec(said)?.[1] ?? "";
  const folder = /files are in (\S+)/.exec(said)?.[1] ?? "";
  const pids = [...said.matchAll(/pid (\d+)/g)].map(([, pid]) => Number(pid));
  expect([pids.length, existsSync(folder)]).toEqual([7, true]);
  expect((await call(url, "GET", "/ready")).status).toBe(200);
  child.kill("SIGINT");
  expect(await child.exited).toBe(0);
  expect([pids.filter(isAlive), existsSync(folder)]).toEqual([[], false]);
}, 60_000);

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}
