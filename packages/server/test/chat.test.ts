import { describe, expect, test } from "bun:test";
import { sha256 } from "../src/lib/ids.ts";
import { type Answer, createWorld, type Json, type Person, type World } from "./support/world.ts";

async function newEvent(owner: Person, ...guests: Person[]): Promise<string> {
  const answer = await owner.call("POST", "/event", {
    name: "Dinner",
    duration: 3600,
    people: guests.map(({ id }) => id),
  });
  expect(answer.status).toBe(201);
  return answer.response.id;
}

let count = 0;
function send(person: Person, chat: string, text: string, more: object = {}) {
  return person.call("POST", `/chat/${chat}/messages`, { text, client_id: `c${count++}`, ...more });
}

function nextOf({ body }: Answer): string | undefined {
  const next = body["next_cursor"];
  return typeof next === "string" ? next : undefined;
}

async function chatOfTwo(): Promise<{ world: World; ann: Person; bob: Person; chat: string }> {
  const world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  return { world, ann, bob, chat: await newEvent(ann, bob) };
}

describe("sending", () => {
  test("numbers messages from 1 and answers what everybody reads", async () => {
    const { world, ann, bob, chat } = await chatOfTwo();
    await using _ = world;
    const first = await ann.call("POST", `/chat/${chat}/messages`, { text: "hi", client_id: "x" });
    expect(first.status).toBe(201);
    expect(first.response).toMatchObject({
      seq: 1,
      chat,
      text: "hi",
      client_id: "x",
      author: { id: ann.id, username: "ann" },
    });
    expect((await send(bob, chat, "hello", { reply_to: 1 })).response).toMatchObject({ seq: 2, reply_to: 1 });
    const read = await bob.call("GET", `/chat/${chat}/messages`);
    expect(read.response.map((m: Json) => [m.seq, m.text])).toEqual([
      [1, "hi"],
      [2, "hello"],
    ]);
    expect(read.response[0].client_id).toBeUndefined();
    expect(read.response[1].client_id).toBeString();
  });

  test("case 4: a client_id is recognised per author and chat, with its content, late and after a restart", async () => {
    const { world, ann, bob, chat } = await chatOfTwo();
    await using _ = world;
    const body = { text: "once", client_id: "same" };
    const path = `/chat/${chat}/messages`;
    const first = await ann.call("POST", path, body);
    expect((await ann.call("POST", path, body)).status).toBe(200);
    const other = await ann.call("POST", path, { ...body, text: "twice" });
    expect([other.status, other.body["code"]]).toEqual([409, "client_id_reused"]);
    expect((await ann.call("POST", path, { ...body, reply_to: 1 })).body["code"]).toBe("client_id_reused");
    const bobs = await bob.call("POST", path, { text: "mine", client_id: "same" });
    expect(bobs.response).toMatchObject({ seq: 2, text: "mine" });
    const elsewhere = await newEvent(ann, bob);
    const third = await ann.call("POST", `/chat/${elsewhere}/messages`, {
      text: "other chat",
      client_id: "same",
    });
    expect(third.response).toMatchObject({ seq: 1, text: "other chat" });
    world.clock.advance((23 * 60 + 59) * 60_000);
    await world.restart();
    const late = await ann.call("POST", path, body);
    expect(late.status).toBe(200);
    expect(late.response).toEqual(first.response);
    expect((await ann.call("GET", path)).response.map((m: Json) => m.text)).toEqual(["once", "mine"]);
  });

  test("case 47: takes author, number and time from nobody but the server", async () => {
    const { world, ann, bob, chat } = await chatOfTwo();
    await using _ = world;
    const forged = {
      sender: bob.id,
      author: { id: bob.id },
      seq: 99,
      id: "mine",
      sent_ms: 1,
      chat: "else",
      eventId: "else",
    };
    const { response } = await send(ann, chat, "hi", forged);
    expect(response).toMatchObject({ seq: 1, chat, author: { id: ann.id }, sent_ms: world.clock.now() });
    expect(response.id).not.toBe("mine");
  });

  test("refuses what is no message of this chat", async () => {
    const { world, ann, bob, chat } = await chatOfTwo();
    await using _ = world;
    const other = await newEvent(bob);
    await send(bob, other, "elsewhere");
    const answers = [
      await send(ann, chat, "hi", { reply_to: 1 }),
      await send(ann, chat, "   "),
      await send(ann, chat, "a\u0000b"),
      await send(ann, chat, "x".repeat(4_001)),
      await send(ann, chat, "hi", { photos: ["p"] }),
      await send(ann, other, "hi"),
      await send(ann, "no-such-chat", "hi"),
    ];
    expect(answers.map(({ body }) => body["code"])).toEqual([
      "invalid_input",
      "invalid_input",
      "invalid_input",
      "limit_exceeded",
      "invalid_input",
      "not_found",
      "not_found",
    ]);
    expect((await send(ann, chat, "🙂".repeat(4_000))).status).toBe(201);
  });
});

