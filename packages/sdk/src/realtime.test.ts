import { expect, test } from "bun:test";
import { chat, entry, greet, numbers, openLine, take } from "../test/support/line.ts";
import { JarvisError, JarvisNetworkError } from "./errors.ts";

const stream = `event:${chat}`;

test("says hello with the token, and hears entries in order", async () => {
  const line = openLine();
  const socket = greet(line, { [stream]: 2 });
  await line.connection.untilLive();
  socket.deliver(entry(stream, 3), entry(stream, 4));
  expect(socket.url).toBe("ws://jarvis.test/realtime");
  expect(socket.sent).toEqual([{ type: "hello", token: "t", ref: "hello" }]);
  expect(numbers(await take(line.connection, 3))).toEqual([`${stream} 3`, `${stream} 4`]);
});

test("resumes where it stood, and passes over what it has had", async () => {
  const line = openLine();
  greet(line, { [stream]: 2 }).deliver(entry(stream, 3));
  line.sockets.last().drop(1012);
  line.clock.advance(250);
  const second = greet(line, { [stream]: 5 });
  second.deliver(entry(stream, 3), entry(stream, 4), entry(stream, 5));
  expect(second.sent[0]).toEqual({
    type: "hello",
    token: "t",
    epoch: "epoch-1",
    resume: { [stream]: 3 },
    ref: "hello",
  });
  expect(numbers(await take(line.connection, 5))).toEqual([3, 4, 5].map((seq) => `${stream} ${seq}`));
});

test("goes on from a kept resume point, which is what the reader has taken", async () => {
  const first = openLine();
  greet(first, { [stream]: 0 }).deliver(entry(stream, 1), entry(stream, 2));
  await take(first.connection, 3);
  const point = first.connection.resumePoint;
  // The last frame is only known to be dealt with when the reader comes back for another.
  expect(point).toEqual({ epoch: "epoch-1", streams: { [stream]: 1 } });
  const second = openLine({ resume: point ?? undefined });
  second.sockets.last().open();
  expect(second.sockets.last().sent[0]?.["resume"]).toEqual({ [stream]: 1 });
});

test("waits with full jitter, longer after each failure, and afresh after a restart of the server", () => {
  const { clock, sockets } = openLine();
  const waits = [1006, 1006, 1006, 1006, 1012, 1006].map((code) => {
    sockets.last().drop(code);
    const wait = clock.nextMs();
    clock.advance(wait ?? 0);
    return wait;
  });
  expect(waits).toEqual([125, 250, 500, 1_000, 125, 250]);
});

test("does not knock without pause where the server greets and then closes", () => {
  const line = openLine();
  const waits = [1, 2, 3].map(() => {
    greet(line, {}).drop(4429);
    const wait = line.clock.nextMs() ?? 0;
    line.clock.advance(wait);
    return wait;
  });
  expect(waits).toEqual([125, 250, 500]);
  const socket = greet(line, {});
  line.clock.advance(5_000);
  socket.drop();
  expect(line.clock.nextMs()).toBe(125);
});

