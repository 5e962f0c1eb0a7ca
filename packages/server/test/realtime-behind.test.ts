import { expect, test } from "bun:test";
import { frame, opcodes, openRaw, textFrame } from "./support/raw-websocket.ts";
import { newEvent, send } from "./support/party.ts";
import { connect, epochOf } from "./support/socket.ts";
import { createWorld } from "./support/world.ts";

test("case 66: a reader who was behind has every entry once, in order, and the newest read markers", async () => {
  await using world = await createWorld();
  const { ann, bob, cem } = await world.people("ann", "bob", "cem");
  const chat = await newEvent(ann, bob, cem);
  using slow = await openRaw(world.url);
  slow.send(textFrame({ type: "hello", token: bob.token }));
  await slow.until(({ text }) => text.includes('"welcome"'));
  slow.socket.pause();
  await using writer = await connect(world.url, ann);
  await using reader = await connect(world.url, cem);
  const count = 2_000;
  for (let i = 1; i <= count; i++) {
    writer.send({ type: "send", chat, client_id: `c${i}`, text: `${i} ${"x".repeat(3_900)}` });
    if (i % 50 === 0) await reader.message(chat, i);
    // By now it has long been behind.
    if (i === 1_500 || i === 1_900) reader.send({ type: "read", chat, seq: i });
  }
  await reader.next("read", ({ seq }) => seq === 1_900);
  let text = "";
  slow.socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
  slow.socket.resume();
  slow.send(frame({ opcode: opcodes.text, payload: '{"type":"ping"}' }));
  await slow.until(() => text.includes('"seq":1900}'));
  const seqs = [...text.matchAll(/"kind":"message","data":{"message":{"seq":(\d+)/g)].map(([, seq]) =>
    Number(seq),
  );
  expect(seqs.at(-1)).toBe(count);
  expect(seqs).toEqual(seqs.map((_, i) => (seqs[0] ?? 0) + i));
  const reads = [...text.matchAll(/"type":"read","chat":"[^"]+","user":"([^"]+)","seq":(\d+)/g)];
  expect(reads.map(([, user, seq]) => [user, seq])).toEqual([[cem.id, "1900"]]);
}, 30_000);

test("what replays share is rendered anew once it has changed, and each gets only what is theirs", async () => {
  await using world = await createWorld();
  const { ann, bob, cem } = await world.people("ann", "bob", "cem");
  const chat = await newEvent(ann, bob, cem);
  for (const text of ["first", "secret", "third"]) expect((await send(ann, chat, text)).status).toBe(201);
  const epoch = await epochOf(await connect(world.url, ann));
  const replayed = async (person: typeof ann, last = 3) => {
    await using socket = await connect(world.url, person, { epoch, resume: { [`event:${chat}`]: 0 } });
    await socket.message(chat, last);
    return socket;
  };
  const texts = async (person: typeof ann) =>
    (await replayed(person))
      .messages(chat)
      .map(({ text, author, client_id }) => [text, author?.username, client_id !== undefined]);
  const all = (own: boolean, name = "ann") => ["first", "secret", "third"].map((text) => [text, name, own]);
  expect(await texts(bob)).toEqual(all(false));
  expect(await texts(ann)).toEqual(all(true));
  expect(await texts(cem)).toEqual(all(false));

  await ann.call("PATCH", `/user/${ann.id}`, { username: "anna" });
  expect(await texts(cem)).toEqual(all(false, "anna"));

  await ann.call("DELETE", `/chat/${chat}/messages/2`);
  expect(JSON.stringify((await replayed(cem)).frames)).not.toContain("secret");

  await ann.call("DELETE", `/event/${chat}/people/${bob.id}`);
  await send(ann, chat, "not for bob");
  await ann.call("POST", `/event/${chat}/people`, { people: [bob.id] });
  expect(JSON.stringify((await replayed(cem, 4)).frames)).toContain("not for bob");
  await send(ann, chat, "welcome back");
  await using back = await connect(world.url, bob, { epoch, resume: { [`event:${chat}`]: 0 } });
  await back.message(chat, 5);
  expect(JSON.stringify(back.frames)).not.toContain("not for bob");
  expect(back.of("skip").length).toBe(1);
});
