import { describe, expect, test } from "bun:test";
import { problem } from "@jarvis/contract";
import { newEvent, party, send } from "./support/party.ts";
import { connect, epochOf, type TestSocket, TestSocket as Socket } from "./support/socket.ts";
import { createWorld, type Json } from "./support/world.ts";

function seqs(socket: TestSocket, stream: string): number[] {
  return socket.entries(stream).map(({ seq }) => seq);
}

describe("hello", () => {
  test("is answered with the epoch and every readable stream, under the subprotocol", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    await newEvent(ann);
    await using socket = await new Socket(world.url).opened();
    expect(socket.socket.protocol).toBe("jarvis.v1");
    socket.send({ type: "hello", token: bob.token, ref: "r1" });
    const welcome = await socket.next("welcome");
    expect(welcome).toMatchObject({ user: bob.id, ref: "r1" });
    expect(Object.keys(welcome.streams).toSorted()).toEqual([`event:${chat}`, `user:${bob.id}`].toSorted());
    await using other = await connect(world.url, ann);
    expect(await epochOf(other)).toBe(welcome.epoch);
    await world.restart();
    await using later = await connect(world.url, ann);
    expect(await epochOf(later)).toBe(welcome.epoch);
  });

  test("must come within 5 s, with a token that is valid", async () => {
    const { world, bob } = await party();
    await using _ = world;
    const silent = await new Socket(world.url).opened();
    const wrong = await new Socket(world.url).opened();
    wrong.send({ type: "hello", token: "nobody" });
    expect((await wrong.next("error")).code).toBe("unauthenticated");
    expect(await wrong.closed).toBe(4401);
    const none = await new Socket(world.url).opened();
    none.send({ type: "hello" });
    expect(await none.closed).toBe(4401);
    await using fine = await connect(world.url, bob);
    world.clock.advance(5_000);
    expect(await silent.closed).toBe(4408);
    await fine.flushed();
  });

  test("case 9, R8: whatever comes before it is refused; a second one changes nothing", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    const early = await new Socket(world.url).opened();
    early.send({ type: "resume", streams: { [`event:${chat}`]: 0 } });
    expect(await early.closed).toBe(4401);
    await using socket = await connect(world.url, bob);
    socket.send({ type: "hello", token: bob.token, ref: 2 });
    expect(await socket.next("error")).toMatchObject({ code: "invalid_input", ref: 2 });
    socket.send({ type: "hello", token: ann.token });
    const epoch = await epochOf(socket);
    await send(ann, chat, "one");
    await socket.message(chat, 1);
    await using resuming = await connect(world.url, bob, { epoch, resume: { [`event:${chat}`]: 0 } });
    await resuming.message(chat, 1);
    for (let i = 0; i < 3; i++) resuming.send({ type: "resume", streams: { [`event:${chat}`]: 0 } });
    await send(ann, chat, "two");
    await resuming.message(chat, 2);
    for (const reader of [socket, resuming]) {
      await reader.flushed();
      expect(
        reader
          .messages(chat)
          .map((m) => m.text)
          .toSorted(),
      ).toEqual(["one", "two"]);
    }
    expect(seqs(resuming, `event:${chat}`)).toEqual([...new Set(seqs(resuming, `event:${chat}`))]);
  });

  test("an 11th connection of one user is refused, and a closed one makes room", async () => {
    const { world, bob } = await party();
    await using _ = world;
    const sockets = await Promise.all(Array.from({ length: 10 }, () => connect(world.url, bob)));
    const refused = await new Socket(world.url).opened();
    refused.send({ type: "hello", token: bob.token });
    expect((await refused.next("error")).code).toBe("too_many_requests");
    expect(await refused.closed).toBe(4429);
    await sockets.pop()?.[Symbol.asyncDispose]();
    sockets.push(await connect(world.url, bob));
    for (const socket of sockets) await socket[Symbol.asyncDispose]();
  });
});

