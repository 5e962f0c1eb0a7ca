import { describe, expect, test } from "bun:test";
import { createWorld, type Json, type Person, type World } from "./support/world.ts";

async function chatOfTwo(): Promise<{ world: World; ann: Person; bob: Person; chat: string }> {
  const world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  const event = { name: "Dinner", duration: 3600, people: [bob.id] };
  return { world, ann, bob, chat: (await ann.call("POST", "/event", event)).response.id };
}

let count = 0;
function send(person: Person, chat: string, text: string) {
  return person.call("POST", `/chat/${chat}/messages`, { text, client_id: `c${count++}` });
}

/** Starts a long poll, and resolves once the server waits in it. */
async function poll(world: World, person: Person, chat: string, after: number, seconds = 25) {
  const { bus } = world.server.ctx;
  const listening = Promise.withResolvers<void>();
  const subscribe = bus.subscribe.bind(bus);
  bus.subscribe = (listener) => {
    listening.resolve();
    return subscribe(listener);
  };
  const answer = person.call("GET", `/chat/${chat}/messages?after=${after}&wait=${seconds}`);
  await listening.promise;
  bus.subscribe = subscribe;
  return { answer };
}

describe("a long poll", () => {
  test("answers at once where there is something, and otherwise with the next message", async () => {
    const { world, ann, bob, chat } = await chatOfTwo();
    await using _ = world;
    await send(ann, chat, "one");
    const { answer: ready } = await poll(world, bob, chat, 0);
    expect((await ready).response.map((m: Json) => m.text)).toEqual(["one"]);
    const { answer } = await poll(world, bob, chat, 1);
    await send(ann, chat, "two");
    expect((await answer).response.map((m: Json) => [m.seq, m.text])).toEqual([[2, "two"]]);
  });

  test("ends empty when the time is over", async () => {
    const { world, bob, chat } = await chatOfTwo();
    await using _ = world;
    const { answer } = await poll(world, bob, chat, 0, 20);
    world.clock.advance(20_000);
    expect(await answer).toMatchObject({ status: 200, response: [] });
  });

  test("ends empty when the server drains", async () => {
    const { world, bob, chat } = await chatOfTwo();
    await using _ = world;
    const { answer } = await poll(world, bob, chat, 0);
    const stopped = world.stop();
    expect(await answer).toMatchObject({ status: 200, response: [] });
    await stopped;
  });

  test("case 36: ends with 401 at logout, and nothing said after it arrives", async () => {
    const { world, ann, bob, chat } = await chatOfTwo();
    await using _ = world;
    const { answer } = await poll(world, bob, chat, 0);
    await bob.call("PUT", `/user/${bob.id}/logout`);
    await send(ann, chat, "secret");
    expect((await answer).status).toBe(401);
  });

  test("case 45: ends with 404 when the caller is removed or declines", async () => {
    const { world, ann, bob, chat } = await chatOfTwo();
    await using _ = world;
    const { answer } = await poll(world, bob, chat, 0);
    await ann.call("DELETE", `/event/${chat}/people/${bob.id}`);
    expect((await answer).status).toBe(404);
    await ann.call("POST", `/event/${chat}/people`, { people: [bob.id] });
    const again = await poll(world, bob, chat, 0);
    await bob.call("PUT", `/event/${chat}/rsvp`, { status: "declined" });
    expect((await again.answer).status).toBe(404);
  });

  test("wakes for everybody who waits, and a person has at most 10 of them", async () => {
    const { world, ann, bob, chat } = await chatOfTwo();
    await using _ = world;
    const polls = [];
    for (let i = 0; i < 10; i++) polls.push(await poll(world, bob, chat, 0));
    const refused = await bob.call("GET", `/chat/${chat}/messages?after=0&wait=5`);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    await send(ann, chat, "to all");
    const answers = await Promise.all(polls.map(({ answer }) => answer));
    expect(answers.every(({ response }) => response.length === 1 && response[0].text === "to all")).toBe(
      true,
    );
    const { answer } = await poll(world, bob, chat, 1);
    await send(ann, chat, "again");
    expect((await answer).status).toBe(200);
  });
});
