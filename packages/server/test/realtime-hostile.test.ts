// Runs alone: how soon a refusal comes is measured.
import { describe, expect, test } from "bun:test";
import { loadConfig } from "../src/config.ts";
import { startServer } from "../src/server.ts";
import { movedClock } from "./support/clock.ts";
import { closeCodeIn, frame, handshake, opcodes, openRaw, textFrame } from "./support/raw-websocket.ts";
import { RawConnection } from "./support/raw.ts";
import { temporaryDirectory } from "./support/server-process.ts";
import { connect, TestSocket } from "./support/socket.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

async function signedIn(world: World, person: Person): Promise<RawConnection> {
  const connection = await openRaw(world.url);
  connection.send(textFrame({ type: "hello", token: person.token }));
  expect(await connection.until(({ text }) => text.includes('"welcome"'))).toBe(true);
  return connection;
}

function repeated(count: number, part: Buffer): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => part));
}

const { continuation, text, binary, close, ping, pong } = opcodes;
const begun = frame({ opcode: text, payload: "x", final: false });

const cut: Record<string, { bytes: Buffer; code: number }> = {
  "a frame of 16 KiB and one byte": {
    bytes: frame({ opcode: text, payload: "x".repeat(16 * 1024 + 1) }),
    code: 4413,
  },
  "a frame of 64 KiB and one byte": {
    bytes: frame({ opcode: text, payload: "x".repeat(64 * 1024 + 1) }),
    code: 1009,
  },
  "a declared length of 100 MiB": {
    bytes: frame({ opcode: text, payload: "x", declared: 104_857_600n }),
    code: 1009,
  },
  "a declared length of 2^63": {
    bytes: frame({ opcode: text, payload: "x", declared: 1n << 63n }),
    code: 1009,
  },
  "fragments of one byte without end": {
    bytes: Buffer.concat([
      begun,
      repeated(70_000, frame({ opcode: continuation, payload: "x", final: false })),
    ]),
    code: 1009,
  },
  "a reserved bit": { bytes: frame({ opcode: text, payload: "{}", reserved: 4 }), code: 1002 },
  "a reserved opcode": { bytes: frame({ opcode: 3, payload: "{}" }), code: 1002 },
  "a reserved control opcode": { bytes: frame({ opcode: 11 }), code: 1002 },
  "a frame without a mask": { bytes: frame({ opcode: text, payload: "{}", masked: false }), code: 1002 },
  "text that is not UTF-8": {
    bytes: frame({ opcode: text, payload: new Uint8Array([0x22, 0xc3, 0x28, 0x22]) }),
    code: 1007,
  },
  "a continuation of nothing": { bytes: frame({ opcode: continuation, payload: "{}" }), code: 1002 },
  "a text inside of a text": {
    bytes: Buffer.concat([begun, frame({ opcode: text, payload: "}" })]),
    code: 1002,
  },
  "a ping in fragments": { bytes: frame({ opcode: ping, payload: "x", final: false }), code: 1002 },
  "a ping of 126 bytes": { bytes: frame({ opcode: ping, payload: "x".repeat(126) }), code: 1002 },
  "a close frame of one byte": { bytes: frame({ opcode: close, payload: "x" }), code: 1002 },
  "a binary frame": { bytes: frame({ opcode: binary, payload: "{}" }), code: 4400 },
};

describe("case 67: ends the connection within a second", () => {
  test.each(Object.keys(cut))("%s", async (name) => {
    await using world = await createWorld();
    const { ann } = await world.people("ann");
    using connection = await signedIn(world, ann);
    const { bytes, code } = cut[name] ?? { bytes: Buffer.alloc(0), code: 0 };
    const sentMs = performance.now();
    connection.send(bytes);
    await connection.ended;
    expect(performance.now() - sentMs).toBeLessThan(1_000);
    expect(closeCodeIn(connection)).toBe(code);
  });
});

