import { expect, test } from "bun:test";
import { closeCodeIn, frame, opcodes, openRaw, textFrame } from "../test/support/raw-websocket.ts";
import { RawConnection } from "../test/support/raw.ts";
import { processEnv, startProcess, temporaryDirectory } from "../test/support/server-process.ts";
import { connect } from "../test/support/socket.ts";
import { call, memoryOf, type Person, signUp } from "./support/client.ts";
import { capMemory } from "./support/memory-cap.ts";

const get = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

test("case 82: with 256 handles, 400 connections leave the store writable, and room is used as soon as there is some", async () => {
  await using directory = await temporaryDirectory();
  const env = processEnv(directory.path, { JARVIS_RATE_LIMITS: "off", JARVIS_LOG_LEVEL: "error" });
  await using server = await startProcess(env, [], ["prlimit", "--nofile=256:256"]);
  const ann = await signUp(server.url, "ann");
  const chat = (await ann.call("POST", "/event", { name: "Dinner", duration: 3600 })).response.id;
  await using socket = await connect(server.url, ann);
  const many = Array.from({ length: 400 }, () => new RawConnection(server.url).send(get));
  const served = many.slice(0, 200);
  await Promise.all(served.map((connection) => connection.until(({ text }) => text.includes("200 OK"))));
  expect(served.every(({ text }) => text.includes("200 OK"))).toBe(true);
  for (let i = 1; i <= 200; i++)
    socket.send({ type: "send", chat, client_id: `c${i}`, text: "still writable" });
  await socket.message(chat, 200);
  // Handles had run out, or nothing was tried.
  expect(many.filter(({ text }) => text === "").length).toBeGreaterThan(100);
  const releasedMs = performance.now();
  for (const connection of served) connection[Symbol.dispose]();
  await Promise.all(
    many.slice(200).map((connection) => connection.until(({ text }) => text.includes("200 OK"))),
  );
  expect(performance.now() - releasedMs).toBeLessThan(5_000);
  expect(many.slice(200).every(({ text }) => text.includes("200 OK"))).toBe(true);
  expect((await call(server.url, "GET", "/ready")).status).toBe(200);
  for (const connection of many) connection[Symbol.dispose]();
}, 60_000);

const mebibyte = 1024 * 1024;

test("case 84: 512 MiB are enough for slow readers, fragments, silent sockets, floods and slow HTTP in a row", async () => {
  using cap = capMemory(512 * mebibyte);
  await using directory = await temporaryDirectory();
  const env = processEnv(directory.path, { JARVIS_RATE_LIMITS: "off", JARVIS_LOG_LEVEL: "error" });
  await using server = await startProcess(env, [], cap.wrapper);
  const [ann, bob] = [await signUp(server.url, "ann"), await signUp(server.url, "bob")];
  const event = { name: "Dinner", duration: 3600, people: [bob.id] };
  const chat = (await ann.call("POST", "/event", event)).response.id;
  const seen: Record<string, number> = {};
  const attacks = { slowReaders, fragments, silentSockets, bigFrames, pings, unreadAnswers };
  for (const [name, attack] of Object.entries(attacks)) {
    await attack(server.url, ann, bob, chat);
    seen[name] = Math.round((await memoryOf(server.pid)).nowMiB);
    expect((await call(server.url, "GET", "/health")).status).toBe(200);
    expect((await ann.call("GET", `/chat/${chat}`)).status).toBe(200);
  }
  const { peakMiB } = await memoryOf(server.pid);
  process.stdout.write(`case 84: MiB after each: ${JSON.stringify(seen)}, peak ${Math.round(peakMiB)}\n`);
  expect(cap.kills()).toBe(0);
  expect(peakMiB).toBeLessThan(512);
  server.kill("SIGTERM");
  expect(await server.exited).toBe(0);
}, 120_000);

/** Ten connections stop reading while 20 MB of messages come: each is closed with little queued. */
async function slowReaders(url: string, ann: Person, bob: Person, chat: string): Promise<void> {
  const slow = await Promise.all(Array.from({ length: 9 }, () => openRaw(url)));
  for (const connection of slow) connection.send(textFrame({ type: "hello", token: bob.token }));
  await Promise.all(slow.map((connection) => connection.until(({ text }) => text.includes('"welcome"'))));
  for (const { socket } of slow) socket.pause();
  await using writer = await connect(url, ann);
  const { response } = await ann.call("GET", `/chat/${chat}`);
  const text = "x".repeat(3_900);
  for (let i = 1; i <= 5_000; i++) {
    writer.send({ type: "send", chat, client_id: `s${i}`, text });
    if (i % 100 === 0) await writer.message(chat, response.last_seq + i);
  }
  for (const connection of slow) connection[Symbol.dispose]();
}

async function fragments(url: string): Promise<void> {
  const begun = frame({ opcode: opcodes.text, payload: "x".repeat(60_000), final: false });
  const piece = frame({ opcode: opcodes.continuation, payload: "x", final: false });
  const many = await Promise.all(Array.from({ length: 200 }, () => openRaw(url)));
  for (const connection of many)
    connection.send(Buffer.concat([begun, ...Array.from({ length: 4_000 }, () => piece)]));
  for (const connection of many.slice(0, 100))
    connection.send(Buffer.concat(Array.from({ length: 4_000 }, () => piece)));
  await Promise.all(many.map(({ ended }) => ended));
  expect(many.slice(0, 100).map(closeCodeIn)).toEqual(Array.from({ length: 100 }, () => 1009));
}

async function silentSockets(url: string): Promise<void> {
  const many = await Promise.all(Array.from({ length: 2_000 }, () => openRaw(url)));
  const startedMs = performance.now();
  await Promise.all(many.map(({ ended }) => ended));
  expect(performance.now() - startedMs).toBeLessThan(8_000);
  expect(many.every((connection) => closeCodeIn(connection) === 4408)).toBe(true);
}

async function bigFrames(url: string): Promise<void> {
  const many = await Promise.all(Array.from({ length: 200 }, () => openRaw(url)));
  for (const connection of many)
    connection.send(frame({ opcode: opcodes.binary, payload: "x", declared: 1n << 40n }));
  await Promise.all(many.map(({ ended }) => ended));
}

/** Pings whose pongs nobody reads. */
async function pings(url: string): Promise<void> {
  const flood = Buffer.concat(
    Array.from({ length: 50_000 }, () => frame({ opcode: opcodes.ping, payload: "x".repeat(100) })),
  );
  const many = await Promise.all(Array.from({ length: 20 }, () => openRaw(url)));
  for (const connection of many) {
    connection.socket.pause();
    connection.send(flood);
  }
  await Promise.race([Promise.all(many.map(({ ended }) => ended)), Bun.sleep(5_000)]);
  for (const connection of many) connection[Symbol.dispose]();
}

/** Each asks for 1,000 long answers in one go and reads none of them. */
async function unreadAnswers(url: string): Promise<void> {
  const request = "GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(1_000);
  const many = Array.from({ length: 20 }, () => new RawConnection(url));
  for (const connection of many) {
    connection.socket.pause();
    connection.send(request);
  }
  await Bun.sleep(5_000);
  for (const connection of many) connection[Symbol.dispose]();
}
