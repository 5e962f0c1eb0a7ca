import { afterEach, expect, test } from "bun:test";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const launcher = resolve(import.meta.dir, "bun.mjs");
const stopsOnTerm = `
  let interrupts = 0;
  process.on("SIGINT", () => console.log("interrupt " + ++interrupts));
  process.on("SIGHUP", () => console.log("hang-up"));
  process.on("SIGTERM", () => { console.log("total " + interrupts); process.exit(7); });
  console.log("up " + process.pid);
  setInterval(() => {}, 1000);`;
const running = new Set<{ kill(signal: number): void }>();

afterEach(() => {
  for (const child of running) child.kill(9);
  running.clear();
});

/** Starts the launcher as the leader of a process group, as a terminal does. */
function launch(...args: string[]) {
  const child = Bun.spawn(["node", launcher, ...args], { stdout: "pipe", stderr: "pipe", detached: true });
  running.add(child);
  return child;
}

async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, part: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  while (!text.includes(part)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`ended before ${JSON.stringify(part)}: ${text}`);
    text += decoder.decode(value, { stream: true });
  }
  return text;
}

test("passes arguments on and ends with the code of the program", async () => {
  const child = launch("-e", "console.log(process.argv.slice(-2).join('|')); process.exit(3)", "a b", "c");
  expect(await new Response(child.stdout).text()).toBe("a b|c\n");
  expect(await child.exited).toBe(3);
});

test("ends with 128 + signal when a signal ended the program", async () => {
  expect(await launch("-e", "process.kill(process.pid, 'SIGKILL')").exited).toBe(137);
});

test("one press of Ctrl-C is one SIGINT for the program, however many processes pass it on", async () => {
  const child = launch("-e", stopsOnTerm);
  const reader = child.stdout.getReader();
  await readUntil(reader, "up ");
  process.kill(-child.pid, "SIGINT"); // the terminal, to the whole group
  process.kill(child.pid, "SIGINT"); // npm, to the process it started
  await readUntil(reader, "interrupt 1");
  process.kill(child.pid, "SIGHUP"); // a round trip: whatever was on its way has arrived
  await readUntil(reader, "hang-up");
  process.kill(child.pid, "SIGTERM");
  expect(await readUntil(reader, "total ")).toBe("total 1\n");
  expect(await child.exited).toBe(7);
});

test("the program does not outlive a launcher that is killed outright", async () => {
  const child = launch("-e", stopsOnTerm);
  const reader = child.stdout.getReader();
  await readUntil(reader, "up ");
  child.kill(9);
  // The pipe reports its end only when the last process holding it is gone: the program itself.
  expect((await reader.read()).done).toBe(true);
});

test("a missing Bun is one message that says what to do", async () => {
  const directory = await mkdtemp(join(tmpdir(), "jarvis-bun-"));
  try {
    await cp(resolve(import.meta.dir, "../packages/server/bin"), join(directory, "bin"), { recursive: true });
    const child = Bun.spawn(["node", join(directory, "bin/jarvis.mjs")], { stdout: "pipe", stderr: "pipe" });
    const message = await new Response(child.stderr).text();
    expect(message).toStartWith("Bun is not installed: looked for the package @oven/bun-");
    expect(message).toContain("npm ci");
    expect(message).not.toContain("    at ");
    expect(await child.exited).toBe(1);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
