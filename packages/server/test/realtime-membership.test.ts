import { describe, expect, test } from "bun:test";
import { newEvent, party, send } from "./support/party.ts";
import { connect, epochOf, type TestSocket } from "./support/socket.ts";

/** Numbers of a stream that a connection was told of, entries and skips alike, in the order of arrival. */
function numbers(socket: TestSocket, stream: string): number[] {
  return socket.frames.flatMap((frame) => {
    if (frame.type === "entry" && frame.stream === stream) return [frame.seq];
    if (frame.type !== "skip" || frame.stream !== stream) return [];
    return Array.from({ length: frame.to - frame.from + 1 }, (_, i) => frame.from + i);
  });
}

function upTo(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

describe("who may read", () => {
  test("case 45, R9: not a frame after removal, leaving or declining, and nothing can be sent", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    const endings = [
      () => ann.call("DELETE", `/event/${chat}/people/${bob.id}`),
      () => bob.call("DELETE", `/event/${chat}/people/${bob.id}`),
      () => bob.call("PUT", `/event/${chat}/rsvp`, { status: "declined" }),
    ];
    const ways = [
      () => ann.call("POST", `/event/${chat}/people`, { people: [bob.id] }),
      () => bob.call("PUT", `/event/${chat}/rsvp`, { status: "accepted" }),
    ];
    await using writer = await connect(world.url, ann);
    for (const [index, end] of endings.entries()) {
      await using reader = await connect(world.url, bob);
      await send(ann, chat, `heard ${index}`);
      expect((await end()).status).toBe(200);
      const before = reader.frames.length;
      for (let i = 0; i < 20; i++) {
        writer.send({ type: "send", chat, client_id: `${index}-${i}`, text: "behind his back" });
      }
      await writer.next("ack", ({ client_id }) => client_id === `${index}-19`);
      writer.send({ type: "typing", chat });
      reader.send({ type: "send", chat, client_id: "out", text: "still here?", ref: "out" });
      expect((await reader.next("error")).code).toBe("not_found");
      await reader.flushed();
      expect(reader.messages(chat).map((m) => m.text)).toEqual([`heard ${index}`]);
      const after = reader.frames
        .slice(before)
        .filter((frame) => "stream" in frame && frame.stream !== `user:${bob.id}`);
      expect(after).toEqual([]);
      for (const back of ways) await back();
    }
  });

  test("a cancelled event's chat stays open", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    await using reader = await connect(world.url, bob);
    await ann.call("DELETE", `/event/${chat}`);
    await send(ann, chat, "sorry");
    const cancelled = (await reader.message(chat, 1)).data["message"];
    expect(cancelled).toMatchObject({ text: "", system: { code: "cancelled", params: {} } });
    expect((await reader.message(chat, 2)).data["message"]).toMatchObject({ text: "sorry" });
  });

  test("case 36: logout closes the socket with 4401, and not a frame comes after it", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    await using other = await connect(world.url, ann);
    const sockets = await Promise.all([1, 2, 3].map(() => connect(world.url, bob)));
    const logout = bob.call("PUT", `/user/${bob.id}/logout`);
    await logout;
    await send(ann, chat, "after");
    await other.message(chat, 1);
    for (const socket of sockets) {
      expect(await socket.closed).toBe(4401);
      expect(socket.messages(chat)).toEqual([]);
    }
  });

  test("case 50: being refused is not joining; what ended a moment ago cannot be resumed", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    const { eve } = await world.people("eve");
    await using probe = await connect(world.url, bob);
    const epoch = await epochOf(probe);
    await ann.call("DELETE", `/event/${chat}/people/${bob.id}`);
    const resume = { [`event:${chat}`]: 0, [`user:${ann.id}`]: 0, "event:none": 0 };
    for (const person of [bob, eve]) {
      await using socket = await connect(world.url, person, { epoch, resume });
      socket.send({ type: "watch", event: chat, ref: "w" });
      await socket.next("error", ({ ref }) => ref === "w");
      for (let i = 0; i < 100; i++) await send(ann, chat, "secret");
      await socket.flushed();
      expect(socket.of("error").map(({ code }) => code)).toEqual(Array(4).fill("not_found"));
      expect(socket.of("entry").filter(({ stream }) => stream.startsWith("event:"))).toEqual([]);
    }
  });

  test("a new event is announced with the number from which it is heard, and is heard gaplessly", async () => {
    const { world, ann, bob } = await party();
    await using _ = world;
    const { cem } = await world.people("cem");
    await using a = await connect(world.url, ann);
    await using b = await connect(world.url, bob);
    const chat = await newEvent(ann, bob);
    const stream = `event:${chat}`;
    const own = await a.next("entry", ({ kind, data }) => kind === "event_created" && data["event"] === chat);
    const invited = await b.next("entry", ({ kind, data }) => kind === "invited" && data["event"] === chat);
    await send(ann, chat, "welcome");
    await ann.call("POST", `/event/${chat}/people`, { people: [cem.id] });
    await send(bob, chat, "thanks");
    for (const [socket, entry] of [
      [a, own],
      [b, invited],
    ] as const) {
      await socket.message(chat, 2);
      const first = Number(entry.data["last_seq"]) + 1;
      const heard = numbers(socket, stream);
      expect(heard).toEqual(upTo(first, first + heard.length - 1));
      const told = socket.frames.find((f) => f.type === "entry" && (f === entry || f.stream === stream));
      expect(told).toBe(entry);
    }
  });

  test("an open socket hears a stream without gaps across a removal and a refusal of its reader", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    await using reader = await connect(world.url, bob);
    const stream = `event:${chat}`;
    await send(ann, chat, "before");
    await reader.message(chat, 1);
    const start = Number(reader.entries(stream, "message")[0]?.seq);
    await ann.call("DELETE", `/event/${chat}/people/${bob.id}`);
    await send(ann, chat, "secret");
    await ann.call("POST", `/event/${chat}/people`, { people: [bob.id] });
    await send(ann, chat, "back");
    await reader.message(chat, 3);
    await bob.call("PUT", `/event/${chat}/rsvp`, { status: "declined" });
    await send(ann, chat, "while declined");
    await bob.call("PUT", `/event/${chat}/rsvp`, { status: "accepted" });
    await send(ann, chat, "end");
    await reader.message(chat, 5);
    const heard = numbers(reader, stream);
    expect(heard).toEqual(upTo(start, start + heard.length - 1));
    expect(reader.messages(chat).map((m) => m.text)).toEqual(["before", "back", "while declined", "end"]);
    expect(reader.of("skip").length).toBeGreaterThan(0);
  });

  test("whoever returns hears on from where they stopped, and a resume skips the absence and all about its messages", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    await using reader = await connect(world.url, bob);
    const epoch = await epochOf(reader);
    await send(ann, chat, "before");
    await ann.call("DELETE", `/event/${chat}/people/${bob.id}`);
    await send(ann, chat, "secret");
    await ann.call("POST", `/event/${chat}/people`, { people: [bob.id] });
    await send(ann, chat, "after");
    await reader.message(chat, 3);
    const resume = { [`event:${chat}`]: 0, [`user:${bob.id}`]: 0 };
    await using early = await connect(world.url, bob, { epoch, resume });
    await early.message(chat, 3);
    expect(early.messages(chat).map((m) => m.text)).toEqual(["before", "after"]);
    await ann.call("PATCH", `/chat/${chat}/messages/2`, { text: "secret still" });
    await ann.call("DELETE", `/chat/${chat}/messages/2`);
    await send(ann, chat, "end");
    await using late = await connect(world.url, bob, { epoch, resume });
    for (const socket of [reader, early, late]) {
      await socket.message(chat, 4);
      expect(socket.messages(chat).map((m) => m.text)).toEqual(["before", "after", "end"]);
      expect(JSON.stringify(socket.frames)).not.toContain("secret");
      expect(socket.entries(`event:${chat}`, "message_edited")).toEqual([]);
      expect(socket.entries(`event:${chat}`, "message_deleted")).toEqual([]);
    }
    const heard = numbers(late, `event:${chat}`);
    expect(heard).toEqual(upTo(1, heard.length));
    expect(late.of("skip").length).toBeGreaterThan(0);
    const { last_seq } = await world.server.ctx.db.read
      .selectFrom("stream")
      .select("last_seq")
      .where("id", "=", `event:${chat}`)
      .executeTakeFirstOrThrow();
    expect(heard.length).toBe(last_seq);
  });
});

