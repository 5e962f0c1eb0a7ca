// Runs alone: readers with and without a slow one are compared.
import { expect, test } from "bun:test";
import { openStream } from "./support/event-stream.ts";
import { openCounts } from "./support/hearing.ts";
import { numbersOf, upTo } from "./support/frames.ts";
import { party } from "./support/party.ts";
import { RawConnection } from "./support/raw.ts";
import { connect } from "./support/socket.ts";
import type { Person, World } from "./support/world.ts";

/** An event stream over a connection that can stop reading. */
async function rawStream(world: World, person: Person): Promise<RawConnection> {
  const raw = new RawConnection(world.url);
  const { host } = new URL(world.url);
  const lines = ["GET /realtime/sse HTTP/1.1", `Host: ${host}`, `Authorization: Bearer ${person.token}`];
  raw.send(`${lines.join("\r\n")}\r\n\r\n`);
  if (!(await raw.until(({ text }) => text.includes("event: welcome")))) throw new Error(raw.text);
  return raw;
}

/** The whole events in a chunked body (RFC 9112, section 7.1). */
function eventsIn(text: string): { blocks: string[] } {
  let body = "";
  for (let at = text.indexOf("\r\n\r\n") + 4; at < text.length; ) {
    const line = text.indexOf("\r\n", at);
    const size = Number.parseInt(text.slice(at, line), 16);
    if (line < 0) break;
    body += text.slice(line + 2, line + 2 + size);
    at = line + 2 + size + 2;
  }
  return { blocks: body.split("\n\n").slice(0, -1) };
}

const kib = 1024;

test("case 66: a reader that stops is given up with little queued, others go on as fast, and it resumes without loss", async () => {
  const { world, ann, bob, chat } = await party();
  await using _ = world;
  await using reader = await openStream(world, ann);
  await using writer = await connect(world.url, ann);
  const text = "x".repeat(3_900);
  let sent = 0;
  async function sendTo(count: number): Promise<number> {
    const began = performance.now();
    while (sent < count) {
      for (let i = 0; i < 50; i++) writer.send({ type: "send", chat, client_id: `c${++sent}`, text });
      await reader.message(chat, sent);
    }
    return performance.now() - began;
  }
  const unhindered = await sendTo(500);
  using slow = await rawStream(world, bob);
  slow.socket.pause();
  const rssBefore = process.memoryUsage().rss;
  const hindered = await sendTo(1_000);
  // What its machine takes for it fills first; then it is left behind, and given up after twenty seconds.
  while ((await openCounts(world)).sse === 2 && sent < 20_000) {
    await sendTo(sent + 50);
    world.clock.advance(5_000);
  }
  expect((await openCounts(world)).sse).toBe(1);
  expect(hindered).toBeLessThan(3 * unhindered + 1_000);
  expect(process.memoryUsage().rss - rssBefore).toBeLessThan(200 * kib * kib); // the reader of this test keeps all it hears
  slow.socket.resume();
  await slow.ended;
  const { blocks } = eventsIn(slow.text);
  expect(blocks.at(-1)).toStartWith("event: end");
  expect(blocks.at(-1)).toContain('"code":4503');
  const heard = blocks
    .flatMap((block) =>
      Number(/"type":"entry","stream":"event:[^"]+","seq":(\d+)/.exec(block)?.[1] ?? Number.NaN),
    )
    .filter((seq) => !Number.isNaN(seq));
  expect(heard).toEqual(upTo(heard[0] ?? 0, heard.at(-1) ?? 0));
  expect(heard.length).toBeLessThan(sent);
  const place = blocks.flatMap((block) => /^id: (.+)$/m.exec(block)?.[1] ?? []).at(-1);
  await using back = await openStream(world, bob, place);
  await back.message(chat, sent);
  expect(numbersOf(back.frames, `event:${chat}`)).toEqual(upTo((heard.at(-1) ?? 0) + 1, sent));
  expect(numbersOf(reader.frames, `event:${chat}`)).toEqual(upTo(1, sent));
}, 60_000);

test("a replay waits for a reader that stops, holds little for it, and goes on without a hole", async () => {
  const { world, ann, bob, chat } = await party();
  await using _ = world;
  const early = await openStream(world, bob);
  const place = early.lastEventId;
  await early.drop();
  await using writer = await connect(world.url, ann);
  const count = 3_000;
  const text = "x".repeat(3_900);
  for (let sent = 1; sent <= count; sent++) {
    writer.send({ type: "send", chat, client_id: `c${sent}`, text });
    if (sent % 50 === 0) await writer.message(chat, sent);
  }
  using slow = new RawConnection(world.url);
  const lines = [
    "GET /realtime/sse HTTP/1.1",
    `Host: ${new URL(world.url).host}`,
    `Authorization: Bearer ${bob.token}`,
    `Last-Event-ID: ${place}`,
  ];
  slow.send(`${lines.join("\r\n")}\r\n\r\n`);
  await slow.until(({ bytes }) => bytes.length > 0);
  slow.socket.pause();
  for (let i = 0; i < 50; i++) await writer.flushed();
  expect((await openCounts(world)).sse).toBe(1);
  expect(slow.bytes.length).toBeLessThan((count * text.length) / 2);
  slow.socket.resume();
  await slow.until(
    ({ bytes }) => bytes.length > count * text.length && bytes.subarray(-20_000).includes(`"seq":${count},`),
  );
  const seqs = [...slow.text.matchAll(/"type":"entry","stream":"event:[^"]+","seq":(\d+)/g)].map(([, seq]) =>
    Number(seq),
  );
  expect(seqs).toEqual(upTo(1, count));
}, 60_000);
