/**
 * What one message between nodes costs: `node scripts/bun.mjs bench/capacity/bus-cost.ts <redis url>`, against a server
 * that serves nobody else. Text of the size of a chat entry, published by one process and heard by another.
 */
import { RedisClient } from "bun";

const messages = 200_000;
const atOnce = 500;
const text = "x".repeat(300);

const [url = "redis://127.0.0.1:6379", role = "publish"] = process.argv.slice(2);
await (role === "hear" ? hear() : publish());

async function hear(): Promise<void> {
  const client = new RedisClient(url);
  let heard = 0;
  const done = Promise.withResolvers<void>();
  await client.subscribe("event:1", () => {
    if (++heard === messages) done.resolve();
  });
  const before = process.cpuUsage();
  process.stdout.write("ready\n");
  await done.promise;
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(`${(user + system) / messages}\n`);
  process.exit(0);
}

async function publish(): Promise<void> {
  const client = new RedisClient(url);
  const hearer = Bun.spawn([process.execPath, import.meta.path, url, "hear"], { stdout: "pipe" });
  const reader = hearer.stdout.getReader();
  await reader.read(); // it listens
  const serverBefore = await serverCpuUs(client);
  const before = process.cpuUsage();
  for (let sent = 0; sent < messages; sent += atOnce)
    await Promise.all(Array.from({ length: atOnce }, () => client.publish("event:1", text)));
  const { user, system } = process.cpuUsage(before);
  const { value } = await reader.read();
  const server = ((await serverCpuUs(client)) - serverBefore) / messages;
  console.log(`publishing ${((user + system) / messages).toFixed(2)} µs, the server ${server.toFixed(2)} µs`);
  console.log(`hearing ${Number(new TextDecoder().decode(value)).toFixed(2)} µs`);
  process.exit(0);
}

async function serverCpuUs(client: RedisClient): Promise<number> {
  const info = String(await client.send("INFO", ["cpu"]));
  const seconds = [...info.matchAll(/used_cpu_(?:sys|user):([\d.]+)/g)].map(([, value]) => Number(value));
  return seconds.reduce((sum, value) => sum + value, 0) * 1_000_000;
}
