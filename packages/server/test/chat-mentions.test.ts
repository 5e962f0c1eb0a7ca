import { expect, test } from "bun:test";
import { sha256 } from "../src/lib/ids.ts";
import { codeOf, expectOk, newEvent } from "./support/events.ts";
import { connect } from "./support/socket.ts";
import { createWorld, type Json, type Person } from "./support/world.ts";

let count = 0;
function send(person: Person, chat: string, text: string, more: object = {}) {
  return person.call("POST", `/chat/${chat}/messages`, { text, client_id: `n${count++}`, ...more });
}

async function party() {
  const world = await createWorld();
  const { ann, bob, cem } = await world.people("ann", "bob", "cem");
  const { id: chat } = await newEvent(world, ann, { people: [bob.id, cem.id] });
  const unread = async (person: Person) => {
    const { unread_mentions, unread: all } = expectOk(await person.call("GET", `/chat/${chat}`));
    return [unread_mentions, all];
  };
  return { world, ann, bob, cem, chat, unread };
}

test("a message names people by the text and beside it; an edit names anew; unread ones are counted", async () => {
  const { world, ann, bob, cem, chat, unread } = await party();
  await using _ = world;
  expect(expectOk(await send(ann, chat, "hey @Bob and @ann"), 201).mentions).toEqual([bob.id, ann.id]);
  const beside = expectOk(await send(ann, chat, "both of you", { mentions: [cem.id, bob.id] }), 201);
  expect(beside.mentions).toEqual([cem.id, bob.id]);
  expect(expectOk(await send(ann, chat, "mail a@bob.example"), 201).mentions).toBeUndefined();
  expect([await unread(ann), await unread(bob), await unread(cem)]).toEqual([
    [0, 0],
    [2, 3],
    [1, 3],
  ]);
  const edited = await ann.call("PATCH", `/chat/${chat}/messages/2`, { text: "only @cem" });
  expect(expectOk(edited).mentions).toEqual([cem.id]);
  expect(await unread(bob)).toEqual([1, 3]);
  const both = { text: "all", mentions: [bob.id, cem.id] };
  expect(expectOk(await ann.call("PATCH", `/chat/${chat}/messages/2`, both)).mentions).toEqual(both.mentions);
  expect(await unread(bob)).toEqual([2, 3]);
  await bob.call("PUT", `/chat/${chat}/read`, { seq: 1 });
  expect(await unread(bob)).toEqual([1, 2]);
  expect(expectOk(await ann.call("DELETE", `/chat/${chat}/messages/2`)).mentions).toBeUndefined();
  expect(await unread(bob)).toEqual([0, 1]);
  expect(await world.server.ctx.db.read.selectFrom("mention").select("seq").execute()).toHaveLength(2);
});

test("only people of the chat are named, and nobody whose e-mail invitation is unanswered", async () => {
  const { world, ann, bob, chat } = await party();
  await using _ = world;
  const { dee, eve } = await world.people("dee", "eve");
  await ann.call("POST", `/event/${chat}/people`, { people: [dee.email] });
  await bob.call("PUT", `/event/${chat}/rsvp`, { status: "declined" });
  const ids = [dee.id, eve.id, bob.id, "nobody"];
  const message = expectOk(await send(ann, chat, "@dee @eve @bob", { mentions: ids }), 201);
  expect(message.mentions).toBeUndefined();
  expectOk(await dee.call("PUT", `/event/${chat}/rsvp`, { status: "maybe" }));
  expect(expectOk(await send(ann, chat, "@dee @eve"), 201).mentions).toEqual([dee.id]);
  const many = await send(ann, chat, "hi", { mentions: Array(51).fill(dee.id) });
  expect(codeOf(many)).toBe("limit_exceeded");
});

test("several people of one name are all meant, whatever the case and the form of the letters", async () => {
  const { world, ann, chat } = await party();
  await using _ = world;
  const one = await world.person("Zoë");
  const other = await world.person("ZOE\u0308");
  await ann.call("POST", `/event/${chat}/people`, { people: [one.id, other.id] });
  const { mentions } = expectOk(await send(ann, chat, "@zoë?"), 201);
  expect(mentions.toSorted()).toEqual([one.id, other.id].toSorted());
});

test("what is written about somebody while they are removed is never counted, edited later or not", async () => {
  const { world, ann, bob, cem, chat, unread } = await party();
  await using _ = world;
  await ann.call("DELETE", `/event/${chat}/people/${cem.id}`);
  expect(expectOk(await send(ann, chat, "@cem is away"), 201).mentions).toBeUndefined();
  await ann.call("POST", `/event/${chat}/people`, { people: [cem.id] });
  const edited = await ann.call("PATCH", `/chat/${chat}/messages/1`, { text: "@cem @bob" });
  expect(expectOk(edited).mentions).toEqual([cem.id, bob.id]);
  expect([await unread(cem), await unread(bob)]).toEqual([
    [0, 0],
    [1, 1],
  ]);
});

test("over a socket as over HTTP; and the content of a send is what it was where nobody is named beside it", async () => {
  const { world, ann, bob, chat } = await party();
  await using _ = world;
  await using anns = await connect(world.url, ann);
  await using bobs = await connect(world.url, bob);
  anns.send({ type: "send", chat, client_id: "a", text: "hi @bob" });
  anns.send({ type: "send", chat, client_id: "b", text: "hi", mentions: [bob.id] });
  anns.send({ type: "send", chat, client_id: "b", text: "hi", ref: "other" });
  anns.send({ type: "send", chat, client_id: "b", text: "hi", mentions: [bob.id], ref: "same" });
  expect((await anns.next("error", ({ ref }) => ref === "other")).code).toBe("client_id_reused");
  expect((await anns.next("ack", ({ ref }) => ref === "same")).seq).toBe(2);
  for (const seq of [1, 2]) {
    const { data } = await bobs.message(chat, seq);
    expect((data["message"] as Json).mentions).toEqual([bob.id]);
  }
  const rows = await world.server.ctx.db.read.selectFrom("message").select("content_hash").execute();
  // As servers before mentions made it: a repeat from then is still recognised.
  expect(rows[0]?.content_hash).toEqual(sha256('["hi @bob",null]'));
});

test("case 47: who is named follows from the text and the ids alone, not from what a sender says of the message", async () => {
  const { world, ann, bob, chat } = await party();
  await using _ = world;
  const forged = { reactions: [{ emoji: "👍", users: [bob.id] }], reactions_entry: 9, system: { code: "x" } };
  const { response } = await send(ann, chat, "hi", forged);
  expect(response).toEqual({
    seq: 1,
    id: response.id,
    chat,
    author: { id: ann.id, username: "ann" },
    text: "hi",
    sent_ms: world.clock.now(),
    client_id: response.client_id,
  });
});
