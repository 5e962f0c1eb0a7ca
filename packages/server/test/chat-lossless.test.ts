import { expect, test } from "bun:test";
import { checkHistory, type History, lateOnes, noAnomalies } from "./support/history.ts";
import { party } from "./support/party.ts";
import { connect, epochOf, TestSocket } from "./support/socket.ts";
import type { Json, World } from "./support/world.ts";

function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1);
}

test("case 6: who stopped before what is kept is told to start afresh, and then gets everything", async () => {
  const { world, ann, bob, chat } = await party();
  await using _ = world;
  const stream = `event:${chat}`;
  await using writer = await connect(world.url, ann);
  for (const n of upTo(40)) writer.send({ type: "send", chat, client_id: `m${n}`, text: `m${n}` });
  await writer.next("ack", ({ client_id }) => client_id === "m40");
  await prune(world, stream, 30);
  const epoch = await epochOf(writer);
  await using late = await connect(world.url, bob, { epoch, resume: { [stream]: 5 } });
  const reset = await late.next("reset");
  expect(reset).toMatchObject({ stream, last_seq: writer.entries(stream).at(-1)?.seq });
  await using kept = await connect(world.url, bob, { epoch, resume: { [stream]: 32 } });
  await kept.message(chat, 40);
  expect(kept.of("reset")).toEqual([]);
  expect(kept.entries(stream)[0]?.seq).toBe(33);
  const fetched = (await bob.call("GET", `/chat/${chat}/messages?after=0&limit=200`)).response;
  expect(fetched.map((m: Json) => m.seq)).toEqual(upTo(40));
  writer.send({ type: "send", chat, client_id: "m41", text: "m41" });
  await late.message(chat, 41);
  expect(late.entries(stream).map(({ seq }) => seq)).toEqual([reset.last_seq + 1]);
});

/** The oldest entries go, as they do when they are old enough. */
async function prune(world: World, stream: string, upToSeq: number): Promise<void> {
  await world.server.ctx.db.write(async ({ sql }) => {
    const id = stream as `event:${string}`; // the test's own event
    await sql.updateTable("stream").set({ pruned_seq: upToSeq }).where("id", "=", id).execute();
    await sql.deleteFrom("entry").where("stream", "=", id).where("seq", "<=", upToSeq).execute();
  });
}

test("case 12: 200 acknowledgements that never arrive, and every message is said again: each is stored once", async () => {
  const { world, ann, bob, chat } = await party();
  await using _ = world;
  await using reader = await connect(world.url, bob);
  const sends: History["sends"] = [];
  const unheard: History["sends"] = [];
  for (let first = 1; first <= 200; first += 20) {
    const ids = upTo(20).map((i) => `m${first + i - 1}`);
    const deaf = await connect(world.url, ann);
    for (const id of ids) deaf.send({ type: "send", chat, client_id: id, text: id });
    // They are stored, which the reader proves; what the writer has heard by now is thrown away with its socket.
    await reader.message(chat, first + 19);
    await deaf.drop();
    unheard.push(...ids.map((id) => ({ clientId: id, text: id, seq: null })));
    await using again = await connect(world.url, ann);
    for (const id of ids) again.send({ type: "send", chat, client_id: id, text: id });
    await again.next("ack", ({ client_id }) => client_id === ids.at(-1));
    for (const { client_id, seq } of again.of("ack"))
      sends.push({ clientId: client_id, text: client_id, seq });
  }
  await reader.flushed();
  const seen = reader.messages(chat).map(({ seq, text }) => ({ seq, text }));
  expect(seen.length).toBe(200);
  expect(lateOnes({ sends: unheard, readers: { bob: seen } }).length).toBe(200);
  expect(checkHistory({ sends, readers: { bob: seen } })).toEqual(noAnomalies);
});

test("case 13: edits and deletions while somebody was away: they end as a fresh fetch does, and no answer has the old text", async () => {
  const { world, ann, bob, chat } = await party();
  await using _ = world;
  const stream = `event:${chat}`;
  for (const n of upTo(6))
    await ann.call("POST", `/chat/${chat}/messages`, { text: `secret ${n}`, client_id: `${n}` });
  const probe = await connect(world.url, bob);
  const epoch = await epochOf(probe);
  await probe.drop();
  await ann.call("PATCH", `/chat/${chat}/messages/3`, { text: "changed" });
  await ann.call("DELETE", `/chat/${chat}/messages/4`);
  await using late = await connect(world.url, bob, { epoch, resume: { [stream]: 2 } });
  await late.next("entry", ({ kind }) => kind === "message_deleted");
  const shown = new Map<number, Json>();
  for (const { kind, data } of late.entries(stream))
    if (kind.startsWith("message")) shown.set((data["message"] as Json).seq, data["message"]);
  const fetched = (await bob.call("GET", `/chat/${chat}/messages?after=2`)).response;
  expect([...shown.values()]).toEqual(fetched);
  const everything = JSON.stringify([
    late.frames,
    fetched,
    (await bob.call("GET", `/chat/${chat}`)).response,
  ]);
  expect(everything).not.toMatch(/secret [34]/);
  expect(everything).toContain("secret 5");
});

test("case 15: rows with odd content written straight into the store hide no other from a replay", async () => {
  const { world, ann, bob, chat } = await party();
  await using _ = world;
  const stream = `event:${chat}`;
  const send = (n: number) =>
    ann.call("POST", `/chat/${chat}/messages`, { text: `m${n}`, client_id: `${n}` });
  for (const n of upTo(8)) await send(n);
  await world.server.ctx.db.write(async ({ sql }) => {
    const set = (seq: number, change: Record<string, string | null>) =>
      sql.updateTable("message").set(change).where("seq", "=", seq).execute();
    await set(2, { text: "a\u0000b\uD800" });
    await set(3, { author_id: null, client_id: null });
    await set(5, { text: "\u{10FFFF}".repeat(60_000) });
    await set(6, { text: "\u202E\u0301".repeat(5_000) });
  });
  const probe = await connect(world.url, ann);
  const epoch = await epochOf(probe);
  await probe.drop();
  await using late = await connect(world.url, bob, { epoch, resume: { [stream]: 0 } });
  await late.message(chat, 8);
  expect(late.messages(chat).map(({ seq }) => seq)).toEqual(upTo(8));
  expect(
    late
      .messages(chat)
      .filter(({ text, seq }) => text === `m${seq}`)
      .map(({ seq }) => seq),
  ).toEqual([1, 3, 4, 7, 8]);
  await send(9);
  await late.message(chat, 9);
});

test("R3: a frame type that is not known is answered to its sender alone, and to nobody who has not signed in", async () => {
  const { world, ann, bob } = await party();
  await using _ = world;
  await using other = await connect(world.url, bob);
  await using sender = await connect(world.url, ann);
  const stranger = await new TestSocket(world.url).opened();
  stranger.send('{"type":"test","text":"echo"}'); // what a client of the old server sent
  expect(await stranger.closed).toBe(4401);
  sender.send('{"type":"test","text":"echo","ref":1}');
  expect(await sender.next("error")).toMatchObject({ code: "unsupported", ref: 1 });
  await sender.flushed();
  await other.flushed();
  expect(JSON.stringify([sender.frames, other.frames, stranger.frames])).not.toContain("echo");
  const told = other.frames.map(({ type }) => type).filter((type) => type !== "online");
  expect(told).toEqual(["welcome", "pong"]);
});
