import { expect, test } from "bun:test";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../src/lib/clock.ts";
import { createWorld } from "./support/world.ts";

const demo = join(fileURLToPath(import.meta.resolve("@jarvis/sdk")), "../../demo/main.ts");

async function runDemo(...options: string[]): Promise<{ exitCode: number; said: string }> {
  const child = Bun.spawn([process.execPath, demo, ...options], { stdout: "pipe", stderr: "pipe" });
  const texts = [child.stdout, child.stderr].map((stream) => new Response(stream).text());
  return { said: (await Promise.all(texts)).join(""), exitCode: await child.exited };
}

test("the demo's five friends meet, with the limits on", async () => {
  await using world = await createWorld({
    overrides: { clock: systemClock },
    env: { JARVIS_RATE_LIMITS: "on" },
  });
  const { exitCode, said } = await runDemo("--url", world.url);
  expect(said).toContain(
    "everybody saw and heard Ana, Ben and Cho arrive and Dev be late; when to leave, Eli alone heard of Eli",
  );
  expect(exitCode).toBe(0);
}, 120_000);

test("the demo says what is missing", async () => {
  const silent = await runDemo("--url", "http://127.0.0.1:1");
  expect(silent.said).toContain("http://127.0.0.1:1 did not answer. Start a server first: npm start");
  expect(silent.exitCode).toBe(1);
  const wrong = await runDemo("--seed", "fast");
  expect(wrong.said).toContain("--seed is a whole number");
  expect(wrong.exitCode).toBe(1);
});
