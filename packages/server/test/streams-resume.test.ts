// Runs alone: how soon a resume comes is measured.
import { describe, expect, test } from "bun:test";
import { type EventId, eventStream, realtimeLimits } from "@jarvis/contract";
import { numbersOf, upTo } from "./support/frames.ts";
import { hear, type Place, placeOf, ways } from "./support/hearing.ts";
import { newEvent, party, send } from "./support/party.ts";
import type { Person, World } from "./support/world.ts";

async function sendMany(person: Person, chat: string, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += 50) {
    const batch = Array.from({ length: Math.min(50, count - sent) }, (_, index) =>
      send(person, chat, `m${sent + index}`),
    );
    for (const { status } of await Promise.all(batch)) expect(status).toBe(201);
  }
}

/** As a backup would have it that was made before the second message. */
async function forget(world: World, chat: string): Promise<void> {
  const event = chat as EventId; // a server made it
  const stream = eventStream(event);
  await world.server.ctx.db.write(async ({ sql }) => {
    await sql.updateTable("stream").set({ last_seq: 1, last_message: 1 }).where("id", "=", stream).execute();
    await sql.deleteFrom("entry").where("stream", "=", stream).where("seq", ">", 1).execute();
    await sql.deleteFrom("message").where("event_id", "=", event).where("seq", ">", 1).execute();
  });
}

describe.each(ways)("a resume over %s", (way) => {
  test("case 5: gives the 500 entries after k, once, in order, within a second, and goes on live", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    await sendMany(ann, chat, 3);
    const place = await placeOf(bob);
    await sendMany(ann, chat, 500);
    const began = performance.now();
    await using hearing = await hear(world, bob, way, place);
    await hearing.log.next("entry", ({ seq }) => seq === 503);
    expect(performance.now() - began).toBeLessThan(1_000);
    await send(ann, chat, "live");
    await hearing.log.next("entry", ({ seq }) => seq === 504);
    expect(numbersOf(hearing.log.frames, `event:${chat}`)).toEqual(upTo(4, 504));
  });

  test("case 6: says so where the history is another: every stream is reset, and nothing is replayed", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    await send(ann, chat, "one");
    const place = await placeOf(bob);
    await send(ann, chat, "two");
    await world.server.ctx.db.write(async (tx) => {
      await tx.sql.updateTable("meta").set({ value: "another" }).where("key", "=", "epoch").execute();
    });
    await world.restart();
    await using hearing = await hear(world, bob, way, place);
    const reset = await hearing.log.next("reset", ({ stream }) => stream === `event:${chat}`);
    expect(reset.last_seq).toBe(2);
    await hearing.log.next("reset", ({ stream }) => stream === `user:${bob.id}`);
    const { response } = await bob.call("GET", `/chat/${chat}/messages?after=0`);
    expect(response.map(({ text }: { text: string }) => text)).toEqual(["one", "two"]);
    await send(ann, chat, "three");
    await hearing.log.next("entry", ({ seq }) => seq === 3);
    expect(numbersOf(hearing.log.frames, `event:${chat}`)).toEqual([3]);
  });

  test("case 7: a place beyond the head is reset; another person's, and of events of others, tells nothing", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    const { eve } = await world.people("eve");
    for (const text of ["one", "two"]) await send(ann, chat, text);
    const ahead = await placeOf(bob);
    await forget(world, chat);
    await world.restart();
    await using hearing = await hear(world, bob, way, ahead);
    expect((await hearing.log.next("reset")).last_seq).toBe(1);
    await using outsider = await hear(
      world,
      eve,
      way,
      way === "websocket" ? { ...ahead, resume: { [`event:${chat}`]: 0 } } : ahead,
    );
    await send(ann, chat, "secret");
    await hearing.log.next("entry", ({ seq }) => seq === 2);
    await eve.call("PATCH", `/user/${eve.id}`, { locale: "de" });
    await outsider.log.next("entry", ({ kind }) => kind === "profile");
    expect(JSON.stringify(outsider.log.frames)).not.toContain(chat);
  });

  test("brings the caller's own read markers along, as they are now", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    const other = await newEvent(ann, bob);
    for (const text of ["one", "two"]) await send(ann, chat, text);
    await send(ann, other, "unread");
    const place = await placeOf(bob);
    await bob.call("PUT", `/chat/${chat}/read`, { seq: 2 });
    await ann.call("PUT", `/chat/${chat}/read`, { seq: 1 });
    await using hearing = await hear(world, bob, way, place);
    await send(ann, chat, "three");
    await hearing.log.next("entry");
    const read = await hearing.log.next("read");
    expect(read).toEqual({ type: "read", chat, user: bob.id, seq: 2 });
    expect(hearing.log.of("read").filter(({ chat: of }) => of === other)).toEqual([]);
  });
});

describe("a cursor", () => {
  test("that cannot be read answers 400, over both", async () => {
    const { world, bob } = await party();
    await using _ = world;
    for (const path of ["sse", "poll"]) {
      for (const bad of ["NaN", "-1", "9007199254740992", "AQ", "%00", "AAAA"]) {
        const answer = await bob.call("GET", `/realtime/${path}?resume=${bad}`);
        expect([path, bad, answer.status, answer.body["code"]]).toEqual([path, bad, 400, "invalid_input"]);
      }
    }
    const { cursor } = await placeOf(bob);
    const wrong = await bob.call("GET", `/realtime/sse?resume=${cursor}`, undefined, {
      "last-event-id": "%%",
    });
    expect(wrong.status).toBe(400);
  });

  test("of somebody with more streams than it has room for resets those that it leaves out, and no others", async () => {
    const { world, ann, bob } = await party();
    await using _ = world;
    const chats: string[] = [];
    while (chats.length < realtimeLimits.cursorStreams + 20)
      chats.push(...(await Promise.all(Array.from({ length: 20 }, () => newEvent(ann, bob)))));
    const first = await placeOf(bob);
    const newest = chats.at(-1) ?? "";
    await send(ann, newest, "hello");
    await using hearing = await hear(world, bob, "poll", first);
    await hearing.log.next("entry", ({ stream }) => stream === `event:${newest}`);
    const { frames } = hearing.log;
    const resets = new Set(hearing.log.of("reset").map(({ stream }) => stream));
    expect(resets.size).toBe(chats.length + 2 - realtimeLimits.cursorStreams);
    expect(numbersOf(frames, `event:${newest}`)).toEqual([1]);
    expect(resets.has(`event:${newest}`)).toBe(false);
  }, 20_000);

  test("made over one kind of connection goes on over the other", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    const place: Place = await placeOf(bob);
    let { cursor } = place;
    const heard: number[] = [];
    for (let round = 1; round <= 6; round++) {
      await send(ann, chat, `m${round}`);
      const hearing = await hear(world, bob, round % 2 === 0 ? "sse" : "poll", { ...place, cursor });
      await hearing.log.next("entry", ({ seq }) => seq === round);
      await hearing.drop();
      heard.push(...numbersOf(hearing.log.frames, `event:${chat}`));
      cursor = hearing.cursor();
    }
    expect(heard).toEqual(upTo(1, 6));
  });
});
