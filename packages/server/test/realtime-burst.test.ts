import { expect, test } from "bun:test";
import type { EventId } from "@jarvis/contract";
import type { Viewer } from "../src/call.ts";
import { sendMessage } from "../src/chat/sending.ts";
import { openRaw, textFrame } from "./support/raw-websocket.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

/** A reader that takes whatever comes, and looks at nothing but the numbers of messages. */
async function countingReader(world: World, person: Person) {
  const connection = await openRaw(world.url);
  connection.send(textFrame({ type: "hello", token: person.token }));
  expect(await connection.until(({ text }) => text.includes('"welcome"'))).toBe(true);
  const seqs: number[] = [];
  const waiting = Promise.withResolvers<void>();
  let rest = "";
  let goal = Number.POSITIVE_INFINITY;
  connection.socket.removeAllListeners("data");
  connection.socket.on("data", (chunk: Buffer) => {
    rest += chunk.toString("latin1");
    for (const [, seq] of rest.matchAll(
      /"type":"entry","stream":"event:[^"]+","seq":(\d+),"kind":"message"/g,
    ))
      seqs.push(Number(seq));
    // A frame's head may be cut in two, and is shorter than this.
    rest = rest.slice(Math.max(rest.lastIndexOf('"kind"') + 1, rest.length - 200));
    if (seqs.length >= goal) waiting.resolve();
  });
  return {
    connection,
    seqs,
    all(count: number) {
      goal = count;
      if (seqs.length >= goal) waiting.resolve();
      return Promise.race([waiting.promise, connection.ended]);
    },
  };
}

function viewerOf(person: Person): Viewer {
  return {
    id: person.id,
    username: person.username,
    session: person.session,
    tokenHash: "",
    identity: null,
    signedInMs: 0,
    expiresMs: Number.MAX_SAFE_INTEGER,
  };
}

test.each([
  ["one byte", "x"],
  ["four bytes", "🚌"],
])(
  "case 66: 500 messages of 4,000 code points of %s in one commit close none of 100 healthy readers, and reach all",
  async (_, letter) => {
    await using world = await createWorld();
    const { ann } = await world.people("ann");
    const guests = await Promise.all(Array.from({ length: 10 }, (_, i) => world.person(`guest${i}`)));
    const made = await ann.call("POST", "/event", {
      name: "Dinner",
      duration: 3600,
      people: guests.map(({ id }) => id),
    });
    const chat: EventId = made.response.id;
    const readers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => countingReader(world, guests[i % 10] ?? ann)),
    );
    const { ctx } = world.server;
    const text = letter.repeat(4_000);
    const before = ctx.db.stats().commits;
    const send = (i: number) => sendMessage(ctx, viewerOf(ann), chat, { text, client_id: `c${i}` });
    await Promise.all(Array.from({ length: 500 }, (_, i) => send(i)));
    // Few commits hold them all, or nothing was tried.
    expect(ctx.db.stats().commits - before).toBeLessThan(20);
    await Promise.all(readers.map((reader) => reader.all(500)));
    expect(readers.filter(({ connection }) => connection.hasEnded).length).toBe(0);
    const first = readers[0]?.seqs[0] ?? 0;
    const expected = Array.from({ length: 500 }, (_, i) => first + i);
    for (const { seqs } of readers) expect(seqs).toEqual(expected);
    expect(ctx.backlog.size).toBe(0);
    for (const { connection } of readers) connection[Symbol.dispose]();
  },
  60_000,
);