describe("resume", () => {
  test("case 5: gives exactly the 500 entries after the stop, once, in order", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    const stopped = await connect(world.url, bob);
    await send(ann, chat, "first");
    const { seq } = await stopped.message(chat, 1);
    const epoch = await epochOf(stopped);
    await stopped[Symbol.asyncDispose]();
    await using writer = await connect(world.url, ann);
    for (let i = 0; i < 500; i++) writer.send({ type: "send", chat, client_id: `m${i}`, text: `m${i}` });
    await writer.message(chat, 501);
    await using reader = await connect(world.url, bob, { epoch, resume: { [`event:${chat}`]: seq } });
    await reader.message(chat, 501);
    await reader.flushed();
    expect(reader.entries(`event:${chat}`).map((entry) => entry.seq)).toEqual(upTo(seq + 1, seq + 500));
    expect(reader.messages(chat).map((m) => m.text)).toEqual(upTo(0, 499).map((i) => `m${i}`));
  });

  test("case 7: ahead of the stream, of another epoch or of none is a reset; what is no number closes", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    const stream = `event:${chat}`;
    await using probe = await connect(world.url, bob);
    const { epoch, streams } = await probe.next("welcome");
    const last = streams[stream] ?? -1;
    const hellos = [
      { epoch, resume: { [stream]: last + 1 } },
      { epoch: "another", resume: { [stream]: 0 } },
      { resume: { [stream]: 0 } },
      { epoch, resume: { [stream]: 2 ** 53 - 1 } },
    ];
    const sockets = [];
    for (const hello of hellos) {
      const socket = await connect(world.url, bob, hello);
      expect(await socket.next("reset")).toEqual({ type: "reset", stream, last_seq: last });
      sockets.push(socket);
    }
    await send(ann, chat, "on");
    for (const socket of sockets) {
      await socket.message(chat, 1);
      expect(numbers(socket, stream)).toEqual([last + 1]);
      await socket[Symbol.asyncDispose]();
    }
    for (const seq of ["-1", "9007199254740992", `"NaN"`, "1.5"]) {
      const socket = await connectRaw(
        world.url,
        `{"type":"hello","token":"${bob.token}","resume":{"${stream}":${seq}}}`,
      );
      expect(await socket.closed).toBe(4400);
      expect(socket.of("welcome")).toEqual([]);
    }
  });

  test("a later resume gives what came before, and not again what was heard", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    for (const text of ["1", "2", "3"]) await send(ann, chat, text);
    await using probe = await connect(world.url, bob);
    await using socket = await connect(world.url, bob, { epoch: await epochOf(probe), resume: {} });
    await send(ann, chat, "4");
    await socket.message(chat, 4);
    socket.send({ type: "resume", streams: { [`event:${chat}`]: 0 } });
    await socket.message(chat, 3);
    await send(ann, chat, "5");
    await socket.message(chat, 5);
    await socket.flushed();
    expect(socket.messages(chat).map((m) => m.text)).toEqual(["4", "1", "2", "3", "5"]);
  });

  test("entries are rendered from the present, names and all", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    await bob.call("PUT", `/event/${chat}/rsvp`, { status: "accepted" });
    await ann.call("PATCH", `/event/${chat}`, { name: "Supper" });
    await ann.call("POST", `/user/${bob.id}/friend_request`, { from: ann.id });
    await bob.call("PUT", `/user/${bob.id}/friend_request/${ann.id}`, { answer: "accept" });
    await using probe = await connect(world.url, bob);
    await using socket = await connect(world.url, bob, {
      epoch: await epochOf(probe),
      resume: { [`event:${chat}`]: 0, [`user:${bob.id}`]: 0 },
    });
    const friend = await socket.next("entry", ({ kind }) => kind === "friend");
    expect(friend.data).toEqual({ user: { id: ann.id, username: "ann" }, state: "added" });
    expect((await socket.next("entry", ({ kind }) => kind === "friend_request")).data["from"]).toEqual({
      id: ann.id,
      username: "ann",
    });
    expect((await socket.next("entry", ({ kind }) => kind === "rsvp")).data).toEqual({
      user: bob.id,
      username: "bob",
      rsvp: "accepted",
    });
    expect((await socket.next("entry", ({ kind }) => kind === "event")).data["event"]).toMatchObject({
      id: chat,
      name: "Supper",
    });
    const stored = await world.server.ctx.db.read.selectFrom("entry").select("data").execute();
    expect(JSON.stringify(stored)).not.toMatch(/Supper|ann"|bob"|@/);
  });
});

async function connectRaw(url: string, hello: string): Promise<TestSocket> {
  const { TestSocket: Raw } = await import("./support/socket.ts");
  const socket = await new Raw(url).opened();
  socket.send(hello);
  return socket;
}
