import { describe, expect, test } from "bun:test";
import { createMeeting } from "./support/meeting.ts";
import { Broker } from "./support/nodes/broker.ts";
import { type Nodes, twoNodes } from "./support/nodes/nodes.ts";
import { until } from "./support/nodes/until.ts";
import { connect, type TestSocket } from "./support/socket.ts";
import type { Person } from "./support/world.ts";

interface Chat {
  readonly broker: Broker;
  readonly nodes: Nodes;
  readonly ada: Person;
  readonly bob: Person;
  readonly event: string;
  say(text: string): Promise<void>;
}

/** Ada speaks through node A; Bob listens at node B. */
async function chat(): Promise<Chat> {
  const broker = new Broker();
  const nodes = await twoNodes(broker);
  const { ada } = await nodes.a.world.people("ada");
  const { bob } = await nodes.b.world.people("bob");
  const { id } = await createMeeting(nodes.a.world, ada, { accepted: [bob] });
  let sent = 0;
  const say = async (text: string) => {
    const client_id = `c${sent++}`;
    const answer = await ada.call("POST", `/chat/${id}/messages`, { text, client_id });
    expect(answer.status).toBe(201);
  };
  return { broker, nodes, ada, bob, event: id, say };
}

/** Listens, on a channel that other nodes' messages come through by now. */
async function listen({ nodes, broker, event }: Chat, person: Person): Promise<TestSocket> {
  const socket = await connect(nodes.b.world.url, person);
  await until(() => broker.subscribers(`event:${event}`) > 0);
  await nodes.settled();
  return socket;
}

function textsOf(socket: TestSocket, event: string): string[] {
  return socket
    .entries(`event:${event}`, "message")
    .map(({ data }) => (data as { message: { text: string } }).message.text);
}

/** Numbers of the entries of an event, as they came. */
function seqsOf(socket: TestSocket, event: string): number[] {
  return socket.entries(`event:${event}`).map(({ seq }) => seq);
}

function expectInOrder(seqs: readonly number[]): void {
  expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index));
}

async function hasText(socket: TestSocket, event: string, text: string): Promise<void> {
  await until(() => textsOf(socket, event).includes(text));
}