describe("editing and deleting", () => {
  test("the author edits; author, owner and host delete; others may do neither", async () => {
    const { world, ann, bob, chat } = await chatOfTwo();
    await using _ = world;
    const cem = await world.person("cem");
    await ann.call("POST", `/event/${chat}/people`, { people: [cem.id] });
    await send(bob, chat, "bob's");
    const path = `/chat/${chat}/messages/1`;
    expect((await ann.call("PATCH", path, { text: "not mine" })).status).toBe(403);
    expect((await cem.call("DELETE", path)).status).toBe(403);
    expect((await bob.call("PATCH", path, { text: "better" })).response).toMatchObject({
      text: "better",
      edited_ms: world.clock.now(),
    });
    expect((await ann.call("DELETE", path)).response).toMatchObject({ text: "", deleted: true, seq: 1 });
    expect((await bob.call("PATCH", path, { text: "back" })).status).toBe(403);
    expect((await bob.call("DELETE", path)).status).toBe(200);
    expect((await ann.call("DELETE", `/chat/${chat}/messages/9`)).status).toBe(404);
    const stranger = await world.person("stranger");
    expect((await stranger.call("DELETE", path)).status).toBe(404);
  });

  test("a deleted text is gone from every table and reply, and a repeat of its send does not bring it back", async () => {
    const { world, ann, bob, chat } = await chatOfTwo();
    await using _ = world;
    const body = { text: "a secret canary", client_id: "k" };
    await ann.call("POST", `/chat/${chat}/messages`, body);
    await ann.call("DELETE", `/chat/${chat}/messages/1`);
    const repeat = await ann.call("POST", `/chat/${chat}/messages`, body);
    expect([repeat.status, repeat.response.text, repeat.response.deleted]).toEqual([200, "", true]);
    const { ctx } = world.server;
    for (const table of ["message", "entry", "stream"] as const) {
      const rows = await ctx.db.read.selectFrom(table).selectAll().execute();
      expect(JSON.stringify(rows)).not.toContain("canary");
    }
    const hash = sha256(JSON.stringify([body.text, null])).toHex();
    const [row] = await ctx.db.read.selectFrom("message").select("content_hash").execute();
    expect(row?.content_hash === null || row?.content_hash.toHex() !== hash).toBe(true);
    expect(JSON.stringify((await bob.call("GET", `/chat/${chat}`)).response)).not.toContain("canary");
  });
});

