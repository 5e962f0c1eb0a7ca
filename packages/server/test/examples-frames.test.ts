import { expect, test } from "bun:test";
import { clientFrame, entryData, type EventId, type ServerFrame, serverFrame } from "@jarvis/contract";
import { bobsToken, entryExamples, examples, frameExamples, ids } from "@jarvis/contract/examples";
import { markArrived } from "../src/travel/service.ts";
import { expectOk } from "./support/events.ts";
import { type Evening, evening } from "./support/evening.ts";
import { connect, TestSocket } from "./support/socket.ts";
import { learn, reversed, substitute } from "./support/substitute.ts";
import type { Answer, Json, Person } from "./support/world.ts";

const { client, server } = frameExamples;
const { document } = examples.calendars.addCalendar.request;

test("the examples of frames are what clients send and what a server sends, and so are those of entries", async () => {
  await using dinner = await evening();
  const { ada, bob, carol, made, world } = dinner;
  await using adas = await connect(world.url, ada);
  await using carols = await connect(world.url, carol);
  await using bobs = await new TestSocket(world.url).opened();
  made.set(ids.epoch, (await adas.next("welcome")).epoch).set(bobsToken, bob.token);
  const say = (frame: keyof typeof client) => bobs.send(substitute(client[frame], made));

  say("hello");
  await bobs.next("entry", ({ seq }) => seq === 4);
  say("watch");
  say("resume");
  adas.send({ type: "watch", event: made.get(ids.event) });
  adas.send({ type: "resume", streams: { [`user:${ada.id}`]: 99 } });
  adas.send({ type: "resume", streams: { "event:unknown": 1 }, ref: 5 });
  await adas.next("position");
  say("send");
  const ack = await bobs.next("ack");
  say("read");
  say("typing");
  say("location");
  say("ping");
  say("unwatch");
  await isAt(bob, "49.265");
  // A second passes for what waits its turn; the examples are all of one moment.
  world.clock.advance(1_000);
  world.clock.set(world.clock.now() - 1_000);
  await adas.next("position", ({ latitude }) => latitude === "49.265");
  const share = { until: world.clock.now() / 1_000 + 3_600 };
  expectOk(await bob.call("PUT", `/user/${bob.id}/shares/${ada.id}`, share));
  adas.send({ type: "watch", user: bob.id });
  await adas.next("friend_position");
  await adas.next("typing");
  await adas.next("read");
  await adas.next("online", ({ user }) => user === bob.id);
  await markArrived(world.server.ctx, bob.id, made.get(ids.event) as EventId, world.clock.now()); // as the server made it
  await theRestHappens(dinner, ack.seq);
  await Promise.all([adas, bobs, carols].map((socket) => socket.flushed()));

  const seen = [adas, bobs, carols].flatMap(({ frames }) => frames);
  learnIds(seen, made);
  const frames: ServerFrame[] = substitute(seen, reversed(made));
  for (const example of Object.values(server)) {
    expect(frames.filter(({ type }) => type === example.type)).toContainEqual(example);
  }
  const entries = frames.filter((frame) => frame.type === "entry");
  for (const [kind, data] of Object.entries(entryExamples)) {
    expect(entries.filter((entry) => entry.kind === kind).map((entry) => entry.data)).toContainEqual(data);
  }
  expect([...new Set(entries.map(({ kind }) => kind))].toSorted()).toEqual(Object.keys(entryData).toSorted());
});

test("every type of frame and every kind of entry that has a schema has an example", () => {
  const types = ({ options }: typeof clientFrame | typeof serverFrame) =>
    options.map(({ shape }) => shape.type.value).toSorted();
  expect(Object.keys(client).toSorted()).toEqual(types(clientFrame));
  expect(Object.keys(server).toSorted()).toEqual(types(serverFrame));
  for (const frame of Object.values(client))
    expect(clientFrame.safeParse(frame).success, frame.type).toBe(true);
  for (const frame of Object.values(server)) expect(serverFrame.parse(frame)).toEqual(frame as Json);
  expect(Object.keys(entryExamples).toSorted()).toEqual(Object.keys(entryData).toSorted());
});

async function isAt(person: Person, latitude: string): Promise<void> {
  for (;;) {
    const { response } = await person.call("GET", `/user/${person.id}/location`);
    if (response.latitude === latitude) return;
  }
}

/** One change of every kind that entries tell of. */
async function theRestHappens({ ada, bob, carol, made }: Evening, seq: number): Promise<void> {
  const event = `/event/${made.get(ids.event)}`;
  const messages = `/chat/${made.get(ids.event)}/messages`;
  const changes: (() => Promise<Answer>)[] = [
    () => bob.call("PATCH", `${messages}/1`, { text: "On my way, by bike" }),
    () => bob.call("DELETE", `${messages}/${seq}`),
    () => ada.call("PUT", `${messages}/1/reactions/${encodeURIComponent("👍")}`),
    () => ada.call("PUT", `/chat/${made.get(ids.event)}/pins/1`),
    () => ada.call("PATCH", event, { name: "Late dinner" }),
    () => ada.call("PATCH", `${event}/people/${bob.id}`, { role: "host" }),
    () => bob.call("POST", `${event}/location_request`, { user: ada.id }),
    () => carol.call("POST", `/user/${ada.id}/friend_request`, { from: carol.id }),
    () => ada.call("PUT", `/user/${ada.id}/friend_request/${carol.id}`, { answer: "accept" }),
    () => ada.call("POST", "/event", { name: "Brunch", duration: 3_600, people: [carol.id] }),
    () => carol.call("PUT", `${event}/rsvp`, { status: "maybe" }),
    () => ada.call("DELETE", `${event}/people/${carol.id}`),
    () => ada.call("PATCH", `/user/${ada.id}`, { locale: "fr" }),
    () => ada.call("PUT", `/user/${ada.id}/blocks/${carol.id}`),
    () => bob.call("PUT", `${event}/sharing`, { state: "off" }),
    () => ada.call("POST", `/user/${ada.id}/devices`, { name: "Pixel" }),
    () => ada.call("POST", `/user/${ada.id}/calendars`, new Blob([document], { type: "text/calendar" })),
  ];
  for (const change of changes) {
    const answer = await change();
    expectOk(answer, answer.status === 201 ? 201 : 200);
  }
  expectOk(await ada.call("PATCH", event, { start_time: null }));
  const offered = await ada.call("POST", `${event}/options`, { options: [{ date: "2099-01-01" }] });
  const [{ id }] = expectOk(offered, 201);
  made.set(ids.option, id);
  expectOk(await bob.call("PUT", `${event}/votes`, { [id]: "yes" }));
}

/** The third message, the second event, the phone and the calendar were made meanwhile. */
function learnIds(seen: readonly ServerFrame[], made: Map<string, string>): void {
  const own = new Set<string>(Object.values(ids));
  for (const frame of seen) {
    if (frame.type !== "entry") continue;
    if (frame.kind === "message" && frame.seq === 5) learn(entryExamples.message, frame.data, own, made);
    if (frame.kind === "calendar") learn(entryExamples.calendar, frame.data, own, made);
    if (frame.kind === "device") learn(entryExamples.device, frame.data, own, made);
    if (frame.kind === "event_created") learn(entryExamples.event_created, frame.data, own, made);
  }
}
