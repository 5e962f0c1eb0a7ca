import { join } from "node:path";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { Redis } from "ioredis";
import { freePort } from "../../test/support/free-port.ts";
import { until } from "../../test/support/nodes/until.ts";

export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Debian's redis-server on a free port of loopback, keeping nothing. */
export async function redisServer(...more: string[]): Promise<RedisServer> {
  const directory = await mkdtemp(join(tmpdir(), "jarvis-redis-"));
  const port = await freePort();
  const usual = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", directory];
  const own = more.includes("--tls-port") ? ["--port", "0"] : ["--port", String(port)];
  const args = [...own, ...usual, ...more.map((arg) => arg.replace("PORT", String(port)))];
  let running: Bun.Subprocess | null = null;
  const server: RedisServer = {
    port,
    async start() {
      running = Bun.spawn(["redis-server", ...args], { stdout: "ignore", stderr: "ignore" });
      await until(() => listens(port));
    },
    async stop() {
      running?.kill("SIGKILL");
      await running?.exited;
      running = null;
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}

async function listens(port: number): Promise<boolean> {
  try {
    const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
    socket.end();
    return true;
  } catch {
    return false; // not yet
  }
}

const slots = 16_384;

/** Several servers that share the slots between them. */
export async function redisCluster(count: number): Promise<{ servers: RedisServer[] } & AsyncDisposable> {
  const servers = await Promise.all(
    Array.from({ length: count }, () =>
      redisServer("--cluster-enabled", "yes", "--cluster-node-timeout", "2000"),
    ),
  );
  const clients = servers.map(({ port }) => new Redis({ port, host: "127.0.0.1" }));
  for (const [index, client] of clients.entries()) {
    const [from, to] = [Math.floor((slots * index) / count), Math.floor((slots * (index + 1)) / count) - 1];
    await client.call("CLUSTER", "ADDSLOTSRANGE", String(from), String(to));
    await client.call("CLUSTER", "MEET", "127.0.0.1", String(servers[0]?.port));
  }
  const isWhole = async (client: Redis) => {
    const info = await client.cluster("INFO");
    return info.includes("cluster_state:ok") && info.includes(`cluster_size:${count}`);
  };
  await until(async () => (await Promise.all(clients.map(isWhole))).every(Boolean));
  for (const client of clients) client.disconnect();
  return {
    servers,
    async [Symbol.asyncDispose]() {
      for (const server of servers) await server[Symbol.asyncDispose]();
    },
  };
}
