import { describe, expect, test } from "bun:test";
import { createSignInWorld } from "./support/identities.ts";
import { connect, epochOf } from "./support/socket.ts";
import { createWorld, type Json, type Person, type World } from "./support/world.ts";

function seconds(world: World): number {
  return Math.floor(world.clock.now() / 1_000);
}

async function newEvent(owner: Person, ...guests: Person[]): Promise<string> {
  const event = { name: "Dinner", duration: 3600, people: guests.map(({ id }) => id) };
  return (await owner.call("POST", "/event", event)).response.id;
}

describe("a connection ends", () => {
  test("with 1012 when the server stops, and a resume on the next start misses nothing", async () => {
    await using world = await createWorld();
    const { ann, bob } = await world.people("ann", "bob");
    const chat = await newEvent(ann, bob);
    const reader = await connect(world.url, bob);
    const writer = await connect(world.url, ann);
    for (let i = 0; i < 200; i++) writer.send({ type: "send", chat, client_id: `m${i}`, text: `m${i}` });
    await reader.message(chat, 20);
    await world.restart();
    expect([await reader.closed, await writer.closed]).toEqual([1012, 1012]);
    const heard = reader.entries(`event:${chat}`);
    await using again = await connect(world.url, ann);
    for (let i = 0; i < 200; i++) again.send({ type: "send", chat, client_id: `m${i}`, text: `m${i}` });
    await again.next("ack", ({ client_id }) => client_id === "m199");
    await using late = await connect(world.url, bob, {
      epoch: await epochOf(reader),
      resume: { [`event:${chat}`]: heard.at(-1)?.seq ?? 0 },
    });
    if (reader.messages(chat).length < 200) await late.message(chat, 200);
    const texts = [...reader.messages(chat), ...late.messages(chat)].map((m: Json) => m.text);
    expect(texts).toEqual(Array.from({ length: 200 }, (_, i) => `m${i}`));
    for (const { client_id, seq } of writer.of("ack")) expect(texts[seq - 1]).toBe(client_id);
  });

  test("with 4401 when 90 days are over", async () => {
    await using world = await createWorld();
    const bob = await world.person("bob");
    await using socket = await connect(world.url, bob);
    world.clock.advance(89 * 86_400_000);
    await socket.flushed();
    world.clock.advance(86_400_000 - 1);
    await socket.flushed();
    world.clock.advance(1);
    expect(await socket.closed).toBe(4401);
  });

  test("with 4401 when the ID token that it presented expires, or is signed out", async () => {
    await using world = await createSignInWorld();
    const claims = world.claims({ sub: "ann", email: "ann@example.org" });
    const { response } = await world.signUpWithToken(claims);
    const early = await world.issuer.sign(world.claims({ ...claims, exp: seconds(world) + 600 }));
    const late = await world.issuer.sign(world.claims({ ...claims, exp: seconds(world) + 3_000 }));
    const first = await connect(world.url, { token: early });
    const second = await connect(world.url, { token: late });
    await using third = await connect(world.url, { token: response.token });
    world.clock.advance(599_000);
    await first.flushed();
    world.clock.advance(1_000 + 60_000); // and the skew that clocks are granted
    expect(await first.closed).toBe(4401);
    await second.flushed();
    expect((await world.as(late, "PUT", `/user/${response.id}/logout`)).status).toBe(200);
    expect(await second.closed).toBe(4401);
    await third.flushed();
  });

  test("and leaves nothing behind: streams, people, watches", async () => {
    await using world = await createWorld();
    const { ann, bob } = await world.people("ann", "bob");
    const chat = await newEvent(ann, bob);
    for (let round = 0; round < 30; round++) {
      const sockets = await Promise.all([ann, bob, bob].map((person) => connect(world.url, person)));
      for (const socket of sockets) socket.send({ type: "watch", event: chat, ref: round });
      if (round % 2 === 0) await Promise.all(sockets.map((socket) => socket.flushed()));
      for (const socket of sockets) await (round % 3 === 0 ? socket.drop() : socket[Symbol.asyncDispose]());
    }
    const { body } = await world.call("GET", "/metrics");
    const metric = (name: string) =>
      Number(new RegExp(`^${name} (\\d+)$`, "m").exec(String(body["text"]))?.[1]);
    expect(metric("jarvis_websocket_connections")).toBe(0);
    const sockets = await Promise.all(Array.from({ length: 10 }, () => connect(world.url, bob)));
    for (const socket of sockets) await socket[Symbol.asyncDispose]();
  });
});