test("stops when the token is not valid, and says so to reader, sender and waiter", async () => {
  const line = openLine();
  const sending = line.connection.send(chat, "hi");
  line.sockets.last().drop(4401);
  expect(line.connection.state).toBe("closed");
  expect(line.clock.nextMs()).toBeUndefined();
  for (const outcome of [sending, line.connection.untilLive(), take(line.connection, 1)]) {
    const error = await outcome.then(
      () => null,
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(JarvisError);
    expect(error).toMatchObject({ code: "unauthenticated", status: 401 });
  }
});

test("pings a quiet server every 25 s and gives it up after 60 s of silence", () => {
  const line = openLine();
  const socket = greet(line, {});
  line.clock.advance(25_000);
  expect(socket.sentOf("ping")).toHaveLength(1);
  socket.deliver({ type: "pong" });
  line.clock.advance(59_999);
  expect(line.connection.state).toBe("live");
  line.clock.advance(1);
  expect(socket.closed).toBe(true);
  expect(line.connection.state).toBe("waiting");
});

test("gives up a server that does not greet within 15 s", () => {
  const line = openLine();
  line.sockets.last().open();
  line.clock.advance(15_000);
  expect(line.states).toEqual(["connecting", "waiting"]);
});

test("sends an unacknowledged message again after a reconnect, and resolves once", async () => {
  const line = openLine();
  const sending = line.connection.send(chat, "hi");
  expect(line.sockets.last().sentOf("send")).toEqual([]);
  const first = greet(line, { [stream]: 0 });
  const [frame] = first.sentOf("send");
  expect(frame).toMatchObject({ chat, text: "hi", client_id: "id-1" });
  first.drop();
  line.clock.advance(125);
  const second = greet(line, { [stream]: 0 });
  expect(second.sentOf("send")).toEqual([frame ?? {}]);
  second.deliver({ type: "ack", chat, client_id: "id-1", seq: 1 });
  expect(await sending).toEqual({ seq: 1, clientId: "id-1" });
});

test("watches and marks as read again after a reconnect, the newest marker alone", () => {
  const line = openLine();
  const { connection } = line;
  connection.watch("e1");
  connection.watch("e2");
  connection.read(chat, 4);
  const first = greet(line, {});
  connection.read(chat, 3);
  connection.unwatch("e2");
  expect(first.sent.slice(1).map((frame) => [frame["type"], frame["event"] ?? frame["seq"]])).toEqual([
    ["watch", "e1"],
    ["watch", "e2"],
    ["read", 4],
    ["unwatch", "e2"],
  ]);
  first.drop();
  line.clock.advance(125);
  const second = greet(line, {});
  expect(second.sent.slice(1).map((frame) => frame["type"])).toEqual(["watch", "read"]);
});

test("watches a friend again after a reconnect, and no longer once it is unwatched", () => {
  const line = openLine();
  const { connection } = line;
  connection.watch({ user: "u2" });
  connection.watch({ user: "u3" });
  const first = greet(line, {});
  expect(first.sentOf("watch").map(({ user }) => user)).toEqual(["u2", "u3"]);
  connection.unwatch({ user: "u3" });
  first.drop();
  line.clock.advance(125);
  const second = greet(line, {});
  expect(second.sentOf("watch")).toEqual([{ type: "watch", user: "u2" }]);
});

test("drops positions and typing that cannot leave now", () => {
  const line = openLine();
  const { connection } = line;
  const fix = { latitude: 49.26, longitude: -123.24 };
  expect(connection.location(fix)).toBe(false);
  const socket = greet(line, {});
  expect([connection.location(fix), connection.typing(chat)]).toEqual([true, true]);
  socket.bufferedAmount = 100_000;
  expect(connection.location(fix)).toBe(false);
  expect(socket.sentOf("location")).toEqual([{ type: "location", ...fix }]);
});

test("pauses when the reader is too far behind, and resumes without a loss when it has caught up", async () => {
  const line = openLine({ queueLimit: 4 });
  const socket = greet(line, { [stream]: 0 });
  socket.deliver(...[1, 2, 3, 4, 5].map((seq) => entry(stream, seq)));
  expect([line.connection.state, socket.closed]).toEqual(["paused", true]);
  expect(numbers(await take(line.connection, 2))).toEqual([`${stream} 1`]);
  expect(line.connection.state).toBe("connecting");
  const second = greet(line, { [stream]: 5 });
  expect(second.sent[0]?.["resume"]).toEqual({ [stream]: 3 });
  second.deliver(entry(stream, 4));
  expect(numbers(await take(line.connection, 4))).toEqual([2, 3, 4].map((seq) => `${stream} ${seq}`));
});

test("closes a hole by resuming; tells the reader of one that stays", async () => {
  const line = openLine();
  greet(line, { [stream]: 0 }).deliver(entry(stream, 2));
  expect(line.connection.state).toBe("waiting");
  line.clock.advance(125);
  greet(line, { [stream]: 2 }).deliver(entry(stream, 2));
  const frames = await take(line.connection, 4);
  expect(frames.map((frame) => frame.type)).toEqual(["welcome", "welcome", "reset", "entry"]);
  expect(frames[2]).toEqual({ type: "reset", stream, last_seq: 1 });
});

test("passes over frames and kinds that it does not know", async () => {
  const line = openLine();
  const socket = greet(line, { [stream]: 0 });
  socket.deliver(JSON.parse('{"type":"hologram"}'), entry(stream, 1, "hologram"), { type: "pong" });
  expect(numbers(await take(line.connection, 3))).toEqual([`${stream} 1`]);
});

test("ends its readers when closed, after what was received; a message then is refused", async () => {
  const line = openLine();
  const socket = greet(line, { [stream]: 0 });
  socket.deliver(entry(stream, 1));
  const sending = line.connection.send(chat, "hi");
  line.connection.close();
  expect(await take(line.connection, 9)).toHaveLength(2);
  expect(sending).rejects.toBeInstanceOf(JarvisNetworkError);
  expect(line.connection.send(chat, "hi")).rejects.toBeInstanceOf(JarvisNetworkError);
  expect([socket.closed, line.clock.nextMs()]).toEqual([true, undefined]);
});

test("resumes more streams than a hello holds, and puts what comes live before its replay behind it", async () => {
  const streams = Object.fromEntries(
    Array.from({ length: 900 }, (_, i) => [`event:${"x".repeat(30)}${i}`, 1]),
  );
  const line = openLine({ resume: { epoch: "epoch-1", streams } });
  const last = Object.keys(streams).at(-1) ?? "";
  const socket = line.sockets.last();
  socket.open();
  const parts = socket.sent.map(
    (frame) => Object(frame["resume"] ?? frame["streams"]) as Record<string, number>,
  );
  expect(socket.sent.map(({ type }) => type)).toEqual(["hello", "resume", "resume"]);
  expect(Object.assign({}, ...parts)).toEqual(streams);
  expect(Math.max(...socket.sent.map((frame) => JSON.stringify(frame).length))).toBeLessThanOrEqual(16_384);
  greet(line, { ...streams, [last]: 3 }).deliver(
    entry(last, 4),
    entry(last, 5),
    entry(last, 2),
    entry(last, 3),
  );
  socket.deliver(entry(last, 6));
  expect(numbers(await take(line.connection, 6))).toEqual([2, 3, 4, 5, 6].map((seq) => `${last} ${seq}`));
});
