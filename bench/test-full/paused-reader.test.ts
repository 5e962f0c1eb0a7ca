// Runs alone: latencies with and without a paused reader are compared.
import { expect, test } from "bun:test";
import { type Crowd, gather } from "../crowd.ts";
import { connect } from "../socket-load.ts";
import { Heard, speakFor } from "../speech.ts";
import { closeCodeIn, openRaw, textFrame } from "../../packages/server/test/support/raw-websocket.ts";
import { memoryOf } from "../../packages/server/test-full/support/client.ts";

const pausedMs = 60_000;
const perSecond = 200;

/** 99 people who read, and what they hear. */
async function audience(crowd: Crowd) {
  const [event] = crowd.events;
  if (event === undefined) throw new Error("one was made");
  const heard = new Heard();
  const sockets = await Promise.all(
    crowd.people.slice(1).map(({ token }) => connect(crowd.server.url, token)),
  );
  for (const socket of sockets) heard.listen(socket);
  const talkers = sockets.map((socket) => ({ chat: event.id, socket }));
  const memory = async () => (await memoryOf(crowd.server.pid)).nowMiB;
  await speakFor(2_000, perSecond, talkers);
  return {
    heard,
    /** How much memory the server took meanwhile. */
    async talk(ms: number): Promise<number> {
      const before = await memory();
      heard.begin();
      await speakFor(ms, perSecond, talkers);
      return (await memory()) - before;
    },
    leave() {
      for (const socket of sockets) {
        socket.onclose = null;
        socket.close();
      }
    },
  };
}

test("case 66: of 100 readers one pauses for 60 s of 200 messages of 1 KiB a second: it is cut, the others notice nothing", async () => {
  // The same goes on beside it without anybody who pauses: whatever slows the machine slows both.
  await using crowd = await gather(100, 100);
  await using control = await gather(100, 100);
  const [people, others] = [await audience(crowd), await audience(control)];
  const { url } = crowd.server;
  const paused = await openRaw(url);
  paused.send(textFrame({ type: "hello", token: crowd.people[0]?.token }));
  await paused.until(({ text }) => text.includes('"type":"welcome"'));
  paused.socket.pause();
  expect(await openSockets(url)).toBe(100);
  const before = people.heard.delivered;
  const [grown, otherwise] = await Promise.all([people.talk(pausedMs), others.talk(pausedMs)]);
  const [p99, quiet] = [people.heard.entryP99, others.heard.entryP99];
  process.stdout.write(
    `case 66: p99 ${p99.toFixed(1)} ms, without a paused one ${quiet.toFixed(1)} ms; ${grown.toFixed(1)} MiB more, without ${otherwise.toFixed(1)}\n`,
  );
  expect(await openSockets(url)).toBe(99);
  expect(people.heard.closed).toBe(0);
  expect(people.heard.delivered - before).toBe((99 * pausedMs * perSecond) / 1_000);
  expect(grown - otherwise).toBeLessThan(20);
  // Below this the machine's own unrest is larger than what is measured.
  expect(p99).toBeLessThan(Math.max(2 * quiet, 20));
  paused.socket.resume();
  await paused.ended;
  expect([4503, null]).toContain(closeCodeIn(paused));
  people.leave();
  others.leave();
}, 120_000);

async function openSockets(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^jarvis_websocket_connections (\d+)$/m.exec(text)?.[1]);
}
