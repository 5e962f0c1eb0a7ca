import { describe, expect, test } from "bun:test";
import { closeCodes } from "@jarvis/contract";
import { createMeeting, expectOk, move, northOfPlaza, plaza, share } from "./support/meeting.ts";
import { Broker } from "./support/nodes/broker.ts";
import { type Nodes, twoNodes } from "./support/nodes/nodes.ts";
import { until } from "./support/nodes/until.ts";
import { moveTo, showTo } from "./support/shares.ts";
import { connect, type TestSocket } from "./support/socket.ts";
import type { Json, Person } from "./support/world.ts";

/** Ada acts through node A; Bob, and what he sees, is at node B. */
async function pair() {
  const broker = new Broker();
  const nodes = await twoNodes(broker);
  const { ada } = await nodes.a.world.people("ada");
  const { bob } = await nodes.b.world.people("bob");
  const { id: event } = await createMeeting(nodes.a.world, ada, { accepted: [bob] });
  const b = await connect(nodes.b.world.url, bob);
  await until(() => broker.subscribers(`event:${event}`) > 0);
  await nodes.settled();
  return { broker, nodes, ada, bob, event, b };
}

type Pair = Awaited<ReturnType<typeof pair>>;

/** The same person as they are served by the other node. */
function through(node: Nodes["a"], person: Person): Person {
  const call: Person["call"] = (method, path, body, headers) =>
    node.world.call(method, path, body, { authorization: `Bearer ${person.token}`, ...headers });
  return { ...person, call };
}

async function down({ broker, nodes }: Pair): Promise<void> {
  broker.isDown = true;
  broker.cut();
  await until(() => nodes.b.bus.health() === "down" && nodes.a.bus.health() === "down");
}

async function closedWithin(given: Pair, ms: number): Promise<number> {
  let code = 0;
  void given.b.closed.then((closed) => (code = closed));
  const before = given.nodes.b.world.clock.monotonic();
  if (ms === 0) await until(() => code !== 0);
  else await given.nodes.advanceUntil(() => code !== 0);
  expect(given.nodes.b.world.clock.monotonic() - before).toBeLessThanOrEqual(ms);
  return code;
}

function shownOf(socket: TestSocket, person: Person): string[] {
  return socket
    .of("position")
    .flatMap((frame) => (frame.user === person.id && frame.latitude !== undefined ? [frame.latitude] : []));
}

async function watched(given: Pair): Promise<void> {
  given.b.send({ type: "watch", event: given.event });
  await given.b.flushed();
}

describe.each(["connected", "down"] as const)("with the bus %s", (state) => {
  const allowedMs = state === "connected" ? 0 : 15_000;

  test("signing out at one node ends connections and calls at the other", async () => {
    const given = await pair();
    await using _ = given.nodes;
    const elsewhere = through(given.nodes.a, given.bob);
    await expectOk(given.bob.call("GET", `/user/${given.bob.id}/friends`));
    if (state === "down") await down(given);
    await expectOk(elsewhere.call("PUT", `/user/${given.bob.id}/logout`));
    expect(await closedWithin(given, allowedMs)).toBe(closeCodes.unauthenticated);
    expect((await given.bob.call("GET", `/user/${given.bob.id}/friends`)).status).toBe(401);
  });

  test("whoever is removed at one node hears nothing more at the other", async () => {
    const given = await pair();
    await using _ = given.nodes;
    await using b = given.b;
    if (state === "down") await down(given);
    await expectOk(given.ada.call("DELETE", `/event/${given.event}/people/${given.bob.id}`));
    await b.flushed();
    const session = () => given.nodes.b.world.server.ctx;
    expect(session().bus.health()).toBe(state);
    const before = given.nodes.b.world.clock.monotonic();
    const isTold = () => b.entries(`user:${given.bob.id}`, "removed").length === 1;
    if (state === "connected") await until(isTold);
    else await given.nodes.advanceUntil(isTold);
    expect(given.nodes.b.world.clock.monotonic() - before).toBeLessThanOrEqual(allowedMs);
    if (state === "down") given.nodes.b.world.clock.advance(5_000);
    await given.ada.call("POST", `/chat/${given.event}/messages`, { text: "without him", client_id: "x" });
    if (state === "connected") await given.nodes.settled();
    else
      for (let i = 0; i < 20; i++) {
        given.nodes.b.world.clock.advance(1_000);
        await b.flushed();
      }
    await b.flushed();
    expect(JSON.stringify(b.frames)).not.toContain("without him");
  });

  test("who stops sharing at one node is not shown at the other", async () => {
    const given = await pair();
    await using _ = given.nodes;
    await using b = given.b;
    await share(given.ada, { id: given.event } as Json);
    await move(given.ada, plaza);
    await watched(given);
    await until(() => shownOf(b, given.ada).length > 0);
    if (state === "down") await down(given);
    await expectOk(given.ada.call("PUT", `/event/${given.event}/sharing`, { state: "off" }));
    const rows = async () =>
      (await given.bob.call("GET", `/event/${given.event}/locations`)).response as unknown[];
    if (state === "connected") await given.nodes.settled();
    const before = given.nodes.b.world.clock.monotonic();
    await until(async () => {
      if ((await rows()).length === 0) return true;
      given.nodes.b.world.clock.advance(500);
      return false;
    });
    expect(given.nodes.b.world.clock.monotonic() - before).toBeLessThanOrEqual(allowedMs);
    await move(given.ada, northOfPlaza);
    for (let i = 0; i < 10; i++) {
      given.nodes.b.world.clock.advance(1_000);
      await b.flushed();
    }
    expect(shownOf(b, given.ada)).not.toContain("49.27");
  });

  test("whoever is blocked at one node sees nothing of the blocker at the other", async () => {
    const given = await pair();
    await using _ = given.nodes;
    await using b = given.b;
    await share(given.ada, { id: given.event } as Json);
    await move(given.ada, plaza);
    await watched(given);
    await until(() => shownOf(b, given.ada).length > 0);
    if (state === "down") await down(given);
    await expectOk(given.ada.call("PUT", `/user/${given.ada.id}/blocks/${given.bob.id}`));
    if (state === "connected") await given.nodes.settled();
    else given.nodes.b.world.clock.advance(15_000);
    await move(given.ada, northOfPlaza);
    for (let i = 0; i < 5; i++) {
      given.nodes.b.world.clock.advance(1_000);
      await b.flushed();
    }
    expect(shownOf(b, given.ada)).not.toContain("49.27");
    expect((await given.bob.call("GET", `/event/${given.event}/locations`)).response).toEqual([]);
  });
});

