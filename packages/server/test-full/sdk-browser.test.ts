import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createWorld } from "../test/support/world.ts";
import { Page } from "./support/chromium.ts";

const timeoutMs = 60_000;

/** Signs up, plans, chats, loses the connection, writes meanwhile, and comes back: all of it in the page. */
const evening = `(async () => {
  const { createClient, itemStorage } = globalThis.jarvis;
  const sockets = [];
  class Socket extends WebSocket {
    constructor(...given) {
      super(...given);
      sockets.push(this);
    }
  }
  const baseUrl = location.origin;
  const ann = createClient({ baseUrl, WebSocket: Socket });
  const bob = createClient({ baseUrl });
  await ann.signUp({ email: "ann@example.org", password: "long enough", username: "Ann" });
  const { id: bobId } = await bob.signUp({ email: "bob@example.org", password: "long enough", username: "Bob" });
  const store = ann.openStore({ storage: itemStorage(localStorage) });
  await store.ready();
  const event = await ann.events.createEvent({ name: "Dinner", duration: 3600, people: [bobId] });
  await until(() => store.getSnapshot().events[event.id]);
  await bob.chat.sendMessage({ id: event.id, text: "hello", client_id: "1" });
  await until(() => store.getSnapshot().events[event.id].chat.unread === 1);
  store.read(event.id, 1);
  sockets.at(-1).close();
  await until(() => store.getSnapshot().connection !== "live");
  store.send(event.id, "in the tunnel");
  const offline = store.timeline(event.id).map((item) => item.state);
  const keptMeanwhile = Object.values(localStorage).join("").includes("in the tunnel");
  await bob.chat.sendMessage({ id: event.id, text: "where are you?", client_id: "2" });
  await until(() => store.timeline(event.id).filter((item) => item.state === "sent").length === 3);
  const texts = store.timeline(event.id).map((item) => item.message.text).sort();
  const { unread } = store.getSnapshot().events[event.id].chat;
  const opened = sockets.length;
  await store.logout();
  return { offline, keptMeanwhile, texts, unread, opened, left: Object.keys(localStorage) };

  function until(holds) {
    return new Promise((resolve) => {
      const unsubscribe = store.subscribe(look);
      look();
      function look() {
        if (!holds()) return;
        unsubscribe();
        resolve();
      }
    });
  }
})()`;

test(
  "the built bundle runs in Chromium: sign-up, event, chat, offline, outbox and resume",
  async () => {
    await using world = await createWorld();
    await using page = await Page.open(`${world.url}/docs`);
    await page.text("h2, .title"); // it has loaded: what follows runs on this origin
    // As a script of the debugger's: the page's own policy lets no other in.
    await page.evaluate(
      `(() => { ${await bundled()}; globalThis.jarvis = { createClient, itemStorage }; })()`,
    );
    expect(await page.evaluate(evening)).toEqual({
      offline: ["sent", "pending"],
      keptMeanwhile: true,
      texts: ["hello", "in the tunnel", "where are you?"],
      unread: 1,
      opened: 2,
      left: [],
    });
  },
  timeoutMs,
);

async function bundled(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "jarvis-sdk-"));
  try {
    const entrypoints = [fileURLToPath(import.meta.resolve("@jarvis/sdk"))];
    await Bun.build({ entrypoints, outdir: directory, target: "browser", naming: "index.js" });
    return (await Bun.file(join(directory, "index.js")).text()).replace(/export \{[^}]*\};/, "");
  } finally {
    await rm(directory, { recursive: true });
  }
}
