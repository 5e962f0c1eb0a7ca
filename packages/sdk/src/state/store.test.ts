import { expect, test } from "bun:test";
import { chatId } from "../../test/support/small-server.ts";
import { openSmallWorld, settle, shown, turns } from "../../test/support/small-world.ts";
import { memoryStorage } from "./storage.ts";

async function started(...[options]: Parameters<typeof openSmallWorld>) {
  const world = openSmallWorld(options);
  world.server.say("one");
  world.server.say("two");
  await settle(world);
  await world.store.ready();
  return world;
}

test("fetches after it has begun to hear, and applies what came meanwhile", async () => {
  const world = openSmallWorld();
  const { server, store } = world;
  server.say("before");
  server.held = true;
  server.run();
  await turns();
  server.answer(5); // the person
  await turns();
  server.answer(2); // the event and its chat, of the five calls
  server.say("between"); // it is in the page, not in the count
  server.run();
  await settle(world);
  await store.ready();
  expect(shown(store)).toEqual(["before", "between"]);
  expect(world.chat()).toMatchObject({ unread: 2, last_seq: 2 });
});

test("an ack before the entry, the entry before the ack: shown once, and in one place", async () => {
  for (const first of ["ack", "entry"] as const) {
    const { server, store } = await started();
    store.send(chatId, "mine");
    await turns();
    expect(shown(store)).toEqual(["one", "two", "mine (sending)"]);
    server.run(0);
    server.say("theirs");
    server.first(first);
    server.run(1);
    await turns();
    expect(shown(store)).toEqual(["one", "two", first === "ack" ? "mine (sent)" : "mine"]);
    expect(store.timeline(chatId)[2]?.key).toMatch(/^id-/);
    server.run();
    await turns();
    expect(shown(store)).toEqual(["one", "two", "mine", "theirs"]);
    expect(store.getSnapshot().outgoing).toEqual([]);
  }
});

test("a lost ack: the message is sent again under its id and stays one", async () => {
  const world = await started();
  const { server, store, clock } = world;
  store.send(chatId, "mine");
  await turns();
  server.run(0);
  expect(server.waiting).toEqual(["message", "ack"]);
  server.lose("ack");
  server.lose("entry");
  server.drop();
  clock.advance(1_000);
  await settle(world);
  expect(server.messages.map(({ text }) => text)).toEqual(["one", "two", "mine"]);
  expect(shown(store)).toEqual(["one", "two", "mine"]);
  expect(store.getSnapshot().outgoing).toEqual([]);
});

test("a reset while sending: the event is fetched again, and the message is there once", async () => {
  const world = await started();
  const { server, store } = world;
  const seen: number[] = [];
  store.subscribe(() =>
    seen.push(store.timeline(chatId).filter((item) => item.key.startsWith("id-")).length),
  );
  store.send(chatId, "mine");
  await turns();
  server.reset();
  server.held = true;
  server.run();
  await turns();
  await settle(world);
  expect(server.requests.filter((request) => request === `GET /event/${chatId}`)).toHaveLength(2);
  expect(shown(store)).toEqual(["one", "two", "mine"]);
  expect(Math.max(...seen)).toBe(1);
  expect(seen).not.toContain(0);
});

test("signing out while sending forgets the message, here and in the storage; nothing is sent after it", async () => {
  const storage = memoryStorage();
  const world = await started({ storage });
  const { server, store, clock } = world;
  server.drop();
  store.send(chatId, "mine");
  await turns();
  expect(await storage.get("jarvis.outbox.u1")).toContain("mine");
  await store.logout();
  expect(await storage.get("jarvis.outbox.u1")).toBeUndefined();
  clock.advance(60_000);
  await settle(world);
  expect(server.messages).toHaveLength(2);
  expect(server.requests).toContain("PUT /user/u1/logout");
  expect(store.getSnapshot().outgoing).toEqual([]);
});

test("unsent messages outlive the application under their ids, and show before there is a network", async () => {
  const storage = memoryStorage();
  const first = await started({ storage });
  first.server.run(0);
  first.server.drop();
  first.store.send(chatId, "mine");
  first.store.send(chatId, "too");
  await turns();
  first.store.close();
  const again = openSmallWorld({ storage, self: "u1" }, first.server);
  await turns();
  expect(again.store.getSnapshot().outgoing.map(({ text }) => text)).toEqual(["mine", "too"]);
  await settle(again);
  expect(shown(again.store)).toEqual(["one", "two", "mine", "too"]);
  expect(await storage.get("jarvis.outbox.u1")).toBe("[]");
});

test("a refused message fails with its code, is tried again, or given up", async () => {
  const { server, store } = await started();
  const failed = [store.send(chatId, "mine"), store.send(chatId, "other")];
  await turns();
  for (const client_id of failed) {
    server.sockets.at(-1)?.deliver({ type: "error", code: "not_found", client_id });
    await turns();
  }
  expect(store.getSnapshot().outgoing.map(({ state, code }) => [state, code])).toEqual([
    ["failed", "not_found"],
    ["failed", "not_found"],
  ]);
  store.discard(failed[0] ?? "");
  store.retry(failed[1] ?? "");
  await turns();
  server.run();
  await turns();
  expect(shown(store).slice(2)).not.toContain("mine (failed)");
  expect(store.getSnapshot().outgoing).toEqual([]);
});

