import { expect, test } from "bun:test";
import type { EventId, Message, ServerFrame } from "@jarvis/contract";
import { type Client, type Connection, createClient, JarvisError, type Random } from "@jarvis/sdk";
import { createWorld, type Person, type World } from "./support/world.ts";

/** Waits are a twentieth of what they may be at most, so that a restart does not hold the test up. */
const random: Random = { fraction: () => 0.05, id: () => crypto.randomUUID() };

/** A client that follows the world's server to whatever port it has after a restart, as a name in DNS would. */
function clientOf(world: World, token?: string): Client {
  const first = world.url;
  const present = (url: string) => url.replace(first.replace(/^http/, ""), world.url.replace(/^http/, ""));
  class Following extends WebSocket {
    constructor(url: string, protocols?: string | string[]) {
      super(present(url), protocols);
    }
  }
  return createClient({
    baseUrl: first,
    token: token ?? null,
    random,
    WebSocket: Following,
    fetch: (url, init) => fetch(present(url), init),
  });
}

async function readUntil(
  connection: Connection,
  isLast: (frame: ServerFrame) => boolean,
): Promise<ServerFrame[]> {
  const frames: ServerFrame[] = [];
  for await (const frame of connection) {
    frames.push(frame);
    if (isLast(frame)) break;
  }
  return frames;
}

function messagesOf(frames: ServerFrame[]): Message[] {
  return frames.flatMap((frame) =>
    frame.type === "entry" && frame.kind === "message" ? [frame.data["message"] as Message] : [],
  );
}

function isMessage(text: string): (frame: ServerFrame) => boolean {
  return (frame) => messagesOf([frame])[0]?.text === text;
}