describe("frames", () => {
  test("that are none close with 4400 or 4413, abruptly beyond 64 KiB; other faults answer the sender alone", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    for (const bad of ["{", "[]", "null", "1", `"hello"`, "{}", `{"type":1}`, new Uint8Array([1])]) {
      const socket = await connect(world.url, bob);
      socket.send(bad);
      expect(await socket.closed).toBe(4400);
    }
    for (const [size, code] of [
      [17_000, 4413],
      [70_000, 1006],
    ] as const) {
      const socket = await connect(world.url, bob);
      socket.send(JSON.stringify({ type: "ping", ref: "x".repeat(size) }));
      expect([code, 1009]).toContain(await socket.closed);
    }
    await using socket = await connect(world.url, bob);
    await using other = await connect(world.url, ann);
    socket.send(JSON.stringify({ type: "test", ref: 7 }));
    socket.send(JSON.stringify({ type: "send", chat, client_id: "k", text: "", ref: 8 }));
    socket.send(JSON.stringify({ type: "send", chat, client_id: "k", text: "x".repeat(4_001), ref: 9 }));
    socket.send(JSON.stringify({ type: "read", chat, seq: -1, ref: 10 }));
    await socket.flushed();
    await other.flushed();
    expect(socket.of("error")).toEqual([
      { type: "error", code: "unsupported", ref: 7 },
      { type: "error", code: "invalid_input", ref: 8, client_id: "k" },
      { type: "error", code: "limit_exceeded", ref: 9, client_id: "k" },
      { type: "error", code: "invalid_input", ref: 10 },
    ]);
    const others = new Set(["welcome", "pong", "online"]);
    expect(other.frames.filter(({ type }) => !others.has(type))).toEqual([]);
  });

  test("come at most 50 a second, with a burst of 100", async () => {
    await using world = await createWorld({ env: { JARVIS_RATE_LIMITS: "on" } });
    const bob = await world.person("bob");
    const socket = await connect(world.url, bob);
    for (let i = 0; i < 60; i++) socket.send({ type: "ping" });
    await socket.flushed();
    world.clock.advance(1_000);
    for (let i = 0; i < 87; i++) socket.send({ type: "ping" });
    await socket.flushed();
    for (let i = 0; i < 20; i++) socket.send({ type: "ping" });
    expect(await socket.closed).toBe(4429);
  });

  test("share the chat's rate with HTTP", async () => {
    await using world = await createWorld({ env: { JARVIS_RATE_LIMITS: "on" } });
    const { ann } = await world.people("ann");
    const chat = await newEvent(ann);
    for (let i = 0; i < 15; i++) expect((await send(ann, chat, "http")).status).toBe(201);
    await using socket = await connect(world.url, ann);
    for (let i = 0; i < 10; i++) socket.send({ type: "send", chat, client_id: `s${i}`, text: "socket" });
    await socket.next("ack", ({ client_id }) => client_id === "s4");
    const errors = await socket.next("error", ({ client_id }) => client_id === "s9");
    expect(errors.code).toBe("too_many_requests");
    expect(socket.of("ack").length).toBe(5);
  });

  test("a plain request is told to upgrade, and other paths are not found", async () => {
    await using world = await createWorld();
    const plain = await fetch(`${world.url}/realtime`);
    expect([plain.status, plain.headers.get("upgrade")]).toEqual([426, "websocket"]);
    expect(plain.headers.get("content-type")).toBe("application/problem+json");
    expect(problem.parse(await plain.json())).toMatchObject({ status: 426, code: "upgrade_required" });
    const headers = { upgrade: "websocket", connection: "Upgrade" };
    expect((await fetch(`${world.url}/realtime/else`, { headers })).status).toBe(404);
    expect((await fetch(`${world.url}/realtime`, { headers: { host: "evil.example" } })).status).toBe(421);
  });
});

