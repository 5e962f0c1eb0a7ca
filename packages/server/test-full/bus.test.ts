import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { BusMessage } from "../src/bus/bus.ts";
import { RedisBus, type RedisBusOptions } from "../src/bus/redis-bus.ts";
import { parseBusUrl } from "../src/lib/bus-target.ts";
import { systemClock } from "../src/lib/clock.ts";
import { secureRandom } from "../src/lib/ids.ts";
import { createMeeting } from "../test/support/meeting.ts";
import { twoNodes } from "../test/support/nodes/nodes.ts";
import { until } from "../test/support/nodes/until.ts";
import { connect, type TestSocket } from "../test/support/socket.ts";
import { temporaryDirectory } from "../test/support/server-process.ts";
import { redisCluster, redisServer } from "./support/redis.ts";
import { tcpProxy } from "./support/tcp-proxy.ts";

const log = { debug() {}, info() {}, warn() {}, error() {} };

function targetOf(url: string) {
  const target = parseBusUrl(url);
  if (target === null) throw new Error(`${url} is no address of a bus`);
  return target;
}

function busAt(url: string, options: RedisBusOptions = {}) {
  const bus = new RedisBus(
    targetOf(url),
    { log, random: secureRandom(systemClock) },
    { retryMs: 100, ...options },
  );
  const heard: BusMessage[] = [];
  bus.subscribe((message) => void heard.push(message));
  return { bus, heard, [Symbol.asyncDispose]: () => bus.close() };
}

function typing(user: string): BusMessage {
  return { type: "typing", event: "e" as never, user: user as never };
}

async function connected(...all: { bus: RedisBus }[]): Promise<void> {
  await until(() => all.every(({ bus }) => bus.health() === "connected"));
}

/** Channels that fall to different servers of a cluster. */
const events = Array.from({ length: 24 }, (_, index) => `event:e${index}` as const);

describe("a real server", () => {
  test("what one node says another hears where it follows it, once, and never what it said itself", async () => {
    await using redis = await redisServer();
    const url = `redis://127.0.0.1:${redis.port}`;
    await using a = busAt(url);
    await using b = busAt(url);
    await connected(a, b);
    b.bus.follow("event:e");
    await until(() => b.heard.some(({ type }) => type === "bus_gap") && b.bus.stats().channels === 2);
    await until(() =>
      b.heard.some((message) => message.type === "bus_gap" && message.channels?.[0] === "event:e"),
    );
    for (const user of ["u1", "u2", "u3"]) a.bus.publish(typing(user));
    a.bus.publish({ type: "typing", event: "other" as never, user: "u4" as never });
    a.bus.publish({ type: "signed_out", user: "u5" as never, session: null });
    await until(() => b.heard.some(({ type }) => type === "signed_out"));
    await until(() => b.heard.filter(({ type }) => type === "typing").length === 3);
    expect(b.heard.filter(({ type }) => type === "typing")).toEqual(["u1", "u2", "u3"].map(typing));
    expect(a.heard.filter(({ type }) => type === "typing")).toHaveLength(4);
    await a.bus.values.keep(["x", "y"]);
    expect(await b.bus.values.which(["x", "z", "y"])).toEqual(new Set(["x", "y"]));
    await b.bus.values.drop(["x"]);
    expect(await a.bus.values.which(["x", "y"])).toEqual(new Set(["y"]));
  });

  test("with TLS, whose certificate is checked", async () => {
    await using files = await temporaryDirectory();
    const [key, cert] = [join(files.path, "key.pem"), join(files.path, "cert.pem")];
    const made = Bun.spawnSync(
      [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        key,
        "-out",
        cert,
        "-days",
        "1",
      ].concat(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]),
    );
    expect(made.exitCode).toBe(0);
    const tls = [
      "--tls-port",
      "PORT",
      "--tls-cert-file",
      cert,
      "--tls-key-file",
      key,
      "--tls-auth-clients",
      "no",
    ];
    await using redis = await redisServer(...tls);
    const url = `rediss://localhost:${redis.port}`;
    const child = Bun.spawn([process.execPath, join(import.meta.dir, "support/bus-child.ts"), url], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: cert },
      stderr: "inherit",
    });
    expect(await new Response(child.stdout).text()).toContain("over TLS");
    await using refused = busAt(url);
    await until(() => refused.bus.stats().connects === 0 && refused.bus.health() === "down");
  });

  test("a cluster carries each stream by one of its servers, and every server is probed", async () => {
    await using cluster = await redisCluster(3);
    const url = `redis://127.0.0.1:${cluster.servers[0]?.port}?cluster`;
    await using a = busAt(url);
    await using b = busAt(url);
    await connected(a, b);
    for (const event of events) b.bus.follow(event);
    const followed = () =>
      new Set(b.heard.flatMap((message) => (message.type === "bus_gap" ? (message.channels ?? []) : [])));
    await until(() => followed().size === events.length);
    for (const event of events)
      a.bus.publish({ type: "typing", event: event.slice(6) as never, user: "u" as never });
    await until(() => b.heard.filter(({ type }) => type === "typing").length === events.length);
    const keys = events.map((event) => `online:${event}`);
    await a.bus.values.keep(keys);
    expect((await b.bus.values.which(keys)).size).toBe(keys.length);
    // One server of three is gone: a third of all streams is not heard, and that is known.
    await cluster.servers[1]?.stop();
    await until(() => a.bus.health() === "down" && b.bus.health() === "down");
  });

  test("nothing waits for a server that is not there, and what does not fit is counted", async () => {
    await using redis = await redisServer();
    await using a = busAt(`redis://127.0.0.1:${redis.port}`, { maxChars: 2_000 });
    await connected(a);
    for (let index = 0; index < 500; index++) a.bus.publish(typing(`user ${index}`));
    await until(() => a.bus.stats().sent + a.bus.stats().lost === 500);
    expect(a.bus.stats().lost).toBeGreaterThan(300);
    await redis.stop();
    await until(() => a.bus.health() === "down");
    a.bus.publish(typing("nobody hears it"));
    expect(a.bus.stats().sent + a.bus.stats().lost).toBe(501);
    await redis.start();
    await connected(a);
  });
});

