import { afterAll, expect, test } from "bun:test";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isInstalled } from "../peers/npm-packages.ts";
import type { Report } from "./report.ts";

const output = await mkdtemp(join(tmpdir(), "jarvis-bench-test-"));
afterAll(() => rm(output, { recursive: true, force: true }));

test("measures Jarvis and the limits, and writes what it found", async () => {
  const command = ["bench/main.ts", "--peers", "--quick", "--output", output];
  const root = new URL("../../", import.meta.url).pathname;
  const run = Bun.spawn([process.execPath, ...command], { cwd: root, stdout: "pipe", stderr: "pipe" });
  const [printed, said] = await Promise.all([
    new Response(run.stdout).text(),
    new Response(run.stderr).text(),
  ]);
  await run.exited;

  const report = JSON.parse(await readFile(join(output, "peers.json"), "utf8").catch(() => said)) as Report;
  const names = report.peers.flatMap(({ name, note }) => (note === null ? [name] : []));
  expect(names).toContain("Jarvis");
  expect(names).toContain("bare Bun.serve publish (the limit)");
  expect(names).toContain("bare Bun handler (the limit)");
  if (isInstalled("ws")) expect(names).toContain("ws");
  for (const { name, alone, sendCpu } of report.peers) {
    if (names.includes(name)) expect([name, (alone ?? sendCpu)?.median]).toEqual([name, expect.any(Number)]);
  }
  expect(report.growth.map(({ steps }) => steps.length)).toEqual([2, 2, 2]);
  expect(report.latency.p50).toBeGreaterThan(0);
  expect(await readFile(join(output, "peers.md"), "utf8")).toBe(printed.slice(0, -1));
  expect(await readFile(join(output, "peers.svg"), "utf8")).toContain("Jarvis");
}, 120_000);