test("case 67: a million empty fragments, and one without an end, take no memory and nobody's time", async () => {
  await using world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  using endless = await signedIn(world, ann);
  using waiting = await signedIn(world, ann);
  await using reader = await connect(world.url, bob);
  waiting.send(begun);
  const bytes = Buffer.concat([begun, repeated(1_000_000, frame({ opcode: continuation, final: false }))]);
  const before = process.memoryUsage().rss;
  endless.send(bytes);
  await reader.flushed();
  // What is sent last is answered last: by then all of them have been read. A control frame may come in between.
  endless.send(frame({ opcode: ping, payload: "done" }));
  expect(await endless.until(({ text }) => text.endsWith("done"))).toBe(true);
  expect(process.memoryUsage().rss - before).toBeLessThan(20 * 1024 * 1024);
  expect((await world.call("GET", "/health")).status).toBe(200);
});

const offers: Record<string, { headers: Record<string, string>; status: number; agreed?: string }> = {
  "2,001 headers": {
    headers: Object.fromEntries(Array.from({ length: 2_001 }, (_, i) => [`X${i}`, "y"])),
    status: 431,
  },
  "a header of 17 KiB": { headers: { X: "a".repeat(17 * 1024) }, status: 431 },
  "200 subprotocols without ours": { headers: { "Sec-WebSocket-Protocol": protocols() }, status: 400 },
  "200 subprotocols with ours": {
    headers: { "Sec-WebSocket-Protocol": `${protocols()}, jarvis.v1` },
    status: 101,
    agreed: "jarvis.v1",
  },
  "names of JavaScript as extensions": {
    headers: { "Sec-WebSocket-Extensions": "constructor, __proto__; a=b" },
    status: 101,
  },
  compression: {
    headers: { "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits" },
    status: 101,
  },
  "an old version": { headers: { "Sec-WebSocket-Version": "8" }, status: 426 },
  "no key": { headers: { "Sec-WebSocket-Key": "" }, status: 426 },
  "a foreign host": { headers: { Host: "evil.example" }, status: 421 },
};

function protocols(): string {
  return Array.from({ length: 200 }, (_, i) => `p${i}`).join(", ");
}

describe("case 68: a handshake", () => {
  test.each(Object.keys(offers))("with %s", async (name) => {
    await using world = await createWorld();
    using connection = new RawConnection(world.url);
    const { headers, status, agreed } = offers[name] ?? { headers: {}, status: 0 };
    connection.send(handshake(world.url, headers));
    expect(await connection.until(({ text }) => text.includes("\r\n\r\n"))).toBe(true);
    expect(connection.text).toStartWith(`HTTP/1.1 ${status} `);
    expect(connection.text).not.toContain("Sec-WebSocket-Extensions");
    expect(/Sec-WebSocket-Protocol: (\S+)/i.exec(connection.text)?.[1]).toBe(agreed);
  });
});

test("case 69: of 700 that say nothing 500 stay at most, all for 5 s at most, and people get in", async () => {
  await using world = await createWorld();
  const { ann } = await world.people("ann");
  const silent = await Promise.all(Array.from({ length: 500 }, () => openRaw(world.url)));
  world.clock.advance(1_000); // within it nobody has kept anybody waiting
  silent.push(...(await Promise.all(Array.from({ length: 200 }, () => openRaw(world.url)))));
  await Promise.all(silent.slice(0, 200).map(({ ended }) => ended));
  expect(silent.slice(0, 200).map(closeCodeIn)).toEqual(Array.from({ length: 200 }, () => 4408));
  expect(silent.slice(200).every(({ hasEnded }) => !hasEnded)).toBe(true);
  const startedMs = performance.now();
  await using known = await connect(world.url, ann);
  expect(performance.now() - startedMs).toBeLessThan(500);
  world.clock.advance(5_000);
  await Promise.all(silent.map(({ ended }) => ended));
  expect(silent.slice(200).map(closeCodeIn)).toEqual(Array.from({ length: 500 }, () => 4408));
  await known.flushed();
}, 20_000);