test("photos are uploaded first, kept when the message is tried again, and their message is shown with them", async () => {
  const world = await started();
  const { server, store, clock } = world;
  const data = new Uint8Array([1, 2, 3]);
  server.refuse = { path: /photos/, status: 415, code: "unsupported_media_type" };
  const id = store.send(chatId, { text: "look", photos: [{ type: "image/png", data }] });
  await turns();
  expect(store.getSnapshot().outgoing[0]).toMatchObject({ state: "failed", code: "unsupported_media_type" });
  expect(store.getSnapshot().outgoing[0]?.photos[0]?.state).toBe("failed");
  server.refuse = { path: /photos/, status: 503, code: "unavailable", retryAfter: "7" };
  store.retry(id);
  await turns();
  expect(store.getSnapshot().outgoing[0]?.photos[0]?.state).toBe("uploading");
  server.refuse = { path: /messages/, status: 422, code: "limit_exceeded" };
  clock.advance(7_999); // seven seconds, and half of one more
  await turns();
  expect(store.getSnapshot().outgoing[0]).toMatchObject({ state: "failed", code: "limit_exceeded" });
  server.refuse = undefined;
  store.retry(id);
  await settle(world);
  expect(server.uploads).toBe(1);
  expect(shown(store)).toEqual(["one", "two", "look"]);
});

test("keeps the same snapshot and timeline between changes", async () => {
  const { server, store } = await started();
  const before = [store.getSnapshot(), store.timeline(chatId)];
  expect(store.getSnapshot()).toBe(before[0] as ReturnType<typeof store.getSnapshot>);
  expect(store.timeline(chatId)).toBe(before[1] as ReturnType<typeof store.timeline>);
  let calls = 0;
  const stop = store.subscribe(() => calls++);
  server.say("three");
  server.run();
  await turns();
  expect(calls).toBe(1);
  expect(store.getSnapshot()).not.toBe(before[0] as ReturnType<typeof store.getSnapshot>);
  stop();
  server.say("four");
  server.run();
  await turns();
  expect(calls).toBe(1);
});

test("says what happens once it is in the state", async () => {
  const { server, store } = await started();
  const heard: [string, number | undefined][] = [];
  store.on("message", ({ data }) =>
    heard.push([data.message.text, store.getSnapshot().events[chatId]?.chat.unread]),
  );
  server.say("three");
  server.run();
  await turns();
  expect(heard).toEqual([["three", 3]]);
});

test("reads at once, and counts what is left", async () => {
  const world = await started();
  expect(world.chat()).toMatchObject({ unread: 2 });
  world.store.read(chatId, 1);
  expect(world.chat()).toMatchObject({ unread: 1, read: { u1: 1 } });
  world.server.delete(2);
  world.server.run();
  await turns();
  expect(world.chat()).toMatchObject({ unread: 0 });
  await settle(world);
  expect(world.server.marker).toBe(1);
});

test("reads no further than what has arrived: what comes later is read when it is read", async () => {
  const world = await started();
  const last = world.server.messages.length;
  expect(world.store.read(chatId, last + 1)).toBe(true);
  world.server.run();
  world.server.say("later");
  world.server.run();
  await turns();
  expect(world.chat()).toMatchObject({ unread: 1, read: { u1: last } });
  expect(world.store.read(chatId, last + 1)).toBe(true);
  await settle(world);
  expect(world.server.marker).toBe(last + 1);
  expect(world.store.read("another", 1)).toBe(false);
});

test("an event that is refused while it is fetched again is gone from the state", async () => {
  const world = await started();
  const { server, store } = world;
  const gone: unknown[] = [];
  store.on("gone", (told) => gone.push(told));
  server.refuse = { path: /event\/e1/, status: 404, code: "not_found" };
  server.reset();
  server.run();
  await settle(world);
  expect(gone).toEqual([{ event: chatId, code: "not_found" }]);
  expect(store.getSnapshot().events).toEqual({});
});

test("does not send what one person wrote in another's name", async () => {
  const storage = memoryStorage();
  const world = openSmallWorld({ storage, self: "somebody else" });
  world.store.send(chatId, "mine");
  await settle(world);
  expect(world.server.messages).toEqual([]);
  expect(world.store.getSnapshot().connection).toBe("closed");
});

test("is bounded: messages that wait, and messages that are held", async () => {
  const { server, store, chat } = await started({ messages: 3 });
  server.say("three");
  server.say("four");
  server.run();
  await turns();
  expect(chat()).toMatchObject({ hasOlder: true, last_seq: 4 });
  expect(shown(store)).toEqual(["two", "three", "four"]);
  server.drop();
  for (let i = 0; i < 1_000; i++) store.send(chatId, "x");
  expect(() => store.send(chatId, "x")).toThrow("Too many messages wait");
});

test("comes back when the server says, and not in the same instant as the others", async () => {
  const { server, clock } = await started();
  server.drop(1012, '{"retry_after_ms":20000}');
  expect(clock.nextMs()).toBe(22_500);
  clock.advance(22_500);
  await turns();
  server.run();
  server.drop(4503, '{"retry_after_ms":9000000}');
  expect(clock.nextMs()).toBe(67_500); // a minute at most, and a random part of a quarter
});
