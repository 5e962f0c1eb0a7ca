import { describe, expect, test } from "bun:test";
import { limits } from "@jarvis/contract";
import { codeOf, expectOk, newEvent } from "./support/events.ts";
import { connect } from "./support/socket.ts";
import { createWorld, type Json, type Person } from "./support/world.ts";

async function chatWith(messages: number) {
  const world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  const { id: chat } = await newEvent(world, ann, { people: [bob.id] });
  for (let i = 1; i <= messages; i++)
    await ann.call("POST", `/chat/${chat}/messages`, { text: `m${i}`, client_id: `${i}` });
  const pin = (person: Person, seq: number, method = "PUT") =>
    person.call(method, `/chat/${chat}/pins/${seq}`);
  return { world, ann, bob, chat, pin };
}

function pinEntries(socket: { entries: (stream: string, kind: string) => { data: Json }[] }, chat: string) {
  return socket.entries(`event:${chat}`, "pin").map(({ data }) => [data.op, data.seq, data.user]);
}

describe("pinning", () => {
  test("anybody in the chat pins and unpins; the newest pin is first; again changes nothing", async () => {
    const { world, ann, bob, chat, pin } = await chatWith(3);
    await using _ = world;
    await using heard = await connect(world.url, ann);
    expect(expectOk(await pin(bob, 2)).pins).toEqual([2]);
    expect(expectOk(await pin(ann, 1)).pins).toEqual([1, 2]);
    expect(expectOk(await pin(ann, 2)).pins).toEqual([1, 2]);
    const listed = expectOk(await bob.call("GET", `/chat/${chat}/pins`));
    expect(listed.map(({ seq, text, client_id }: Json) => [seq, text, client_id])).toEqual([
      [1, "m1", undefined],
      [2, "m2", undefined],
    ]);
    expect(expectOk(await ann.call("GET", `/chat/${chat}/pins`))[0].client_id).toBe("1");
    expect(expectOk(await bob.call("GET", `/chat/${chat}`)).pins).toEqual([1, 2]);
    expect(expectOk(await pin(ann, 2, "DELETE")).pins).toEqual([1]);
    expect(expectOk(await pin(ann, 2, "DELETE")).pins).toEqual([1]);
    expect(expectOk(await pin(bob, 2)).pins).toEqual([2, 1]);
    await heard.next("entry", ({ seq }) => seq === 7);
    expect(pinEntries(heard, chat)).toEqual([
      ["pinned", 2, bob.id],
      ["pinned", 1, ann.id],
      ["unpinned", 2, ann.id],
      ["pinned", 2, bob.id],
    ]);
  });

  test("a deleted message loses its pin and takes none; what does not exist is not found", async () => {
    const { world, ann, bob, chat, pin } = await chatWith(2);
    await using _ = world;
    await pin(bob, 1);
    await pin(bob, 2);
    expectOk(await ann.call("DELETE", `/chat/${chat}/messages/1`));
    expect(expectOk(await bob.call("GET", `/chat/${chat}`)).pins).toEqual([2]);
    expect(codeOf(await pin(bob, 1))).toBe("forbidden");
    expect(expectOk(await pin(bob, 1, "DELETE")).pins).toEqual([2]);
    expect([codeOf(await pin(bob, 9)), codeOf(await pin(bob, 9, "DELETE"))]).toEqual([
      "not_found",
      "not_found",
    ]);
  });

  test("of 60 pins at once 50 are put on, and one that goes makes room for one", async () => {
    const { world, ann, bob, chat, pin } = await chatWith(60);
    await using _ = world;
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) => pin(i % 2 === 0 ? ann : bob, i + 1)),
    );
    const fitted = answers.flatMap(({ status }, i) => (status === 200 ? [i + 1] : []));
    expect(fitted).toHaveLength(limits.pinsPerChat);
    const { pins } = expectOk(await ann.call("GET", `/chat/${chat}`));
    expect(pins.toSorted((a: number, b: number) => a - b)).toEqual(fitted);
    const [refused] = answers.flatMap(({ status }, i) => (status === 200 ? [] : [i + 1]));
    expect(codeOf(await pin(bob, refused ?? 0))).toBe("limit_exceeded");
    expectOk(await pin(bob, fitted[0] ?? 0, "DELETE"));
    expect(expectOk(await pin(bob, refused ?? 0)).pins[0]).toBe(refused);
  });

  test("50 pins of one message at once are one, reported once", async () => {
    const { world, ann, bob, chat, pin } = await chatWith(1);
    await using _ = world;
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => pin(i % 2 === 0 ? ann : bob, 1)));
    for (const answer of answers) expect(expectOk(answer).pins).toEqual([1]);
    const { read } = world.server.ctx.db;
    const entries = await read.selectFrom("entry").select("kind").where("kind", "=", "pin").execute();
    expect(entries).toHaveLength(1);
    expect(expectOk(await ann.call("GET", `/chat/${chat}/pins`))).toHaveLength(1);
  });
});
