import { expect, test } from "bun:test";
import { party, send } from "../../test/support/party.ts";
import { Turns } from "../http/turns.ts";
import { Backlog } from "../lib/backlog.ts";
import { Channel, type ChannelHost } from "./channel.ts";
import type { ChannelPool, Connection } from "./connection.ts";
import { Following } from "./following.ts";
import { Pacer } from "./pacing.ts";
import { Pages } from "./pages.ts";

/** Channels that have heard of nothing yet, over a store that cannot be read. */
const failing: ChannelHost = {
  pacer: new Pacer(() => undefined),
  backlog: new Backlog(),
  hasSubscribers: () => false,
  deliver: () => undefined,
  renderAtOnce: () => undefined,
  renderAll: () => Promise.resolve([]),
  readBetween: () => Promise.reject(new Error("the disk has gone")),
  abandon: () => undefined,
};

const gone: Connection = {
  isLive: false,
  isBehind: false,
  isWritable: true,
  send: () => undefined,
  fail: () => undefined,
  interrupt: () => undefined,
  together: (task) => task(),
  writable: () => Promise.resolve(),
  subscribe: () => undefined,
  unsubscribe: () => undefined,
  sendState: () => undefined,
  heardFrom: () => undefined,
  caughtUp: () => undefined,
};

test("what cannot be followed is let go of, also where the connection has ended meanwhile", async () => {
  const { world, ann, bob, chat } = await party();
  await using _ = world;
  await send(ann, chat, "stored, and not delivered");
  const { ctx } = world.server;
  const retained = new Map<Channel, number>();
  const count = (channel: Channel, by: number) => retained.set(channel, (retained.get(channel) ?? 0) + by);
  const pool: ChannelPool = {
    ctx,
    pages: new Pages(ctx),
    turns: new Turns(ctx.clock),
    retain(stream) {
      const channel = new Channel(stream, failing);
      channel.learn({ last_seq: 0, pruned_seq: 0 });
      count(channel, 1);
      return channel;
    },
    release: (channel) => void count(channel, -1),
  };
  const following = new Following(pool, gone, bob.id);
  const failure = await following.followAll().catch((error: unknown) => error);
  expect(String(failure)).toBe("Error: the disk has gone");
  expect([...retained.values()]).toEqual([0, 0]);
});