describe("two nodes", () => {
  test("one's messages reach the other's connections, once on each", async () => {
    const given = await chat();
    await using _ = given.nodes;
    await using b = await listen(given, given.bob);
    await using a = await connect(given.nodes.a.world.url, given.ada);
    for (const text of ["one", "two", "three"]) await given.say(text);
    await hasText(b, given.event, "three");
    await a.next("entry", ({ kind, data }) => kind === "message" && JSON.stringify(data).includes("three"));
    await given.nodes.settled();
    expect([textsOf(a, given.event), textsOf(b, given.event)]).toEqual([
      ["one", "two", "three"],
      ["one", "two", "three"],
    ]);
    // What a node says comes back to it, and is not heard again.
    const own = given.nodes.a.heard.filter(
      (message) => message.type === "entry" && message.kind === "message",
    );
    expect(own).toHaveLength(3);
  });

  test("what was lost on the way is read from the store with the next that is heard", async () => {
    const given = await chat();
    await using _ = given.nodes;
    await using b = await listen(given, given.bob);
    let lost = 0;
    given.broker.fate = (channel) =>
      channel === `jarvis:event:${given.event}` && ++lost > 0 ? "lose" : "deliver";
    for (const text of ["lost 1", "lost 2"]) await given.say(text);
    await given.nodes.settled();
    await b.flushed();
    expect([textsOf(b, given.event), lost > 0]).toEqual([[], true]);
    given.broker.fate = () => "deliver";
    await given.say("heard");
    await hasText(b, given.event, "heard");
    expect(textsOf(b, given.event)).toEqual(["lost 1", "lost 2", "heard"]);
    expectInOrder(seqsOf(b, given.event));
  });

  test("what comes in another order is delivered by number, each once", async () => {
    const given = await chat();
    await using _ = given.nodes;
    await using b = await listen(given, given.bob);
    given.broker.fate = (channel) => (channel.includes("event:") ? "hold" : "deliver");
    const texts = Array.from({ length: 12 }, (_, index) => `m${index}`);
    for (const text of texts) await given.say(text);
    await given.nodes.settled();
    expect(given.broker.held).toBeGreaterThan(5);
    given.broker.fate = () => "deliver";
    given.broker.release();
    await hasText(b, given.event, "m11");
    expect(textsOf(b, given.event)).toEqual(texts);
    expectInOrder(seqsOf(b, given.event));
  });

  test("case 18: after a restart of the broker nobody lacks what was said meanwhile", async () => {
    const given = await chat();
    await using _ = given.nodes;
    await using b = await listen(given, given.bob);
    for (let round = 0; round < 10; round++) {
      const connects = given.nodes.b.bus.stats().connects;
      given.broker.cut();
      await given.say(`while it was down ${round}`);
      await until(
        () => given.nodes.b.bus.stats().connects > connects && given.nodes.a.bus.health() === "connected",
      );
      await hasText(b, given.event, `while it was down ${round}`);
    }
    expect(textsOf(b, given.event)).toHaveLength(10);
    expectInOrder(seqsOf(b, given.event));
  });

  test("while the bus is down the store is asked every few seconds, for a person's own stream too", async () => {
    const given = await chat();
    await using _ = given.nodes;
    const { nodes, broker, ada, bob } = given;
    await using b = await listen(given, bob);
    broker.isDown = true;
    broker.cut();
    await until(() => nodes.b.bus.health() === "down" && nodes.a.bus.health() === "down");
    await nodes.advanceUntil(() => true);
    const before = nodes.a.world.clock.monotonic();
    await given.say("by the store");
    await ada.call("POST", `/user/${bob.id}/friend_request`, { from: ada.id });
    await nodes.advanceUntil(() => textsOf(b, given.event).includes("by the store"));
    await nodes.advanceUntil(() => b.entries(`user:${bob.id}`, "friend_request").length === 1);
    expect(nodes.a.world.clock.monotonic() - before).toBeLessThanOrEqual(6_000);
    expectInOrder(seqsOf(b, given.event));
  });

  test("case 19: a node that cannot speak says so in the store, and the others look", async () => {
    const given = await chat();
    await using _ = given.nodes;
    const { nodes, broker } = given;
    await using b = await listen(given, given.bob);
    nodes.a.world.clock.advance(2_000);
    broker.fate = (channel) => (channel.includes("event:") ? "refuse" : "deliver");
    const { connects } = nodes.b.bus.stats();
    await given.say("unspoken");
    await until(() => nodes.a.bus.stats().lost > 0);
    const before = nodes.a.world.clock.monotonic();
    await nodes.advanceUntil(() => textsOf(b, given.event).includes("unspoken"));
    expect(nodes.a.world.clock.monotonic() - before).toBeLessThanOrEqual(20_000);
    // Node B has had its connection all the time.
    expect(nodes.b.bus.stats().connects).toBe(connects);
  });

  test("an event that somebody is invited to at one node is heard at the other from then on", async () => {
    const given = await chat();
    await using _ = given.nodes;
    const { nodes, ada, bob } = given;
    await nodes.a.world.befriend(ada, bob);
    await using b = await connect(nodes.b.world.url, bob);
    await nodes.settled();
    const { id: event } = await createMeeting(nodes.a.world, ada, { invited: [bob] });
    await b.next("entry", ({ kind }) => kind === "invited");
    await ada.call("POST", `/chat/${event}/messages`, { text: "welcome", client_id: "w" });
    await hasText(b, event, "welcome");
    expectInOrder(seqsOf(b, event));
  });

  test("typing and read markers cross, and a long poll at another node is answered", async () => {
    const given = await chat();
    await using _ = given.nodes;
    const { nodes, ada, bob, event } = given;
    await using b = await listen(given, bob);
    await using a = await connect(nodes.a.world.url, ada);
    a.send({ type: "typing", chat: event });
    await b.next("typing", ({ user }) => user === ada.id);
    await given.say("read me");
    await hasText(b, event, "read me");
    a.send({ type: "read", chat: event, seq: 1 });
    await b.next("read", ({ user, seq }) => user === ada.id && seq === 1);
    const polled = bob.call("GET", `/chat/${event}/messages?after=1&wait=25`);
    await given.say("polled");
    expect((await polled).response).toMatchObject([{ text: "polled" }]);
  });

  test("a channel is heard until the last who wants it has let go", async () => {
    const given = await chat();
    await using _ = given.nodes;
    const { bus } = given.nodes.b;
    const [one, two] = [bus.follow(`moves:${given.ada.id}`), bus.follow(`moves:${given.ada.id}`)];
    await until(() => given.broker.subscribers(`moves:${given.ada.id}`) === 1);
    one();
    one();
    const tell = () =>
      given.nodes.a.bus.tell([`moves:${given.ada.id}`], { type: "online", user: given.ada.id, online: true });
    tell();
    const heard = () => given.nodes.b.heard.filter(({ type }) => type === "online").length;
    await until(() => heard() === 1);
    two();
    expect(given.broker.subscribers(`moves:${given.ada.id}`)).toBe(1); // for a while, so that coming back costs nothing
  });
});
