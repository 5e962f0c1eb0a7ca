import { describe, expect, test } from "bun:test";
import { realtimeLimits, type ServerFrame } from "@jarvis/contract";
import { numbersOf, upTo } from "./support/frames.ts";
import { openCounts } from "./support/hearing.ts";
import { party, send } from "./support/party.ts";
import { connect } from "./support/socket.ts";
import type { Answer, Person, World } from "./support/world.ts";

function poll(person: Person, cursor: string, wait = 25): Promise<Answer> {
  return person.call("GET", `/realtime/poll?resume=${cursor}&wait=${wait}`);
}

async function firstCursor(person: Person): Promise<string> {
  return (await person.call("GET", "/realtime/poll")).response.cursor;
}

/** Resolves once the server has so many polls waiting. */
async function waiting(world: World, count = 1): Promise<void> {
  while ((await openCounts(world)).poll !== count);
}

function framesOf(answer: Answer): ServerFrame[] {
  return answer.response.frames;
}

describe("a poll", () => {
  test("begins with the welcome and a cursor, at once", async () => {
    const { world, bob, chat } = await party();
    await using _ = world;
    const answer = await bob.call("GET", "/realtime/poll?wait=60");
    const [welcome] = framesOf(answer);
    expect(framesOf(answer).length).toBe(1);
    expect(welcome).toMatchObject({ type: "welcome", streams: { [`event:${chat}`]: 0 } });
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  test("answers at once where there is something, and else with what comes next", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    const cursor = await firstCursor(bob);
    await send(ann, chat, "one");
    const ready = await poll(bob, cursor, 60);
    expect(numbersOf(framesOf(ready), `event:${chat}`)).toEqual([1]);
    const next = poll(bob, ready.response.cursor, 60);
    await waiting(world);
    await send(ann, chat, "two");
    expect(numbersOf(framesOf(await next), `event:${chat}`)).toEqual([2]);
    await using socket = await connect(world.url, ann);
    const typing = poll(bob, (await next).response.cursor);
    await waiting(world);
    socket.send({ type: "typing", chat });
    const heard = framesOf(await typing).filter(({ type }) => type !== "online");
    expect(heard).toEqual([{ type: "typing", chat, user: ann.id }] as ServerFrame[]);
  });

  test("answers with none when its time is over, or at once with `wait=0`; the cursor stays good", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    const cursor = await firstCursor(bob);
    const long = poll(bob, cursor, 20);
    await waiting(world);
    world.clock.advance(19_999);
    expect((await openCounts(world)).poll).toBe(1);
    world.clock.advance(1);
    expect((await long).response.frames).toEqual([]);
    const brief = await poll(bob, (await long).response.cursor, 0);
    expect(brief.response.frames).toEqual([]);
    await send(ann, chat, "after all");
    expect(numbersOf(framesOf(await poll(bob, brief.response.cursor)), `event:${chat}`)).toEqual([1]);
  });

  test("is not ended by the caller's own markers, which come along", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    await send(ann, chat, "one");
    await bob.call("PUT", `/chat/${chat}/read`, { seq: 1 });
    const cursor = await firstCursor(bob);
    const idle = poll(bob, cursor, 25);
    await waiting(world);
    expect((await openCounts(world)).poll).toBe(1);
    await send(ann, chat, "two");
    expect(
      framesOf(await idle)
        .map(({ type }) => type)
        .toSorted(),
    ).toEqual(["entry", "read"]);
  });

  test.each([
    ["many frames", 1_203, "x", realtimeLimits.pollFrames],
    ["large ones", 150, "x".repeat(3_900), 70],
  ])(
    "gives a bounded answer where there are %s, and the rest with the next: nothing lost, nothing twice",
    async (_name, count, text, atMost) => {
      const { world, ann, bob, chat } = await party();
      await using _ = world;
      let cursor = await firstCursor(bob);
      await using writer = await connect(world.url, ann);
      for (let sent = 1; sent <= count; sent++)
        writer.send({ type: "send", chat, client_id: `c${sent}`, text });
      await writer.message(chat, count);
      const heard: number[] = [];
      const sizes: number[] = [];
      while (heard.length < count) {
        const answer = await poll(bob, cursor, 0);
        heard.push(...numbersOf(framesOf(answer), `event:${chat}`));
        sizes.push(answer.response.frames.length);
        expect(JSON.stringify(answer.body).length).toBeLessThan(realtimeLimits.queueBytes + 20_000);
        ({ cursor } = answer.response);
      }
      expect(heard).toEqual(upTo(1, count));
      expect(Math.max(...sizes)).toBeLessThanOrEqual(atMost);
      expect(sizes.length).toBeGreaterThanOrEqual(3);
    },
    20_000,
  );

  test("misses nothing between two, however fast others write", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    let cursor = await firstCursor(bob);
    await using writer = await connect(world.url, ann);
    const heard: number[] = [];
    let polls = 0;
    for (let sent = 0; heard.length < 600; ) {
      for (let i = 0; i < 7 && sent < 600; i++)
        writer.send({ type: "send", chat, client_id: `c${++sent}`, text: "x" });
      const answer = await poll(bob, cursor);
      heard.push(...numbersOf(framesOf(answer), `event:${chat}`));
      ({ cursor } = answer.response);
      polls++;
    }
    expect(heard).toEqual(upTo(1, 600));
    expect(polls).toBeGreaterThan(20);
  }, 20_000);

  test("case 36: ends with 401 when its person signs out while it waits, with nothing of what comes after", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    const answer = poll(bob, await firstCursor(bob));
    await waiting(world);
    await bob.call("PUT", `/user/${bob.id}/logout`);
    await send(ann, chat, "secret");
    expect((await answer).status).toBe(401);
    expect(JSON.stringify((await answer).body)).not.toContain("secret");
    expect((await openCounts(world)).poll).toBe(0);
  });

  test("is answered at once when the server drains, and its cursor goes on with the next", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    const cursor = await firstCursor(bob);
    const answer = poll(bob, cursor, 60);
    await waiting(world);
    await world.restart();
    expect((await answer).response.frames).toEqual([]);
    await send(ann, chat, "on the next");
    const next = await poll(bob, (await answer).response.cursor);
    expect(numbersOf(framesOf(next), `event:${chat}`)).toEqual([1]);
  });

  test("leaves nothing behind, when it is answered and when its client has gone", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    const cursor = await firstCursor(bob);
    const idle = world.clock.pending;
    for (let round = 0; round < 20; round++) {
      const abort = new AbortController();
      const asked = Array.from({ length: 5 }, () =>
        fetch(`${world.url}/realtime/poll?resume=${cursor}`, {
          headers: { authorization: `Bearer ${bob.token}` },
          signal: abort.signal,
        }).catch((error: unknown) => error),
      );
      await waiting(world, 5);
      abort.abort();
      await Promise.all(asked);
      await waiting(world, 0);
    }
    expect(world.clock.pending).toBe(idle);
    const ten = Array.from({ length: 10 }, () => poll(bob, cursor));
    await waiting(world, 10);
    expect((await poll(bob, cursor)).status).toBe(429);
    await send(ann, chat, "to ten");
    for (const answer of await Promise.all(ten))
      expect(numbersOf(framesOf(answer), `event:${chat}`)).toEqual([1]);
    expect(world.clock.pending).toBe(idle);
    expect(world.logged.filter(({ level }) => level === "error")).toEqual([]);
  }, 20_000);

  test("holds no place for a client that went before it began to wait", async () => {
    const { world, bob } = await party();
    await using _ = world;
    const cursor = await firstCursor(bob);
    const idle = world.clock.pending;
    const peer = { requestIP: () => ({ address: "127.0.0.1" }), timeout: () => undefined };
    const request = new Request(`${world.url}/realtime/poll?resume=${cursor}&wait=60`, {
      headers: { authorization: `Bearer ${bob.token}` },
      signal: AbortSignal.abort(),
    });
    // The clock does not move: were it waiting, this would never be answered.
    expect((await world.server.app.fetch(request, peer)).status).toBe(200);
    expect((await openCounts(world)).poll).toBe(0);
    expect(world.clock.pending).toBe(idle);
  });
});