describe("positions between nodes", () => {
  test("reach watchers at the other node, and whoever asks there", async () => {
    const given = await pair();
    await using _ = given.nodes;
    await using b = given.b;
    await share(given.ada, { id: given.event } as Json);
    await watched(given);
    await move(given.ada, plaza);
    await b.next("position", ({ user, latitude }) => user === given.ada.id && latitude === "49.26");
    await given.nodes.settled();
    given.nodes.a.world.clock.advance(2_000);
    await using a = await connect(given.nodes.a.world.url, given.ada);
    a.send({ type: "location", ...northOfPlaza });
    await a.flushed();
    await given.nodes.advanceUntil(() => shownOf(b, given.ada).includes("49.27"));
    const rows = await given.bob.call("GET", `/event/${given.event}/locations`);
    expect(rows.response).toMatchObject([{ id: given.ada.id, latitude: "49.27" }]);
  });

  test("a position that comes after the stop is not taken in, and stays out when sharing goes on", async () => {
    const given = await pair();
    await using _ = given.nodes;
    await using b = given.b;
    const { nodes, broker, ada, event } = given;
    await share(ada, { id: event } as Json);
    await watched(given);
    await expectOk(ada.call("POST", `/event/${event}/location`, plaza));
    await until(() => shownOf(b, ada).length > 0);
    const { tracks } = nodes.b.world.server.ctx;
    expect(tracks.newest(ada.id, event)).toMatchObject({ latitude: plaza.latitude });
    nodes.a.world.clock.advance(2_000);
    broker.fate = (_, text) => (text.includes('["m"') ? "hold" : "deliver");
    await expectOk(ada.call("POST", `/event/${event}/location`, northOfPlaza));
    await until(() => broker.held > 0);
    await expectOk(ada.call("PUT", `/event/${event}/sharing`, { state: "paused" }));
    await nodes.settled();
    await until(() => tracks.newest(ada.id, event) === undefined);
    broker.fate = () => "deliver";
    broker.release();
    expect(nodes.b.heard.filter(({ type }) => type === "moved_elsewhere")).toHaveLength(2);
    await nodes.settled();
    await b.flushed();
    for (let i = 0; i < 3; i++) {
      nodes.b.world.clock.advance(1_000);
      await b.flushed();
    }
    expect(tracks.newest(ada.id, event)).toBeUndefined();
    await expectOk(ada.call("PUT", `/event/${event}/sharing`, { state: "on" }));
    await nodes.settled();
    await b.flushed();
    expect(shownOf(b, ada)).toEqual(["49.26"]);
    expect((await given.bob.call("GET", `/event/${event}/locations`)).response).toEqual([]);
  });

  test("a friend's position reaches who watches it at the other node, until it is hidden", async () => {
    const given = await pair();
    await using _ = given.nodes;
    await using b = given.b;
    const { nodes, ada, bob } = given;
    await nodes.a.world.befriend(ada, bob);
    await expectOk(showTo(nodes.a.world, ada, bob));
    b.send({ type: "watch", user: ada.id });
    await b.flushed();
    await until(() => given.broker.subscribers(`moves:${ada.id}`) === 1);
    await moveTo(ada, plaza);
    await nodes.advanceUntil(() => b.of("friend_position").length > 0);
    await expectOk(ada.call("DELETE", `/user/${ada.id}/shares/${bob.id}`));
    await nodes.settled();
    await moveTo(ada, northOfPlaza);
    await nodes.settled();
    nodes.a.world.clock.advance(3_000);
    await b.flushed();
    expect(b.of("friend_position").map(({ latitude }) => latitude)).toEqual(["49.26"]);
  });

  test("one's own newest position is the same at both nodes", async () => {
    const given = await pair();
    await using _ = given.nodes;
    await using __ = given.b;
    await moveTo(given.ada, plaza);
    const other = through(given.nodes.b, given.ada);
    await moveTo(other, northOfPlaza);
    given.nodes.a.world.clock.advance(1_000);
    await moveTo(given.ada, { latitude: 49.3, longitude: -123 });
    const found = await other.call("GET", `/user/${given.ada.id}/location`);
    expect(found.response).toMatchObject({ latitude: "49.3" });
  });
});
