import { expect, test } from "bun:test";
import { newEvent, party, send } from "./support/party.ts";
import { connect, epochOf } from "./support/socket.ts";
import type { Person } from "./support/world.ts";

/** The connection that asked is gone: nobody else on the server follows what its person reads. */
async function epochFor(url: string, person: Person): Promise<string> {
  await using socket = await connect(url, person);
  return epochOf(socket);
}

test("a stream that opens during a long replay and is resumed at once loses nothing", async () => {
  const { world, ann, bob, chat } = await party();
  await using _ = world;
  for (let i = 0; i < 3_000; i += 500) {
    await Promise.all(Array.from({ length: 500 }, () => send(ann, chat, "long")));
  }
  const other = await newEvent(ann);
  const stream = `event:${other}`;
  const epoch = await epochFor(world.url, bob);
  await using reader = await connect(world.url, bob, { epoch });
  reader.send({ type: "resume", streams: { [`event:${chat}`]: 0 } });
  await ann.call("POST", `/event/${other}/people`, { people: [bob.id] });
  await reader.next("entry", ({ kind }) => kind === "invited");
  expect(reader.messages(chat).length).toBeLessThan(3_000); // it still goes on
  reader.send({ type: "resume", streams: { [stream]: 0 }, ref: "early" });
  expect(await reader.next("error")).toMatchObject({ code: "in_progress", ref: "early" });
  await send(ann, other, "here you are");
  expect((await reader.message(other, 1)).seq).toBe(2);
  reader.send({ type: "resume", streams: { [stream]: 0 } });
  await reader.next("entry", ({ kind, seq }) => kind === "people" && seq === 1);
  await reader.message(chat, 3_000);
});
