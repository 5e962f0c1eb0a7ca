import { expect, test } from "bun:test";
import { bearer, TestStream } from "./support/event-stream.ts";
import { expectOk } from "./support/events.ts";
import { createMeeting } from "./support/meeting.ts";
import { fullFix, hideFrom, look, moveTo, showTo, threeFriends, watcherOf } from "./support/shares.ts";
import { createWorld, type Person } from "./support/world.ts";

const digits = [String(fullFix.latitude), String(fullFix.longitude)];
const locates = (text: string) => digits.some((found) => text.includes(found));

function pathsAbout(ada: Person, own: Person, event: string): string[] {
  const ofAda = [
    "",
    "/schedule",
    "/location",
    "/presence",
    "/shares",
    "/location_views",
    "/friends",
    "/export",
  ];
  const ofOwn = ["", "/shares", "/friends", "/events", "/location_views", "/export", "/friend_requests"];
  return [
    ...ofAda.map((path) => `/user/${ada.id}${path}`),
    ...ofOwn.map((path) => `/user/${own.id}${path}`),
    ...["", "/sharing", "/locations", `/location/${ada.id}`].map((path) => `/event/${event}${path}`),
    `/chat/${event}/messages`,
    "/realtime/poll?wait=0",
    "/user?q=ada",
    "/metrics",
  ];
}

test("nobody but that friend finds the position, the share or its end by any path, nor does a log or metric have it", async () => {
  await using world = await createWorld();
  const { ada, bob, cem, dan } = await threeFriends(world);
  // Bob and Cem are friends as well, and all but Dan are in one event in which Ada shares nothing.
  await world.befriend(bob, cem);
  const { id: event } = await createMeeting(world, ada, { accepted: [bob, cem] });
  const others = [cem, dan];
  const sockets = await Promise.all(others.map((person) => watcherOf(world, person, ada, bob)));
  const watch = `watch=user:${ada.id}&watch=${event}`;
  const streams = await Promise.all(others.map((person) => TestStream.open(world, bearer(person), watch)));
  for (const socket of sockets) socket.send({ type: "watch", event });
  expectOk(await showTo(world, ada, bob));
  await moveTo(ada);
  expect(locates(JSON.stringify(await look(bob, ada)))).toBe(true);
  world.clock.advance(1_000);
  const heard = () =>
    JSON.stringify(
      [...sockets, ...streams].map(({ frames }) => frames.filter(({ type }) => type !== "welcome")),
    );
  for (const person of others) {
    for (const path of pathsAbout(ada, person, event)) {
      const { body } = await person.call("GET", path);
      expect([path, locates(JSON.stringify(body))]).toEqual([path, false]);
    }
    expect(expectOk(await person.call("GET", `/user/${person.id}/shares`))).toEqual({
      outgoing: [],
      incoming: [],
    });
  }
  expect(locates(JSON.stringify((await bob.call("GET", `/event/${event}/locations`)).body))).toBe(false);
  expectOk(await hideFrom(ada, bob));
  for (const socket of sockets) await socket.flushed();
  expect(locates(heard())).toBe(false);
  expect(heard()).not.toContain(`"share"`);
  expect(heard()).not.toContain("friend_position");
  expect(locates(JSON.stringify(world.logged))).toBe(false);
  const { db } = world.server.ctx;
  expect(locates(JSON.stringify(await db.read.selectFrom("entry").selectAll().execute()))).toBe(false);
  for (const open of [...sockets, ...streams]) await open[Symbol.asyncDispose]();
});

test("what is not shown answers as what is not there, in content and headers", async () => {
  await using world = await createWorld();
  const { ada, bob, cem, dan } = await threeFriends(world);
  expectOk(await showTo(world, ada, bob));
  await moveTo(ada);
  await moveTo(cem);
  const appearances = new Set<string>();
  const asked: [Person, string][] = [
    [cem, ada.id], // a friend to whom nothing is shown
    [dan, ada.id], // a stranger
    [bob, cem.id],
    [bob, "01900000-0000-7000-8000-000000000000"],
    [bob, "nobody"],
    [ada, bob.id], // who has no position either
  ];
  for (const [viewer, id] of asked) {
    const { status, body, headers } = await viewer.call("GET", `/user/${id}/location`);
    const { request_id: _, ...rest } = body;
    const seen = [...headers].filter(([name]) => !["date", "x-request-id", "content-length"].includes(name));
    appearances.add(JSON.stringify([status, rest, seen.toSorted()]));
  }
  expect([...appearances]).toHaveLength(1);
  expect([...appearances][0]).toContain("not_found");
});