describe("silence", () => {
  test.each(["from the server", "to the server", "both ways"] as const)(
    "case 19: a connection on which nothing comes through %s is noticed within 15 seconds",
    async (direction) => {
      await using redis = await redisServer();
      await using proxy = await tcpProxy(`http://127.0.0.1:${redis.port}`);
      await using a = busAt(`redis://127.0.0.1:${new URL(proxy.url).port}`);
      await connected(a);
      const before = performance.now();
      if (direction === "from the server") proxy.filter = () => null;
      else if (direction === "both ways") proxy.fail();
      else for (const { client } of proxy.links) client.removeAllListeners("data").resume();
      await until(() => a.bus.health() === "down");
      expect(performance.now() - before).toBeLessThan(15_000);
      proxy.filter = null;
      proxy.heal();
      await connected(a);
    },
    60_000,
  );
});

function textsOf(socket: TestSocket): string[] {
  return socket
    .of("entry")
    .flatMap(({ kind, data }) =>
      kind === "message" ? [(data as { message: { text: string } }).message.text] : [],
    );
}

test("case 18: 20 writers at two nodes, and ten restarts of the broker: nothing lost, doubled or out of order", async () => {
  await using redis = await redisServer();
  await using nodes = await twoNodes(targetOf(`redis://127.0.0.1:${redis.port}`));
  const { a, b } = nodes;
  const writers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? a : b).world.person(`writer ${index}`)),
  );
  const [first, ...rest] = writers;
  if (first === undefined) throw new Error("somebody writes");
  const { id: event } = await createMeeting(a.world, first, { accepted: rest });
  await using hearsA = await connect(a.world.url, first);
  await using hearsB = await connect(b.world.url, rest[0] ?? first);
  const sent: string[] = [];
  const restart = async () => {
    for (let round = 0; round < 10; round++) {
      await redis.stop();
      await redis.start();
      await connected(a, b);
    }
  };
  const state = { isOver: false };
  const write = async (index: number) => {
    for (let round = 0; !state.isOver; round++) {
      const text = `${index}/${round}`;
      const answer = await writers[index]?.call("POST", `/chat/${event}/messages`, { text, client_id: text });
      if (answer?.status === 201) sent.push(text);
      else if (answer?.status !== 429) throw new Error(`${answer?.status}`);
      await new Promise((resolve) => setImmediate(resolve));
      nodes.a.world.clock.advance(20);
    }
  };
  const all = Promise.all(writers.map((_, index) => write(index)));
  await restart();
  state.isOver = true;
  await all;
  const last = performance.now();
  await until(() => {
    nodes.a.world.clock.advance(10);
    return [hearsA, hearsB].every((socket) => textsOf(socket).length >= sent.length);
  });
  expect(performance.now() - last).toBeLessThan(10_000);
  for (const socket of [hearsA, hearsB]) {
    expect(textsOf(socket).toSorted()).toEqual(sent.toSorted());
    const seqs = socket.entries(`event:${event}`).map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index));
  }
  expect(textsOf(hearsA)).toEqual(textsOf(hearsB));
  expect(sent.length).toBeGreaterThan(200);
}, 120_000);
