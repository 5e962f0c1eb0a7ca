import { expect, test } from "bun:test";
import { handshake } from "../test/support/raw-websocket.ts";
import { RawConnection } from "../test/support/raw.ts";
import { processEnv, spawn, startProcess, temporaryDirectory } from "../test/support/server-process.ts";
import { connect } from "../test/support/socket.ts";
import { call, childOf, signUp } from "./support/client.ts";

test("case 75: asked to stop before the balancer knows, it serves on for 5 s, and nothing fails until then", async () => {
  await using directory = await temporaryDirectory();
  const env = processEnv(directory.path, { JARVIS_RATE_LIMITS: "off", JARVIS_DRAIN_SECONDS: "5" });
  await using server = await startProcess(env);
  const ann = await signUp(server.url, "ann");
  const bob = await signUp(server.url, "bob");
  const event = { name: "Dinner", duration: 3600, people: [bob.id] };
  const chat = (await ann.call("POST", "/event", event)).response.id;
  const sockets = await Promise.all(Array.from({ length: 10 }, () => connect(server.url, bob)));
  const closedMs: number[] = [];
  const askedMs = performance.now();
  const since = (): number => performance.now() - askedMs;
  for (const socket of sockets)
    void socket.closed.then((code) => {
      expect(code).toBe(1012);
      closedMs.push(since());
    });
  server.kill("SIGTERM");
  let sent = 0;
  let lastMs = 0;
  for (;;) {
    const client_id = `c${sent}`;
    const answer = await ann
      .call("POST", `/chat/${chat}/messages`, { text: "on my way", client_id })
      .catch(() => null);
    if (answer === null) break;
    expect(answer.status).toBe(201);
    lastMs = since();
    sent++;
    if (lastMs > 50 && lastMs < 4_900) expect((await call(server.url, "GET", "/ready")).status).toBe(503);
  }
  expect(await server.exited).toBe(0);
  expect(since()).toBeLessThan(10_000);
  expect(lastMs).toBeGreaterThan(5_000);
  expect(Math.min(...closedMs)).toBeGreaterThan(4_900);
  expect(Math.max(...closedMs) - Math.min(...closedMs)).toBeGreaterThan(1_500);
  await using again = await startProcess(processEnv(directory.path));
  expect((await call(again.url, "GET", `/chat/${chat}`, undefined, ann.token)).response.last_seq).toBe(sent);
}, 30_000);

test("case 76: a signal at any moment of the start, migration included, ends it soon and in order", async () => {
  await using directory = await temporaryDirectory();
  const codes = new Map<number, number>();
  const instants = 40;
  const beganMs = performance.now();
  await (await startProcess(processEnv(`${directory.path}/same`)))[Symbol.asyncDispose]();
  const startMs = performance.now() - beganMs;
  for (let i = 0; i < instants; i++) {
    // Every second time on an empty directory, so that the migration is on the way.
    const env = processEnv(`${directory.path}/${i % 2 === 0 ? i : "same"}`);
    const child = spawn(["serve"], env);
    await Bun.sleep((i * 1.5 * startMs) / instants); // the instant is what is tried
    const askedMs = performance.now();
    child.kill("SIGTERM");
    const code = await child.exited;
    codes.set(code, (codes.get(code) ?? 0) + 1);
    expect(performance.now() - askedMs).toBeLessThan(5_000);
  }
  // 143: it came before there was anything of ours to take it.
  expect([...codes.keys()].filter((code) => code !== 0 && code !== 143)).toEqual([]);
  expect(codes.get(0)).toBeGreaterThan(0);
  await using server = await startProcess(processEnv(`${directory.path}/same`));
  expect((await call(server.url, "GET", "/ready")).status).toBe(200);
}, 60_000);

test("case 76: as process 1 of a container it takes the signal, once to stop and twice to stop at once", async () => {
  await using directory = await temporaryDirectory();
  const unshare = process.getuid?.() === 0 ? ["unshare"] : ["unshare", "-r"];
  const wrapper = [...unshare, "--pid", "--fork", "--mount-proc"];
  for (const [drainSeconds, signals, expected] of [
    ["0", ["SIGTERM"], 0],
    ["0", ["SIGINT"], 0],
    ["60", ["SIGTERM", "SIGTERM"], 143],
    ["60", ["SIGTERM", "SIGINT"], 130],
  ] as const) {
    const env = processEnv(directory.path, { JARVIS_DRAIN_SECONDS: drainSeconds });
    await using container = await startProcess(env, [], wrapper);
    const pid = await childOf(container.pid);
    const ns = await Bun.file(`/proc/${pid}/status`).text();
    expect(ns).toMatch(/^NSpid:\s+\d+\s+1$/m);
    for (const [i, signal] of signals.entries()) {
      if (i > 0) while ((await call(container.url, "GET", "/ready")).status !== 503);
      process.kill(pid, signal);
    }
    expect(await container.exited).toBe(expected);
  }
}, 30_000);

test("case 76: a signal while a body trickles in and a socket says nothing", async () => {
  await using directory = await temporaryDirectory();
  await using server = await startProcess(processEnv(directory.path));
  using upload = new RawConnection(server.url);
  upload.send(
    "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
  );
  using silent = new RawConnection(server.url);
  silent.send(handshake(server.url));
  await silent.until(({ text }) => text.includes("101"));
  const drip = setInterval(() => upload.send(" "), 200);
  const askedMs = performance.now();
  server.kill("SIGTERM");
  expect(await server.exited).toBe(0);
  clearInterval(drip);
  expect(performance.now() - askedMs).toBeLessThan(10_000);
}, 30_000);