describe("reading", () => {
  test("tells what is unread, and the marker goes forward only and not past the end", async () => {
    const { world, ann, bob, chat } = await chatOfTwo();
    await using _ = world;
    for (const text of ["a", "b", "c"]) await send(ann, chat, text);
    await send(bob, chat, "d");
    const read = async (seq: number) => (await bob.call("PUT", `/chat/${chat}/read`, { seq })).response.seq;
    expect((await bob.call("GET", `/chat/${chat}`)).response).toMatchObject({
      id: chat,
      event: chat,
      name: "Dinner",
      last_seq: 4,
      unread: 3,
      read: {},
    });
    expect([await read(2), await read(1), await read(99)]).toEqual([2, 2, 4]);
    const info = (await ann.call("GET", `/chat/${chat}`)).response;
    expect(info).toMatchObject({ unread: 1, read: { [bob.id]: 4 }, last_message: { seq: 4, text: "d" } });
    expect(info.people.map((p: Json) => p.username).toSorted()).toEqual(["ann", "bob"]);
  });

  test("case 16: pages go through 1,000 messages both ways with a writer active; cursors are of one chat", async () => {
    const { world, ann, bob, chat } = await chatOfTwo();
    await using _ = world;
    await Promise.all(Array.from({ length: 1_000 }, (_, i) => send(ann, chat, `m${i}`)));
    const state = { writing: true };
    const writer = (async () => {
      while (state.writing) await send(bob, chat, "more");
    })();
    async function walk(query: string): Promise<number[]> {
      const seqs: number[] = [];
      for (let cursor: string | undefined = ""; cursor !== undefined; ) {
        const page = await bob.call(
          "GET",
          `/chat/${chat}/messages?limit=50${query}${cursor && `&cursor=${cursor}`}`,
        );
        expect(page.status).toBe(200);
        const found = page.response.map((m: Json) => m.seq);
        if (query === "") seqs.unshift(...found);
        else seqs.push(...found);
        cursor = seqs.length > 1_200 ? undefined : nextOf(page);
      }
      return seqs;
    }
    const forward = await walk("&after=0");
    const back = await walk("");
    state.writing = false;
    await writer;
    for (const seqs of [forward, back])
      expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, i) => i + 1));
    const other = await newEvent(ann, bob);
    const first = await bob.call("GET", `/chat/${chat}/messages?limit=1`);
    for (const cursor of [nextOf(first), "nonsense", btoa("{}")]) {
      expect((await bob.call("GET", `/chat/${other}/messages?cursor=${cursor}`)).body["code"]).toBe(
        "invalid_input",
      );
    }
  });

  test("case 15: a message with odd content hides no other", async () => {
    const { world, ann, bob, chat } = await chatOfTwo();
    await using _ = world;
    const texts = ["a", "\u{10FFFF}".repeat(4_000), "\u202Eevil\u200F", "\uFEFF\u0001\u001f", "z"];
    for (const text of texts) expect((await send(ann, chat, text)).status).toBe(201);
    await world.server.ctx.db.write(async (tx) => {
      await tx.sql.updateTable("message").set({ text: "a\u0000b\uD800" }).where("seq", "=", 2).execute();
      await tx.sql
        .updateTable("message")
        .set({ author_id: null, client_id: null })
        .where("seq", "=", 3)
        .execute();
    });
    for (const query of ["after=0&limit=2", "limit=2"]) {
      const seqs: number[] = [];
      for (let cursor: string | undefined = ""; cursor !== undefined; ) {
        const page = await bob.call(
          "GET",
          `/chat/${chat}/messages?${query}${cursor ? `&cursor=${cursor}` : ""}`,
        );
        expect(page.status).toBe(200);
        seqs.push(...page.response.map((m: Json) => m.seq));
        cursor = nextOf(page);
      }
      expect(seqs.toSorted()).toEqual([1, 2, 3, 4, 5]);
    }
  });

  test("what was written while somebody was removed stays hidden after their return", async () => {
    const { world, ann, bob, chat } = await chatOfTwo();
    await using _ = world;
    await send(ann, chat, "before");
    await ann.call("DELETE", `/event/${chat}/people/${bob.id}`);
    await send(ann, chat, "behind his back");
    expect((await bob.call("GET", `/chat/${chat}/messages`)).status).toBe(404);
    await ann.call("POST", `/event/${chat}/people`, { people: [bob.id] });
    await send(ann, chat, "after");
    const listed = (await bob.call("GET", `/chat/${chat}/messages?after=0`)).response;
    expect(listed.map((m: Json) => [m.seq, m.text])).toEqual([
      [1, "before"],
      [3, "after"],
    ]);
    expect((await bob.call("GET", `/chat/${chat}`)).response).toMatchObject({ unread: 2, last_seq: 3 });
    expect((await send(bob, chat, "re", { reply_to: 2 })).body["code"]).toBe("invalid_input");
    expect((await bob.call("DELETE", `/chat/${chat}/messages/2`)).status).toBe(404);
  });
});
