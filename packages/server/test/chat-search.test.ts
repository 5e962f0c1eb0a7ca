import { readFileSync } from "node:fs";
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { expectOk, nextCursor } from "./support/events.ts";
import { newEvent, party, send } from "./support/party.ts";
import { quickest } from "./support/quickest.ts";
import { createWorld, type Json, type Person } from "./support/world.ts";
import { aboutFiles } from "./support/store-address.ts";

async function found(person: Person, chat: string, q: string, more = ""): Promise<number[]> {
  const answer = await person.call("GET", `/chat/${chat}/search?q=${encodeURIComponent(q)}${more}`);
  return expectOk(answer).map((message: Json) => message.seq);
}

describe("searching a chat", () => {
  test("finds messages with every word, newest first, whatever the case, the accents and the order", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    const texts = [
      "Meet at the Café Central",
      "which café?",
      "CENTRAL, the cafe by the river",
      "no",
      "Straße 9",
    ];
    for (const text of texts) await send(ann, chat, text);
    expect(await found(bob, chat, "cafe central")).toEqual([3, 1]);
    expect(await found(bob, chat, "CENTRAL Café")).toEqual([3, 1]);
    expect(await found(bob, chat, "riv")).toEqual([3]);
    expect(await found(bob, chat, "r")).toEqual([]);
    expect(await found(bob, chat, "riv central")).toEqual([]);
    expect(await found(bob, chat, "9")).toEqual([5]);
    expect(await found(bob, chat, "nowhere")).toEqual([]);
  });

  test("is asked nothing but words: operators, quotes and punctuation are none", async () => {
    const { world, ann, chat } = await party();
    await using _ = world;
    await send(ann, chat, `say "hello" OR not* -- text:near (a NEAR b)`);
    await send(ann, chat, "hello");
    const asked: [q: string, seqs: number[]][] = [
      [`"hello"`, [2, 1]],
      ["text:near", [1]],
      ["(a", [1]],
      ["NEAR(a b)", [1]],
      [`"`, []],
      [`say AND hello"`, []],
      ["hello*", [2, 1]],
    ];
    for (const [q, seqs] of asked) expect([q, await found(ann, chat, q)]).toEqual([q, seqs]);
    expect(await found(ann, chat, "hello OR")).toEqual([1]);
    expect(await found(ann, chat, "*** !!! 👍")).toEqual([]);
    expect(await found(ann, chat, "hello !!!")).toEqual([2, 1]);
  });

  test("follows edits and deletions, also of what was indexed before", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    for (const text of ["the red door", "the blue door", "the green door"]) await send(ann, chat, text);
    expect(await found(bob, chat, "door")).toEqual([3, 2, 1]);
    await ann.call("PATCH", `/chat/${chat}/messages/1`, { text: "the yellow gate" });
    await ann.call("DELETE", `/chat/${chat}/messages/2`);
    expect(await found(bob, chat, "door")).toEqual([3]);
    expect(await found(bob, chat, "yellow")).toEqual([1]);
    expect(await found(bob, chat, "blue")).toEqual([]);
    await ann.call("PATCH", `/chat/${chat}/messages/3`, { text: "the red door" });
    expect(await found(bob, chat, "red door")).toEqual([3]);
  });

  test("gives pages without a hole, and cursors of one chat and question only", async () => {
    const { world, ann, chat } = await party();
    await using _ = world;
    for (let i = 1; i <= 450; i++) await send(ann, chat, i % 3 === 0 ? `fizz ${i}` : `plain ${i}`);
    const seen: number[] = [];
    let cursor = "";
    do {
      const answer = await ann.call("GET", `/chat/${chat}/search?q=fizz&limit=40${cursor}`);
      seen.push(...expectOk(answer).map((message: Json) => message.seq));
      const next = nextCursor(answer);
      cursor = next === undefined ? "" : `&cursor=${next}`;
      if (next !== undefined) {
        const other = await ann.call("GET", `/chat/${chat}/search?q=plain&limit=40&cursor=${next}`);
        expect(other.status).toBe(400);
      }
    } while (cursor !== "");
    expect(seen).toEqual(Array.from({ length: 150 }, (_, i) => 450 - 3 * i));
  });

  test("shows nothing to whoever is out", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    await bob.call("PUT", `/event/${chat}/rsvp`, { status: "accepted" });
    await send(ann, chat, "secret one");
    await ann.call("DELETE", `/event/${chat}/people/${bob.id}`);
    for (let i = 0; i < 60; i++) await send(ann, chat, "secret while away");
    expect((await bob.call("GET", `/chat/${chat}/search?q=secret`)).status).toBe(404);
  });

  test("passes over an absence, page by page", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    await send(ann, chat, "secret one");
    await ann.call("DELETE", `/event/${chat}/people/${bob.id}`);
    for (let i = 0; i < 60; i++) await send(ann, chat, "secret while away");
    expectOk(await ann.call("POST", `/event/${chat}/people`, { people: [bob.id] }));
    await send(ann, chat, "secret two");
    expect(await found(bob, chat, "secret", "&limit=5")).toEqual([62, 1]);
    expect(await found(ann, chat, "secret", "&limit=5")).toEqual([62, 61, 60, 59, 58]);
  });

  test("passes over a long absence at once", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    await send(ann, chat, "secret");
    await ann.call("DELETE", `/event/${chat}/people/${bob.id}`);
    for (let i = 0; i < 40; i++)
      await Promise.all(Array.from({ length: 100 }, (__, j) => send(ann, chat, `secret a${i} b${j}`)));
    expectOk(await ann.call("POST", `/event/${chat}/people`, { people: [bob.id] }));
    const search = (person: Person) => quickest(() => found(person, chat, "se", "&limit=1"));
    // Page by page it would be a query for every two messages: thousands of times as long, and all others would wait.
    const others = await search(ann);
    const own = await search(bob);
    expect([others.result, own.result]).toEqual([[4001], [1]]);
    expect(own.ms).toBeLessThan(20 * others.ms + 50);
  });

  test("keeps to its own chat", async () => {
    const world = await createWorld();
    await using _ = world;
    const { ann, bob, cat } = await world.people("ann", "bob", "cat");
    const [one, two] = [await newEvent(ann, bob), await newEvent(cat, bob)];
    await send(ann, one, "treasure here");
    await send(cat, two, "treasure there");
    expect(await found(ann, one, "treasure")).toEqual([1]);
    expect((await bob.call("GET", `/chat/${two}/search?q=treasure`)).response[0].text).toBe("treasure there");
    expect(await found(bob, one, "treasure", "&limit=1")).toEqual([1]);
    expect((await ann.call("GET", `/chat/${two}/search?q=treasure`)).status).toBe(404);
  });

  test.skipIf(aboutFiles)("leaves no word of a deleted message in the files", async () => {
    const { world, ann, chat } = await party();
    await using _ = world;
    await send(ann, chat, "xylophone concert");
    await send(ann, chat, "another text");
    expect(await found(ann, chat, "xylophone")).toEqual([1]);
    await ann.call("DELETE", `/chat/${chat}/messages/1`);
    expect(await world.server.ctx.db.checkpoint()).toBe(true);
    const files = ["jarvis.db", "jarvis.db-wal"].map((name) => `${world.directory}/${name}`);
    expect(files.some((path) => readFileSync(path).includes("another"))).toBe(true);
    for (const path of files) expect(readFileSync(path).includes("xyloph")).toBe(false);
  });

  test.skipIf(aboutFiles)("forgets a chat that is gone", async () => {
    const world = await createWorld();
    await using _ = world;
    const ann = await world.person("ann");
    const chat = await newEvent(ann);
    await send(ann, chat, "xylophone");
    expect(await found(ann, chat, "xylophone")).toEqual([1]);
    expectOk(await ann.call("DELETE", `/user/${ann.id}`));
    expect(await world.server.ctx.db.checkpoint()).toBe(true);
    expect(readFileSync(`${world.directory}/jarvis.db`).includes("xyloph")).toBe(false);
    const left = await world.server.ctx.db.read.selectFrom("chat_index").selectAll().execute();
    expect(left).toEqual([]);
  });

  test("agrees with reading everything, whatever was sent, edited, deleted and asked in between", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    const words = ["red", "blue", "Grün", "door", "gate", "42"] as const;
    const text = fc
      .array(fc.constantFrom(...words), { minLength: 1, maxLength: 4 })
      .map((all) => all.join(" "));
    const step = fc.oneof(
      fc.record({ op: fc.constant("send" as const), text }),
      fc.record({ op: fc.constant("edit" as const), at: fc.nat(30), text }),
      fc.record({ op: fc.constant("delete" as const), at: fc.nat(30) }),
      fc.record({ op: fc.constant("ask" as const), word: fc.constantFrom(...words) }),
    );
    const truth = new Map<number, string>();
    let newest = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        for (const action of steps) {
          if (action.op === "send") {
            truth.set(++newest, action.text);
            await send(ann, chat, action.text);
          } else if (action.op === "ask") {
            const folded = (value: string) => value.toLowerCase().replaceAll("ü", "u");
            const wanted = [...truth]
              .filter(([, said]) => folded(said).split(" ").includes(folded(action.word)))
              .map(([seq]) => seq)
              .toReversed();
            expect(await found(bob, chat, action.word, "&limit=200")).toEqual(wanted.slice(0, 200));
          } else {
            const seq = newest - action.at;
            if (!truth.has(seq)) continue;
            if (action.op === "edit") {
              await ann.call("PATCH", `/chat/${chat}/messages/${seq}`, { text: action.text });
              truth.set(seq, action.text);
            } else {
              await ann.call("DELETE", `/chat/${chat}/messages/${seq}`);
              truth.delete(seq);
            }
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});
