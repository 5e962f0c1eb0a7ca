import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle, bundleSize } from "../build.ts";
import { hermes } from "./support/hermes.ts";
import { SmallServer } from "./support/small-server.ts";

/** Over the limit: look at what has come into the bundle before raising it. */
const gzipLimit = 25 * 1000;

async function bundled(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "jarvis-sdk-"));
  try {
    return await Bun.file(await bundle(directory)).text();
  } finally {
    await rm(directory, { recursive: true });
  }
}

const chat = `
(async () => {
  const kept = new Map();
  const area = {
    getItem: async (key) => kept.get(key) ?? null,
    setItem: async (key, value) => void kept.set(key, value),
    removeItem: async (key) => void kept.delete(key),
  };
  const client = createClient({ baseUrl: "http://jarvis.test", token: "t" });
  const store = client.openStore({ storage: itemStorage(area) });
  await store.ready();
  const before = store.getSnapshot().events.e1.chat.unread;
  const clientId = store.send("e1", "from React Native 👋");
  await new Promise((resolve) => {
    const look = () => store.getSnapshot().outgoing.length === 0 && resolve();
    store.subscribe(look);
    look();
  });
  store.read("e1", 2);
  const texts = store.timeline("e1").map((item) => item.message.text);
  const { unread } = store.getSnapshot().events.e1.chat;
  store.close();
  return JSON.stringify({ before, unread, texts, named: /^[0-9a-f]{32}$/.test(clientId) });
})()`;

test("the bundle runs on what React Native has, and nothing else: a chat from start to end", async () => {
  const server = new SmallServer();
  server.say("hello");
  const context = hermes({ fetch: server.fetch, WebSocket: server.WebSocket, setTimeout, clearTimeout });
  context.load(await bundled(), ["createClient", "itemStorage"]);
  const talk = context.run(chat) as Promise<string>; // what the script ends with
  const serving = setInterval(() => server.run(), 1);
  const said = await talk.finally(() => clearInterval(serving));
  expect(JSON.parse(said)).toEqual({
    before: 1,
    unread: 0,
    texts: ["hello", "from React Native 👋"],
    named: true,
  });
  expect(server.messages.map(({ text }) => text)).toEqual(["hello", "from React Native 👋"]);
});

test("says what is missing where there is neither WebSocket nor fetch", async () => {
  const context = hermes({ fetch: undefined, WebSocket: undefined, setTimeout, clearTimeout });
  context.load(await bundled(), ["createClient"]);
  const opened = `try { createClient({ baseUrl: "http://jarvis.test" }).realtime() } catch (error) { error.message }`;
  expect(context.run(opened)).toBe("This platform has no WebSocket: pass one to createClient({ WebSocket })");
});

test("the bundle holds no syntax that Hermes cannot read, and stays small", async () => {
  const code = await bundled();
  expect(code.match(/[=(,:]\s*\/[^/\n]+\/[dgimsuy]*v[dgimsuy]*[;,).\s]/g)).toBeNull(); // sets in regular expressions
  expect(code).not.toMatch(/\bawait using\b|\busing [a-z]\w* =/);
  expect(code).not.toContain("Needs a sign-in"); // what the contract says to people
  const { gzip } = await bundleSize();
  expect(gzip).toBeLessThan(gzipLimit);
});
