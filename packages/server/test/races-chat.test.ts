import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { checkHistory, type History, noAnomalies } from "./support/history.ts";
import { connect, epochOf, type TestSocket } from "./support/socket.ts";
import { createWorld, type Json, type Person } from "./support/world.ts";

async function newEvent(owner: Person, ...guests: Person[]): Promise<string> {
  const event = { name: "Dinner", duration: 3600, people: guests.map(({ id }) => id) };
  return (await owner.call("POST", "/event", event)).response.id;
}

function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1);
}

function seen(socket: TestSocket, chat: string): { seq: number; text: string }[] {
  return socket.messages(chat).map((m: Json) => ({ seq: m.seq, text: m.text }));
}

describe("under fire", () => {
  test("case 1: 10 writers, 10 readers, 10,000 messages: everybody reads the same, each once", async () => {
    await using world = await createWorld();
    const people = await Promise.all(upTo(20).map((i) => world.person(`p${i}`)));
    const [owner, ...guests] = people as [Person, ...Person[]];
    const chat = await newEvent(owner, ...guests);
    const sockets = await Promise.all(people.map((person) => connect(world.url, person)));
    const writers = sockets.slice(0, 10);
    for (const [w, writer] of writers.entries()) {
      for (const i of upTo(1_000)) {
        writer.send({ type: "send", chat, client_id: `${w}-${i}`, text: `${w}-${i}` });
      }
    }
    await Promise.all(sockets.map((socket) => socket.message(chat, 10_000)));
    await Promise.all(sockets.map((socket) => socket.flushed()));
    const sends = writers.flatMap((writer) =>
      writer.of("ack").map(({ client_id, seq }) => ({ clientId: client_id, text: client_id, seq })),
    );
    expect(sends.length).toBe(10_000);
    const readers = Object.fromEntries(sockets.map((socket, i) => [`r${i}`, seen(socket, chat)]));
    expect(checkHistory({ sends, readers })).toEqual(noAnomalies);
    for (const read of Object.values(readers)) expect(read.map(({ seq }) => seq)).toEqual(upTo(10_000));
    for (const socket of sockets) socket.socket.close();
  });

  test("case 3: one client_id 60 times over 5 sockets and HTTP is one message with one number", async () => {
    await using world = await createWorld();
    const { ann, bob } = await world.people("ann", "bob");
    const chat = await newEvent(ann, bob);
    const sockets = await Promise.all(upTo(5).map(() => connect(world.url, ann)));
    const calls = upTo(10).map(() =>
      ann.call("POST", `/chat/${chat}/messages`, { text: "once", client_id: "k" }),
    );
    for (const ref of upTo(10)) {
      for (const socket of sockets) socket.send({ type: "send", chat, client_id: "k", text: "once", ref });
    }
    const answers = await Promise.all(calls);
    await Promise.all(sockets.map((socket) => socket.next("ack", ({ ref }) => ref === 10)));
    expect(new Set(answers.map(({ response }) => response.seq))).toEqual(new Set([1]));
    expect(answers.filter(({ status }) => status === 201).length).toBeLessThanOrEqual(1);
    const acks = sockets.flatMap((socket) => socket.of("ack"));
    expect(acks.map(({ seq }) => seq)).toEqual(Array(50).fill(1));
    const rows = await world.server.ctx.db.read.selectFrom("message").select("seq").execute();
    expect(rows).toEqual([{ seq: 1 }]);
    for (const socket of sockets) {
      await socket.flushed();
      expect(socket.messages(chat).length).toBe(1);
      socket.socket.close();
    }
  });

  test("removal during a stream of sends: a prefix is stored, and the removed hears nothing after his end", async () => {
    await using world = await createWorld();
    const { ann, bob, cem } = await world.people("ann", "bob", "cem");
    for (let round = 0; round < 10; round++) {
      const chat = await newEvent(ann, bob, cem);
      await using out = await connect(world.url, bob);
      await using stays = await connect(world.url, cem);
      for (const i of upTo(100)) {
        out.send({ type: "send", chat, client_id: `b${i}`, text: `b${i}` });
        stays.send({ type: "send", chat, client_id: `c${i}`, text: `c${i}` });
        if (i === 10 * round) void ann.call("DELETE", `/event/${chat}/people/${bob.id}`);
      }
      if (round === 0) void ann.call("DELETE", `/event/${chat}/people/${bob.id}`);
      await stays.next("ack", ({ client_id }) => client_id === "c100");
      await out.next("entry", ({ kind }) => kind === "removed");
      await out.flushed();
      await stays.flushed();
      const acked = out.of("ack").length;
      const refused = out.of("error");
      expect(acked + refused.length).toBe(100);
      expect(refused.every(({ code }) => code === "not_found")).toBe(true);
      const all = seen(stays, chat);
      expect(all.map(({ seq }) => seq)).toEqual(upTo(100 + acked));
      expect(all.filter(({ text }) => text.startsWith("b")).map(({ text }) => text)).toEqual(
        upTo(acked).map((i) => `b${i}`),
      );
      const removal = await stays.next(
        "entry",
        ({ kind, data }) => kind === "people" && data["op"] === "removed",
      );
      const last = out.entries(`event:${chat}`).at(-1)?.seq ?? 0;
      expect(last).toBeLessThan(removal.seq);
    }
  }, 15_000);

  test("the seam of a resume: readers that come and go at random miss nothing and see nothing twice", async () => {
    const step = fc.record({ back: fc.integer({ min: 0, max: 600 }), on: fc.integer({ min: 1, max: 120 }) });
    const steps = fc.array(step, { minLength: 3, maxLength: 8 });
    const property = fc.asyncProperty(fc.array(steps, { minLength: 4, maxLength: 4 }), async (plans) => {
      await using world = await createWorld();
      const { ann, bob } = await world.people("ann", "bob");
      const chat = await newEvent(ann, bob);
      await using writer = await connect(world.url, ann);
      const state = { writing: true };
      const sends: History["sends"] = [];
      const write = async () => {
        for (let n = 1; state.writing; n++) {
          writer.send({ type: "send", chat, client_id: `m${n}`, text: `m${n}` });
          if (n % 8 === 0) await writer.next("ack", ({ client_id }) => client_id === `m${n - 7}`);
        }
        await writer.flushed();
        const acks = writer.of("ack").length;
        for (const n of upTo(acks)) sends.push({ clientId: `m${n}`, text: `m${n}`, seq: n });
      };
      const writing = write();
      // More than a page, so that a replay meets what is written meanwhile.
      await writer.next("ack", ({ client_id }) => client_id === "m400");
      const histories = await Promise.all(plans.map((plan) => readInPieces(world.url, bob, chat, plan)));
      state.writing = false;
      await writing;
      const readers: History["readers"] = {};
      for (const [i, { heard, cursor, epoch }] of histories.entries()) {
        await using end = await connect(world.url, bob, { epoch, resume: { [`event:${chat}`]: cursor } });
        const total = (await bob.call("GET", `/chat/${chat}`)).response.last_seq;
        if ((heard.at(-1)?.seq ?? 0) < total) await end.message(chat, total);
        await end.flushed();
        readers[`r${i}`] = [...heard, ...seen(end, chat)];
        expect(readers[`r${i}`]?.length).toBe(total);
      }
      expect(checkHistory({ sends, readers })).toEqual(noAnomalies);
    });
    // A failure prints its seed.
    await fc.assert(property, { numRuns: 8 });
  }, 60_000);
});

