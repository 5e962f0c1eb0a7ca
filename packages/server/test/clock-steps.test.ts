import { expect, test } from "bun:test";
import { hour } from "./support/meeting.ts";
import { connect, epochOf } from "./support/socket.ts";
import { createWorld } from "./support/world.ts";

test("case 17: steps of the wall clock change neither numbers nor order, and cost nobody a message", async () => {
  await using world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  const made = await ann.call("POST", "/event", { name: "Dinner", duration: 3600, people: [bob.id] });
  const chat = made.response.id;
  await using writer = await connect(world.url, ann);
  const first = await connect(world.url, bob);
  const texts: string[] = [];
  for (const step of [0, -hour, 25 * hour, -24 * hour, -1_000, 365 * 24 * hour, -366 * 24 * hour]) {
    world.clock.set(world.clock.now() + step);
    for (let i = 0; i < 20; i++) {
      texts.push(`${step} ${i}`);
      writer.send({ type: "send", chat, client_id: `c${texts.length}`, text: `${step} ${i}` });
      await writer.next("ack", ({ client_id }) => client_id === `c${texts.length}`);
      if (texts.length === 70) await first[Symbol.asyncDispose]();
    }
  }
  const seqs = texts.map((_, i) => i + 1);
  expect(writer.messages(chat).map(({ seq }) => seq)).toEqual(seqs);
  const heard = first.entries(`event:${chat}`).at(-1)?.seq ?? 0;
  await using second = await connect(world.url, bob, {
    epoch: await epochOf(writer),
    resume: { [`event:${chat}`]: heard },
  });
  await second.message(chat, texts.length);
  const all = [...first.messages(chat), ...second.messages(chat)];
  expect(all.map(({ seq, text }) => [seq, text])).toEqual(seqs.map((seq) => [seq, texts[seq - 1]]));
  const { response } = await bob.call("GET", `/chat/${chat}/messages?after=0&limit=200`);
  expect(response.map(({ text }: { text: string }) => text)).toEqual(texts);
  // An id is made of the time as well: the same millisecond again must not give the same id.
  expect(new Set(response.map(({ id }: { id: string }) => id)).size).toBe(texts.length);
  await world.restart();
  const after = await ann.call("POST", `/chat/${chat}/messages`, { text: "after", client_id: "after" });
  expect(after.response.seq).toBe(texts.length + 1);
});
