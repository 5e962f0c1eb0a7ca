import { connect as tcp, type Socket } from "node:net";
import { expect, test } from "bun:test";
import { connect, epochOf } from "./support/socket.ts";
import { createWorld, type Json, type World } from "./support/world.ts";

/** A WebSocket of our own over TCP, so that it can stop reading. */
async function rawSocket(url: string): Promise<Socket> {
  const { hostname, port, host } = new URL(url);
  const socket = tcp(Number(port), hostname);
  await new Promise((resolve) => socket.once("connect", resolve));
  const lines = [
    "GET /realtime HTTP/1.1",
    `Host: ${host}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
    "",
    "",
  ];
  socket.write(lines.join("\r\n"));
  await new Promise((resolve) => socket.once("data", resolve));
  return socket;
}

/** One masked text frame (RFC 6455, section 5.2); a mask of zeros leaves the text as it is. */
function textFrame(value: object): Uint8Array {
  const text = Buffer.from(JSON.stringify(value));
  const head = Buffer.alloc(8);
  head.writeUInt8(0x81, 0);
  head.writeUInt8(0x80 | 126, 1);
  head.writeUInt16BE(text.length, 2);
  return Buffer.concat([head, text]);
}

/** The complete text frames in what a server sent. */
function framesIn(bytes: Buffer): Json[] {
  const frames: Json[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const short = bytes.readUInt8(at + 1) & 0x7f;
    const head = short === 126 ? 4 : 2;
    const length = short === 126 ? bytes.readUInt16BE(at + 2) : short;
    if (at + head + length > bytes.length) break;
    const isText = (bytes.readUInt8(at) & 0x0f) === 1;
    if (isText) frames.push(JSON.parse(bytes.subarray(at + head, at + head + length).toString()));
    at += head + length;
  }
  return frames;
}

function ignored(): void {}

async function connections(world: World): Promise<number> {
  const { body } = await world.call("GET", "/metrics");
  return Number(/^jarvis_websocket_connections (\d+)$/m.exec(String(body["text"]))?.[1]);
}

test("case 66: a reader that stops is closed with at most 256 KiB queued, has no hole before that, and others go on", async () => {
  await using world = await createWorld();
  const { ann, bob, cem } = await world.people("ann", "bob", "cem");
  const event = { name: "Dinner", duration: 3600, people: [bob.id, cem.id] };
  const chat = (await ann.call("POST", "/event", event)).response.id;
  const slow = await rawSocket(world.url);
  const received: Buffer[] = [];
  const welcomed = Promise.withResolvers<void>();
  slow.on("data", (chunk) => {
    received.push(Buffer.from(chunk));
    if (framesIn(Buffer.concat(received)).length > 0) welcomed.resolve();
  });
  const ended = new Promise((resolve) => slow.once("close", resolve));
  slow.on("error", ignored); // a reset is one way in which it may end
  slow.write(textFrame({ type: "hello", token: bob.token }));
  await welcomed.promise;
  slow.pause();
  await using writer = await connect(world.url, ann);
  await using reader = await connect(world.url, cem);
  const text = "x".repeat(3_900);
  let sent = 0;
  const before = await connections(world);
  while (sent < 3_000) {
    for (let i = 0; i < 50; i++) writer.send({ type: "send", chat, client_id: `c${++sent}`, text });
    await reader.message(chat, sent);
  }
  // It has not been sent most of them, and may still read on.
  expect(await connections(world)).toBe(before);
  world.clock.advance(20_000);
  while ((await connections(world)) === before) world.clock.advance(1_000);
  expect(await connections(world)).toBe(before - 1);
  slow.resume();
  await ended;
  const heard = framesIn(Buffer.concat(received)).filter(({ type }) => type === "entry");
  expect(heard.map(({ seq }) => seq)).toEqual(heard.map((_, i) => heard[0].seq + i));
  expect(heard.length).toBeLessThan(sent);
  await using back = await connect(world.url, bob, {
    epoch: await epochOf(reader),
    resume: { [`event:${chat}`]: heard.at(-1).seq },
  });
  await back.message(chat, sent);
  expect(back.messages(chat)[0].seq).toBe(heard.at(-1).data.message.seq + 1);
  expect(reader.messages(chat).length).toBe(sent);
}, 30_000);

test("a replay waits for a reader that stops, holding little for it, and goes on without a hole", async () => {
  await using world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  const event = { name: "Dinner", duration: 3600, people: [bob.id] };
  const chat = (await ann.call("POST", "/event", event)).response.id;
  await using writer = await connect(world.url, ann);
  const { epoch } = await writer.next("welcome");
  const count = 3_000;
  const text = "x".repeat(3_900);
  for (let i = 1; i <= count; i++) {
    writer.send({ type: "send", chat, client_id: `c${i}`, text });
    if (i % 50 === 0) await writer.message(chat, i);
  }
  const slow = await rawSocket(world.url);
  const received: Buffer[] = [];
  slow.on("error", ignored);
  slow.write(textFrame({ type: "hello", token: bob.token, epoch, resume: { [`event:${chat}`]: 0 } }));
  await new Promise<void>((resolve) => {
    slow.once("data", (chunk) => {
      received.push(Buffer.from(chunk));
      slow.pause();
      resolve();
    });
  });
  for (let i = 0; i < 50; i++) await writer.flushed();
  expect(await connections(world)).toBe(2);
  const all = new Promise<void>((resolve) => {
    let bytes = 0;
    slow.on("data", (chunk) => {
      received.push(Buffer.from(chunk));
      bytes += chunk.length;
      if (
        bytes > count * text.length &&
        framesIn(Buffer.concat(received)).at(-1)?.data?.message?.seq === count
      )
        resolve();
    });
  });
  const before = received.reduce((sum, { length }) => sum + length, 0);
  expect(before).toBeLessThan((count * text.length) / 2);
  slow.resume();
  await all;
  const entries = framesIn(Buffer.concat(received)).filter(({ type }) => type === "entry");
  expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, i) => i + 1));
  slow.destroy();
}, 30_000);