interface Step {
  /** So many entries before the last one heard is where the connection resumes. */
  back: number;
  /** So many entries beyond the head of its welcome is where the connection is dropped. */
  on: number;
}

/** Resumes again and again, each time through the seam between what is stored and what is live. */
async function readInPieces(url: string, person: Person, chat: string, plan: readonly Step[]) {
  const stream = `event:${chat}`;
  const heard: { seq: number; text: string }[] = [];
  const first = await connect(url, person);
  const epoch = await epochOf(first);
  await first.drop();
  let cursor = 0;
  for (const { back, on } of plan) {
    const from = Math.max(0, cursor - back);
    const socket = await connect(url, person, { epoch, resume: { [stream]: from } });
    const until = ((await socket.next("welcome")).streams[stream] ?? 0) + on;
    await socket.next("entry", (entry) => entry.stream === stream && entry.seq >= until);
    const got = socket.entries(stream);
    expect(got.map(({ seq }) => seq)).toEqual(got.map((_, i) => from + 1 + i));
    cursor = got.at(-1)?.seq ?? cursor;
    const last = heard.at(-1)?.seq ?? 0;
    heard.push(...seen(socket, chat).filter(({ seq }) => seq > last));
    await socket.drop();
  }
  return { heard, cursor, epoch };
}
