import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createWorld } from "./support/world.ts";

/** What runs under Node: the bundle knows nothing of Bun, and this script nothing but the bundle. */
const script = `
import { createClient } from "./index.js";
const client = createClient({ baseUrl: process.argv[2] });
const { id } = await client.signUp({ email: "node@example.org", password: "long enough", username: "Node" });
const event = await client.events.createEvent({ name: "Dinner", duration: 3600 });
const connection = client.realtime();
await connection.untilLive();
const sent = await connection.send(event.id, "from Node");
for await (const frame of connection) {
  if (frame.type !== "entry" || frame.kind !== "message") continue;
  const { text, seq, author } = frame.data.message;
  console.log(JSON.stringify({ text, seq, sent: sent.seq, own: author.id === id }));
  break;
}
connection.close();
`;

/** The same with a store: what is written while the connection is broken is sent when it is back, by a later start too. */
const storeScript = `
import { createClient, itemStorage } from "./index.js";
const kept = new Map();
const area = {
  getItem: async (key) => kept.get(key) ?? null,
  setItem: async (key, value) => void kept.set(key, value),
  removeItem: async (key) => void kept.delete(key),
};
const sockets = [];
class Socket extends WebSocket {
  constructor(...given) {
    super(...given);
    sockets.push(this);
    if (Socket.offline) this.close();
  }
}
const client = createClient({ baseUrl: process.argv[2], WebSocket: Socket });
const { id } = await client.signUp({ email: "store@example.org", password: "long enough", username: "Node" });
const event = await client.events.createEvent({ name: "Dinner", duration: 3600 });
const first = client.openStore({ storage: itemStorage(area) });
await first.ready();
Socket.offline = true;
sockets.at(-1).close();
await until(first, () => first.getSnapshot().connection !== "live");
first.send(event.id, "written offline");
await until(first, () => [...kept.values()].join("").includes("written offline"));
first.close();
Socket.offline = false;
const again = client.openStore({ storage: itemStorage(area), self: id });
await again.ready();
again.send(event.id, "and after it");
await until(again, () => again.timeline(event.id).filter((item) => item.state === "sent").length === 2);
const texts = again.timeline(event.id).map((item) => item.message.text);
const { last_seq, unread } = again.getSnapshot().events[event.id].chat;
await again.logout();
console.log(JSON.stringify({ texts, last_seq, unread, kept: [...kept.values()], token: client.token }));

function until(store, holds) {
  return new Promise((resolve) => {
    const stop = setInterval(look, 5); // what is kept is told to nobody
    const unsubscribe = store.subscribe(look);
    function look() {
      if (!holds()) return;
      clearInterval(stop);
      unsubscribe();
      resolve();
    }
  });
}
`;

test("works under Node, as one bundled file", async () => {
  expect(await run(script)).toEqual({ text: "from Node", seq: 1, sent: 1, own: true });
});

test("its store and outbox work under Node, over a break and a restart of the application", async () => {
  const texts = ["written offline", "and after it"];
  expect(await run(storeScript)).toEqual({ texts, last_seq: 2, unread: 0, kept: [], token: null });
});

async function run(code: string): Promise<unknown> {
  await using world = await createWorld();
  const directory = await mkdtemp(join(tmpdir(), "jarvis-sdk-"));
  try {
    const entry = fileURLToPath(import.meta.resolve("@jarvis/sdk"));
    const built = await Bun.build({
      entrypoints: [entry],
      outdir: directory,
      target: "browser",
      naming: "index.js",
    });
    expect(built.success).toBe(true);
    await Bun.write(join(directory, "script.mjs"), code);
    const flags =
      (await output(["node", "-p", "typeof WebSocket"])) === "undefined" ? ["--experimental-websocket"] : [];
    return JSON.parse(
      await output(["node", "--no-warnings", ...flags, join(directory, "script.mjs"), world.url]),
    ) as unknown;
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function output(command: string[]): Promise<string> {
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "pipe" });
  const [text, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) throw new Error(errors);
  return text.trim();
}