test("case 70: at the cap of all sockets new ones get 503 with Retry-After; old ones live, and a free place is taken", async () => {
  await using directory = await temporaryDirectory();
  const config = loadConfig({
    JARVIS_PORT: "0",
    JARVIS_HOST: "127.0.0.1",
    JARVIS_DATABASE_URL: `sqlite:${directory.path}/jarvis.db`,
    JARVIS_LOG_LEVEL: "error",
  });
  const server = await startServer(config, { overrides: { clock: movedClock() }, maxSockets: 3 });
  try {
    const old = await Promise.all([1, 2, 3].map(() => openRaw(server.url)));
    using refused = new RawConnection(server.url);
    refused.send(handshake(server.url));
    await refused.until(({ text }) => text.includes("\r\n\r\n"));
    expect(refused.text).toStartWith("HTTP/1.1 503 ");
    expect(refused.text).toMatch(/retry-after: ([5-9]|10)\r\n/i);
    for (const connection of old) {
      connection.send(frame({ opcode: ping, payload: "alive" }));
      expect(await connection.until(({ text }) => text.endsWith("alive"))).toBe(true);
    }
    old[0]?.send(frame({ opcode: close }));
    await old[0]?.ended;
    (await openRaw(server.url))[Symbol.dispose]();
  } finally {
    await server.stop();
  }
});

test.each([
  ["pings", ping],
  ["pongs", pong],
])("case 71: a flood of %s is cut with 4429, and holds nobody up", async (_, opcode) => {
  await using world = await createWorld({ env: { JARVIS_RATE_LIMITS: "on" } });
  const { ann, bob } = await world.people("ann", "bob");
  using flooding = await signedIn(world, ann);
  await using other = await connect(world.url, bob);
  flooding.send(repeated(100_000, frame({ opcode, payload: "x" })));
  await flooding.ended;
  expect(closeCodeIn(flooding)).toBe(4429);
  const startedMs = performance.now();
  await other.flushed();
  expect(performance.now() - startedMs).toBeLessThan(50);
});

test("case 71: 10,000 watches and unwatches are cut with 4429, and leave nothing behind", async () => {
  await using world = await createWorld({ env: { JARVIS_RATE_LIMITS: "on" } });
  const { ann } = await world.people("ann");
  const event = (await ann.call("POST", "/event", { name: "Dinner", duration: 3600 })).response.id;
  const socket = await connect(world.url, ann);
  for (let i = 0; i < 5_000; i++)
    for (const type of ["watch", "unwatch"] as const) socket.send({ type, event });
  expect(await socket.closed).toBe(4429);
  await using back = await connect(world.url, ann);
  await back.flushed();
});

test("case 7: a resume point that is no number, another's stream, or a stream that is none changes nothing", async () => {
  await using world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  const event = (await ann.call("POST", "/event", { name: "Dinner", duration: 3600 })).response.id;
  const stream = `event:${event}`;
  for (const point of [
    "-1",
    "9007199254740992",
    "1.5",
    "1e400",
    '"1"',
    '"NaN"',
    "null",
    "[1]",
    "{}",
    "true",
  ]) {
    await using socket = await new TestSocket(world.url).opened();
    socket.send(`{"type":"hello","token":"${ann.token}","epoch":"x","resume":{"${stream}":${point}}}`);
    expect([point, await socket.closed]).toEqual([point, 4400]);
    expect(socket.of("entry")).toEqual([]);
  }
  await using own = await connect(world.url, ann);
  const { epoch } = await own.next("welcome");
  await using other = await connect(world.url, bob, {
    epoch,
    resume: { [stream]: 0, [`user:${ann.id}`]: 0, "event:00000000-0000-7000-8000-000000000000": 0 },
  });
  await other.flushed();
  expect(other.of("error").map(({ code }) => code)).toEqual(["not_found", "not_found", "not_found"]);
  expect([...other.of("entry"), ...other.of("reset")]).toEqual([]);
  await ann.call("POST", `/chat/${event}/messages`, { text: "still here", client_id: "1" });
  await own.message(event, 1);
});