describe("messages", () => {
  test("are acknowledged, and reach everybody once in one order; client_id only its author's connections", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    await using a1 = await connect(world.url, ann);
    await using a2 = await connect(world.url, ann);
    await using b = await connect(world.url, bob);
    for (let i = 0; i < 100; i++) {
      const [sender, name] = i % 2 === 0 ? [a1, "a"] : [b, "b"];
      sender.send({ type: "send", chat, client_id: `${name}${i}`, text: `${name}${i}`, ref: i });
    }
    for (const socket of [a1, a2, b]) await socket.message(chat, 100);
    await a1.flushed();
    await b.flushed();
    const texts = [a1, a2, b].map((socket) => socket.messages(chat).map((m) => m.text));
    expect(texts[0]).toEqual(texts[1]);
    expect(texts[0]).toEqual(texts[2]);
    expect(texts[0]?.filter((text) => text.startsWith("a"))).toEqual(
      Array.from({ length: 50 }, (_, i) => `a${i * 2}`),
    );
    for (const ack of a1.of("ack")) {
      expect(a1.messages(chat).find((m) => m.seq === ack.seq)).toMatchObject({ text: ack.client_id });
    }
    expect([a1.of("ack").length, a2.of("ack").length, b.of("ack").length]).toEqual([50, 0, 50]);
    for (const [socket, person] of [
      [a1, ann],
      [a2, ann],
      [b, bob],
    ] as const) {
      for (const m of socket.messages(chat))
        expect(m.client_id !== undefined).toBe(m.author.id === person.id);
    }
  });

  test("carry the author's present name, also over a connection that is older than it", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    await using a = await connect(world.url, ann);
    await using b = await connect(world.url, bob);
    await ann.call("PATCH", `/user/${ann.id}`, { username: "Anna" });
    await a.next("entry", ({ kind }) => kind === "profile");
    await a.flushed();
    a.send({ type: "send", chat, client_id: "k", text: "hi" });
    expect((await b.message(chat, 1)).data["message"]).toMatchObject({ author: { username: "Anna" } });
  });

  test("R2: nobody else hears anything of 1,000 messages", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    const { eve } = await world.people("eve");
    await newEvent(eve);
    const anonymous = await new Socket(world.url).opened();
    await using outsider = await connect(world.url, eve);
    await using trying = await connect(world.url, eve, { epoch: "x", resume: { [`event:${chat}`]: 0 } });
    expect((await trying.next("error")).code).toBe("not_found");
    await using reader = await connect(world.url, bob);
    await using writer = await connect(world.url, ann);
    for (let i = 0; i < 1_000; i++) writer.send({ type: "send", chat, client_id: `c${i}`, text: "secret" });
    await reader.message(chat, 1_000);
    await outsider.flushed();
    await trying.flushed();
    expect(
      [...outsider.frames, ...trying.frames, ...anonymous.frames].map(({ type }) => type).toSorted(),
    ).toEqual(["error", "pong", "pong", "welcome", "welcome"]);
    anonymous.socket.close();
  });

  test("edits and deletions are heard; a resuming reader sees no deleted text", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    await using socket = await connect(world.url, bob);
    await send(ann, chat, "frist");
    await send(ann, chat, "canary");
    await ann.call("PATCH", `/chat/${chat}/messages/1`, { text: "first" });
    await ann.call("DELETE", `/chat/${chat}/messages/2`);
    const gone = await socket.next("entry", ({ kind }) => kind === "message_deleted");
    expect(gone.data["message"]).toMatchObject({ seq: 2, text: "", deleted: true });
    const edited = await socket.next("entry", ({ kind }) => kind === "message_edited");
    expect(edited.data["message"]).toMatchObject({ seq: 1, text: "first" });
    await using late = await connect(world.url, bob, {
      epoch: await epochOf(socket),
      resume: { [`event:${chat}`]: 0 },
    });
    await late.next("entry", ({ kind }) => kind === "message_deleted");
    expect(JSON.stringify(late.frames)).not.toContain("canary");
    expect(late.messages(chat).map((m) => m.text)).toEqual(["first", ""]);
  });

  test("read markers and typing reach the others, not across a block", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    const cem = await world.person("cem");
    await ann.call("POST", `/event/${chat}/people`, { people: [cem.id] });
    await cem.call("PUT", `/user/${cem.id}/blocks/${bob.id}`);
    await send(ann, chat, "hi");
    await using a = await connect(world.url, ann);
    await using b = await connect(world.url, bob);
    await using c = await connect(world.url, cem);
    b.send({ type: "typing", chat });
    b.send({ type: "typing", chat });
    b.send({ type: "read", chat, seq: 1 });
    expect(await a.next("typing")).toEqual({ type: "typing", chat, user: bob.id } as Json);
    expect(await a.next("read")).toEqual({ type: "read", chat, user: bob.id, seq: 1 } as Json);
    await b.flushed();
    await c.flushed();
    expect([a.of("typing").length, b.of("typing").length, c.of("typing").length]).toEqual([1, 0, 0]);
    world.clock.advance(1_000);
    b.send({ type: "typing", chat: "foreign", ref: 1 });
    expect((await b.next("error")).code).toBe("not_found");
  });
});
