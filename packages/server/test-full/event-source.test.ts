import { createServer, connect as connectTcp } from "node:net";
import { expect, test } from "bun:test";
import { send } from "../test/support/party.ts";
import { createWorld, type World } from "../test/support/world.ts";
import { Page } from "./support/chromium.ts";

const timeoutMs = 60_000;

/** An address that stays the same while the server behind it comes and goes. */
async function inFrontOf(world: World): Promise<AsyncDisposable & { url: string }> {
  const server = createServer((client) => {
    const { hostname, port } = new URL(world.url);
    const upstream = connectTcp(Number(port), hostname);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.pipe(to);
      from.on("error", () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Signs up with a cookie and listens: everything that the browser's EventSource says is kept. */
const listen = `(async () => {
  const body = { email: "bob@example.org", password: "correct horse battery", username: "Bob", cookie: true };
  const headers = { "content-type": "application/json" };
  const answer = await fetch("/user", { method: "POST", headers, body: JSON.stringify(body) });
  const { response } = await answer.json();
  const source = new EventSource("/realtime/sse");
  window.heard = [];
  window.source = source;
  const keep = ({ type, data, lastEventId }) => window.heard.push({ type, data: JSON.parse(data), lastEventId });
  for (const type of ["welcome", "entry", "skip", "reset", "read", "end"]) source.addEventListener(type, keep);
  return response.id;
})()`;

/** Waits in the page until it holds. */
function until(condition: string): string {
  return `new Promise((resolve) => {
    const timer = setInterval(() => { if (${condition}) { clearInterval(timer); resolve(window.heard); } }, 20);
  })`;
}

interface Heard {
  type: string;
  data: { seq?: number; code?: number; kind?: string; stream?: string };
  lastEventId: string;
}

test(
  "Chromium's EventSource signs in with the cookie, and after a restart goes on by itself where it was",
  async () => {
    await using world = await createWorld();
    await using front = await inFrontOf(world);
    const ann = await world.person("ann");
    await using page = await Page.open(`${front.url}/docs`);
    const bob = String(await page.evaluate(listen));
    await page.evaluate(until(`window.heard.some(({ type }) => type === "welcome")`));
    const { response } = await ann.call("POST", "/event", { name: "Dinner", duration: 3600, people: [bob] });
    const heardUpTo = (seq: number) =>
      until(
        `window.heard.some(({ type, data }) => type === "entry" && data.stream.startsWith("event:") && data.seq === ${seq})`,
      );
    await send(ann, response.id, "one");
    await page.evaluate(heardUpTo(1));

    await world.restart();
    await send(ann, response.id, "two");
    await page.evaluate(heardUpTo(2));
    await send(ann, response.id, "three");
    // The page hears what Bun's clock and the browser's tell it: nothing here waits for a time.
    const heard = (await page.evaluate(heardUpTo(3))) as Heard[];
    const entries = heard.filter(
      ({ type, data }) => type === "entry" && data.stream === `event:${response.id}`,
    );
    expect(entries.map(({ data }) => data.seq)).toEqual([1, 2, 3]);
    expect(heard.filter(({ type }) => type === "end").map(({ data }) => data.code)).toEqual([1012]);
    expect(heard.filter(({ type }) => type === "welcome").length).toBe(2);
    expect(heard.filter(({ type }) => type === "reset")).toEqual([]);
    expect(new Set(entries.map(({ lastEventId }) => lastEventId)).size).toBe(3);

    await page.evaluate(`fetch("/user/${bob}/logout", { method: "PUT" }).then(({ status }) => status)`);
    const last = (await page.evaluate(until("window.source.readyState === EventSource.CLOSED"))) as Heard[];
    expect(last.at(-1)).toMatchObject({ type: "end", data: { code: 4401 } });
  },
  timeoutMs,
);