async function errorOf(calling: Promise<unknown>): Promise<unknown> {
  return calling.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** An event of one person in which the others have accepted. */
async function party(world: World, owner: Person, ...guests: Person[]): Promise<EventId> {
  const event = await clientOf(world, owner.token).events.createEvent({
    name: "Dinner",
    duration: 3_600,
    people: guests.map(({ id }) => id),
  });
  for (const guest of guests) {
    await clientOf(world, guest.token).events.setRsvp({ id: event.id, status: "accepted" });
  }
  return event.id;
}

test("two people sign up, become friends and plan an event", async () => {
  await using world = await createWorld();
  const [ana, ben] = [clientOf(world), clientOf(world)];
  const { id: anaId } = await ana.signUp({
    email: "ana@example.org",
    password: "long enough",
    username: "Ana",
  });
  const { id: benId } = await ben.signUp({
    email: "ben@example.org",
    password: "long enough",
    username: "Ben",
  });
  expect(await ana.friends.requestFriend({ id: benId, from: anaId })).toBe("pending");
  expect(await ben.friends.answerFriendRequest({ id: benId, from: anaId, answer: "accept" })).toBe(
    "accepted",
  );
  expect((await ana.friends.listFriends({ id: anaId })).items).toEqual([benId]);
  const event = await ana.events.createEvent({ name: "Dinner", duration: 3_600, people: [benId] });
  expect(await ben.events.setRsvp({ id: event.id, status: "accepted" })).toBe("accepted");
  const again = clientOf(world);
  await again.signIn({ email: "ben@example.org", password: "long enough" });
  expect((await again.events.getEvent({ id: event.id })).my_rsvp).toBe("accepted");
});

test("throws the server's codes, and changes only the version that was read", async () => {
  await using world = await createWorld();
  const { ana, ben } = await world.people("ana", "ben");
  const client = clientOf(world, ana.token);
  expect(await errorOf(clientOf(world).events.getEvent({ id: "x" }))).toMatchObject({
    code: "unauthenticated",
  });
  expect(await errorOf(client.friends.listFriends({ id: ben.id }))).toMatchObject({
    code: "not_found",
    status: 404,
  });
  const event = await client.events.createEvent({ name: "Dinner", duration: 3_600 });
  const { version } = await client.events.updateEvent(
    { id: event.id, name: "Lunch" },
    { ifMatch: event.version },
  );
  const stale = client.events.updateEvent({ id: event.id, name: "Tea" }, { ifMatch: event.version });
  expect(await errorOf(stale)).toMatchObject({ code: "changed", status: 412 });
  expect(version).toBeGreaterThan(event.version);
});

test("walks a list page by page", async () => {
  await using world = await createWorld();
  const { ana } = await world.people("ana");
  const client = clientOf(world, ana.token);
  const names = ["A", "B", "C", "D", "E"];
  for (const name of names) await client.events.createEvent({ name, duration: 3_600 });
  const seen: string[] = [];
  for await (const event of client.pages(client.events.listEvents, { id: ana.id, limit: 2 }))
    seen.push(event.name);
  expect(seen.toSorted()).toEqual(names);
});

test("loses and repeats no message while the server restarts twice under the talk", async () => {
  await using world = await createWorld();
  const { ana, ben } = await world.people("ana", "ben");
  const chat = await party(world, ana, ben);
  const [talker, reader] = [ana, ben].map(({ token }) => clientOf(world, token).realtime());
  if (!talker || !reader) throw new Error("both are connected");
  await Promise.all([talker.untilLive(), reader.untilLive()]);
  const reading = readUntil(reader, isMessage("39"));
  const texts = Array.from({ length: 40 }, (_, i) => String(i));
  const sending = texts.map((text) => talker.send(chat, text));
  await sending[9];
  await world.restart();
  await sending[24];
  await world.restart();
  const numbers = (await Promise.all(sending)).map(({ seq }) => seq);
  const heard = messagesOf(await reading);
  expect(numbers).toEqual(texts.map((_, i) => i + 1));
  expect(heard.map(({ seq, text }) => [seq, text])).toEqual(texts.map((text, i) => [i + 1, text]));
  for (const connection of [talker, reader]) connection.close();
});

test("hears an event from the moment of the invitation, without a reconnect", async () => {
  await using world = await createWorld();
  const { ana, ben } = await world.people("ana", "ben");
  const connection = clientOf(world, ben.token).realtime();
  await connection.untilLive();
  const chat = await party(world, ana, ben);
  await clientOf(world, ana.token).chat.sendMessage({ id: chat, text: "hello", client_id: "1" });
  const frames = await readUntil(connection, isMessage("hello"));
  connection.close();
  expect(frames.filter(({ type }) => type === "welcome")).toHaveLength(1);
  expect(frames.some((frame) => frame.type === "entry" && frame.kind === "invited")).toBe(true);
});

test("goes on from where an earlier start of the application had read", async () => {
  await using world = await createWorld();
  const { ana, ben } = await world.people("ana", "ben");
  const chat = await party(world, ana, ben);
  const [sender, client] = [clientOf(world, ana.token), clientOf(world, ben.token)];
  const say = (text: string) => sender.chat.sendMessage({ id: chat, text, client_id: text });
  const before = client.realtime();
  await before.untilLive();
  for (const text of ["1", "2", "3"]) await say(text);
  await readUntil(before, isMessage("2"));
  before.close();
  for (const text of ["4", "5"]) await say(text);
  const after = client.realtime({ resume: before.resumePoint ?? undefined });
  const texts = messagesOf(await readUntil(after, isMessage("5"))).map(({ text }) => text);
  after.close();
  expect(texts).toEqual(["2", "3", "4", "5"]); // the one being dealt with when it stopped comes again
});

test("tells the reader to fetch afresh when a backup was restored", async () => {
  await using world = await createWorld();
  const { ana } = await world.people("ana");
  const chat = await party(world, ana);
  const client = clientOf(world, ana.token);
  const connection = client.realtime();
  await connection.untilLive();
  await connection.send(chat, "before");
  await world.server.ctx.db.write(async (tx) => {
    await tx.sql.updateTable("meta").set({ value: "another history" }).where("key", "=", "epoch").execute();
  });
  await world.restart();
  const isReset = (frame: ServerFrame) => frame.type === "reset" && frame.stream === `event:${chat}`;
  await readUntil(connection, isReset);
  await connection.send(chat, "after");
  const [heard] = messagesOf(await readUntil(connection, isMessage("after")));
  connection.close();
  expect(heard?.seq).toBe(2);
});

test("ends for good when the user logs out", async () => {
  await using world = await createWorld();
  const { ana } = await world.people("ana");
  const client = clientOf(world, ana.token);
  const connection = client.realtime();
  await connection.untilLive();
  const reading = errorOf(readUntil(connection, () => false));
  await client.accounts.logout({ id: ana.id });
  const error = await reading;
  expect(error).toBeInstanceOf(JarvisError);
  expect(error).toMatchObject({ code: "unauthenticated" });
  expect(connection.state).toBe("closed");
});

test("rejects a message to a chat that the sender is not in, and stays connected", async () => {
  await using world = await createWorld();
  const { ana, ben } = await world.people("ana", "ben");
  const chat = await party(world, ana);
  const connection = clientOf(world, ben.token).realtime();
  expect(await errorOf(connection.send(chat, "let me in"))).toMatchObject({ code: "not_found" });
  expect(await errorOf(connection.send(chat, " "))).toMatchObject({ code: "invalid_input" });
  expect(connection.state).toBe("live");
  connection.close();
});
