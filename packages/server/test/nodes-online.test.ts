import { expect, test } from "bun:test";
import { Broker } from "./support/nodes/broker.ts";
import { twoNodes } from "./support/nodes/nodes.ts";
import { until } from "./support/nodes/until.ts";
import { lastTold, told } from "./support/online.ts";
import { connect } from "./support/socket.ts";

/** Ada is at node A, her friend Bob at node B, and Cem, whom she does not know, too. */
async function friends() {
  const broker = new Broker();
  const nodes = await twoNodes(broker);
  const { ada } = await nodes.a.world.people("ada");
  const { bob, cem } = await nodes.b.world.people("bob", "cem");
  await nodes.a.world.befriend(ada, bob);
  return { broker, nodes, ada, bob, cem };
}

test("friends at two nodes see each other come and go, whoever came first, and strangers see nothing", async () => {
  const { broker, nodes, ada, bob, cem } = await friends();
  await using _ = nodes;
  await using b = await connect(nodes.b.world.url, bob);
  await using c = await connect(nodes.b.world.url, cem);
  await until(() => broker.subscribers(`user:${bob.id}`) === 1);
  await nodes.settled();
  const a = await connect(nodes.a.world.url, ada);
  await b.next("online", ({ user, online }) => user === ada.id && online);
  await a.next("online", ({ user, online }) => user === bob.id && online);
  await until(async () => (await bob.call("GET", `/user/${ada.id}/presence`)).response.online === true);
  await a[Symbol.asyncDispose]();
  await until(() => nodes.a.world.server.ctx.connections.take(ada.id));
  await nodes.advanceUntil(() => lastTold(b, ada) === false);
  await c.flushed();
  expect([told(b, ada), told(c, ada)]).toEqual([[true, false], []]);
});

test("a block ends it at the other node, and tells it to nobody else", async () => {
  const { broker, nodes, ada, bob } = await friends();
  await using _ = nodes;
  await using b = await connect(nodes.b.world.url, bob);
  await until(() => broker.subscribers(`user:${bob.id}`) === 1);
  await nodes.settled();
  await using a = await connect(nodes.a.world.url, ada);
  await until(() => lastTold(b, ada) === true && lastTold(a, bob) === true);
  await ada.call("PUT", `/user/${ada.id}/blocks/${bob.id}`);
  await until(() => lastTold(b, ada) === false && lastTold(a, bob) === false);
});

test("who is at both nodes stays online until the last connection of both has ended", async () => {
  const { broker, nodes, ada, bob } = await friends();
  await using _ = nodes;
  await using b = await connect(nodes.b.world.url, bob);
  await until(() => broker.subscribers(`user:${bob.id}`) === 1);
  await nodes.settled();
  const first = await connect(nodes.a.world.url, ada);
  await until(() => lastTold(b, ada) === true);
  await using second = await connect(nodes.b.world.url, ada);
  await second.next("online", ({ user }) => user === bob.id);
  await first[Symbol.asyncDispose]();
  for (let i = 0; i < 40; i++) {
    nodes.a.world.clock.advance(500);
    await nodes.settled();
  }
  expect(told(b, ada)).toEqual([true]);
});

test("people of a node that died are offline a minute later", async () => {
  const { broker, nodes, ada, bob } = await friends();
  await using _ = nodes;
  await using b = await connect(nodes.b.world.url, bob);
  await until(() => broker.subscribers(`user:${bob.id}`) === 1);
  await nodes.settled();
  await using a = await connect(nodes.a.world.url, ada);
  await until(() => lastTold(b, ada) === true);
  await until(() => a.of("online").length > 0);
  await nodes.a.bus.close();
  const before = nodes.b.world.clock.monotonic();
  broker.forgetValues();
  await nodes.advanceUntil(() => lastTold(b, ada) === false, 1_000);
  expect(nodes.b.world.clock.monotonic() - before).toBeLessThanOrEqual(60_000);
});
