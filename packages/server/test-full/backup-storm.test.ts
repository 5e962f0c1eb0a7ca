import { expect, test } from "bun:test";
import { processEnv, runJarvis, startProcess, temporaryDirectory } from "../test/support/server-process.ts";
import { faultsIn, brew } from "./support/storm/storm.ts";

test("case 100: a backup in a storm is whole, and restored it has all that was acknowledged before, but nothing that was given up since", async () => {
  await using directory = await temporaryDirectory();
  const env = processEnv(directory.path, { JARVIS_RATE_LIMITS: "off", JARVIS_LOG_LEVEL: "silent" });
  const copy = `${directory.path}/copy.db`;
  const server = await startProcess(env);
  const registers = await brew({ url: server.url });
  const rounds = async (count: number) => {
    for (let round = 0; round < count; round++)
      for (const status of await Promise.all(registers.map((register) => register.step())))
        expect(status).toBeLessThan(300);
  };
  await rounds(10);
  expect((await runJarvis(["backup", copy], env)).code).toBe(0);
  const then = new Map(registers.map(({ name, acknowledged }) => [name, acknowledged]));
  // Consent is taken back, the calendars are removed, and the feed is rotated within three steps of each.
  await rounds(3);
  server.kill("SIGTERM");
  expect(await server.exited).toBe(0);
  expect(faultsIn(directory.path, registers)).toEqual([]);
  const now = new Map(registers.map(({ name, acknowledged }) => [name, acknowledged]));

  expect((await runJarvis(["restore", copy], env)).code).toBe(0);
  await using again = await startProcess(env);
  expect((await fetch(`${again.url}/ready`)).status).toBe(200);
  for (const register of registers) {
    register.acknowledged = then.get(register.name) ?? "";
    // What was removed and made anew is another one; what was rotated opens nothing any more.
    if (register.name === "feed" || register.name.startsWith("calendar")) register.acknowledged = "-";
    // A consent of the backup is as it stands now: taken back, or of another range.
    if (register.name === "consent" && register.acknowledged !== "-")
      register.acknowledged = now.get("consent") ?? "";
  }
  again.kill("SIGKILL");
  await again.exited;
  expect(faultsIn(directory.path, registers)).toEqual([]);
}, 60_000);
