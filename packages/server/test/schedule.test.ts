import { expect, test } from "bun:test";
import type { BusyBlock, Event } from "@jarvis/contract";
import { createWorld, type Person, type World } from "./support/world.ts";

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

function nowS(world: World): number {
  return world.clock.now() / 1_000;
}

async function plan(
  owner: Person,
  start: number | null,
  duration: number,
  people: Person[] = [],
  more: object = {},
) {
  const body = { name: "Plan", start_time: start, duration, people: people.map(({ id }) => id), ...more };
  return (await owner.call("POST", "/event", body)).response as Event;
}

async function accept(person: Person, event: Event): Promise<void> {
  expect((await person.call("PUT", `/event/${event.id}/rsvp`, { status: "accepted" })).status).toBe(200);
}

async function scheduleOf(viewer: Person, person: Person, query = ""): Promise<(Event | BusyBlock)[]> {
  const answer = await viewer.call("GET", `/user/${person.id}${query}`);
  expect(answer.status).toBe(200);
  return answer.response.schedule;
}

const ids = (schedule: (Event | BusyBlock)[]) => schedule.map((entry) => ("id" in entry ? entry.id : "busy"));

test("the own schedule has every event from yesterday to 90 days ahead, or as asked, in order", async () => {
  await using world = await createWorld();
  const { ann, ben } = await world.people("ann", "ben");
  const now = nowS(world);
  const later = await plan(ann, now + 89 * day, hour);
  const past = await plan(ann, now - day - hour, 2 * hour);
  const invited = await plan(ben, now + hour, hour, [ann]);
  const declined = await plan(ben, now + 2 * hour, hour, [ann]);
  await ann.call("PUT", `/event/${declined.id}/rsvp`, { status: "declined" });
  const ended = await plan(ann, now - day - hour, hour);
  const far = await plan(ann, now + 90 * day, hour);
  await plan(ann, null, hour);
  expect(ids(await scheduleOf(ann, ann))).toEqual([past.id, invited.id, later.id]);
  expect(await scheduleOf(ann, ann)).toEqual(
    (await ann.call("GET", `/user/${ann.id}/schedule`)).response.schedule,
  );
  expect(ids(await scheduleOf(ann, ann, `?from=${now - 2 * day}&to=${now}`))).toEqual(
    [ended.id, past.id].toSorted(),
  );
  expect(ids(await scheduleOf(ann, ann, `?from=${now + 90 * day}`))).toEqual([far.id]);
  const refused = [
    `?from=${now}&to=${now + 400 * day + 1}`,
    `?from=${now}&to=${now - 1}`,
    "?from=x",
    "?to=1e400",
    "?from=-1",
  ];
  for (const query of refused) {
    expect([query, (await ann.call("GET", `/user/${ann.id}${query}`)).body["code"]]).toEqual([
      query,
      "invalid_input",
    ]);
  }
  expect((await ann.call("GET", `/user/${ann.id}?from=${now}&to=${now + 400 * day}`)).status).toBe(200);
});

test("others see in full what both have accepted, and of the person no more than the name", async () => {
  await using world = await createWorld();
  const { ann, ben } = await world.people("ann", "ben");
  await world.befriend(ann, ben);
  const now = nowS(world);
  const both = await plan(ann, now + hour, hour, [ben]);
  await accept(ben, both);
  await plan(ann, now + 3 * hour, hour, [ben]);
  await plan(ben, now + 5 * hour, hour, [ann]);
  await plan(ann, now + 7 * hour, hour);
  const seen = (await ben.call("GET", `/user/${ann.id}`)).response;
  expect(Object.keys(seen)).toEqual(["id", "username", "schedule"]);
  expect(seen.schedule).toEqual([(await ben.call("GET", `/event/${both.id}`)).response]);
});

test("friends learn when somebody is busy, if that person says so, in merged quarters and nothing else", async () => {
  await using world = await createWorld();
  const { ann, ben, eve } = await world.people("ann", "ben", "eve");
  await world.befriend(ann, ben);
  const now = nowS(world);
  const both = await plan(ann, now + hour, hour, [ben, eve]);
  for (const one of [ben, eve]) await accept(one, both);
  await plan(ann, now + 3 * hour + 7 * minute, 10 * minute, [], {
    name: "Doctor",
    place: { latitude: 1, longitude: 2 },
  });
  await plan(ann, now + 3 * hour + 20 * minute, 60);
  const cancelled = await plan(ann, now + 5 * hour, hour);
  await ann.call("DELETE", `/event/${cancelled.id}`);
  await plan(eve, now + 6 * hour, hour, [ann]);
  const half = await plan(eve, now + 9 * hour, hour, [ann, ben]);
  await accept(ann, half);
  await ben.call("PUT", `/event/${half.id}/rsvp`, { status: "maybe" });
  await plan(ann, now + 100 * day, hour);
  expect(ids(await scheduleOf(ben, ann))).toEqual([both.id]);
  await ann.call("PATCH", `/user/${ann.id}`, { busy_for: "friends" });
  const seen = await scheduleOf(ben, ann);
  expect(ids(seen)).toEqual([both.id, "busy", "busy"]);
  const block = { start_time: `${now + 3 * hour}`, duration: `${30 * minute}`, busy: true };
  expect(seen[1]).toEqual(block as BusyBlock);
  expect(seen[2]).toEqual({ start_time: `${now + 9 * hour}`, duration: `${hour}`, busy: true });
  expect(ids(await scheduleOf(eve, ann))).toEqual([both.id, half.id]);
  for (const from of [3 * hour + 16 * minute, 3 * hour + 29 * minute]) {
    const probe = await scheduleOf(ben, ann, `?from=${now + from}&to=${now + from + 1}`);
    expect(probe).toEqual([
      { start_time: `${now + 3 * hour + 15 * minute}`, duration: `${15 * minute}`, busy: true },
    ]);
  }
  expect(await scheduleOf(ben, ann, `?from=${now + 91 * day}&to=${now + 200 * day}`)).toEqual([]);
});

test("nobody without a relation, and nobody across a block, learns that a person exists", async () => {
  await using world = await createWorld();
  const { ann, ben, eve } = await world.people("ann", "ben", "eve");
  const missing = async (viewer: Person, id: string) => {
    const answer = await viewer.call("GET", `/user/${id}`);
    return { ...answer.body, request_id: "" };
  };
  const unknown = await missing(eve, world.server.ctx.random.id());
  expect(unknown).toMatchObject({ status: 404, code: "not_found" });
  expect(await missing(eve, ann.id)).toEqual(unknown);
  expect(await missing(eve, "x")).toEqual(unknown);
  expect(await missing(eve, `${ann.id}?from=9&to=1`)).toEqual(unknown);
  const event = await plan(ann, nowS(world) + hour, hour, [eve]);
  expect((await eve.call("GET", `/user/${ann.id}`)).status).toBe(200);
  await eve.call("PUT", `/event/${event.id}/rsvp`, { status: "declined" });
  expect(await missing(eve, ann.id)).toEqual(unknown);
  await world.befriend(ann, ben);
  expect((await ben.call("GET", `/user/${ann.id}`)).status).toBe(200);
  await ann.call("PUT", `/user/${ann.id}/blocks/${ben.id}`);
  for (const [viewer, id] of [
    [ben, ann.id],
    [ann, ben.id],
  ] as const)
    expect(await missing(viewer, id)).toEqual(unknown);
});

test("an unanswered invitation by e-mail does not tell whose account holds the address", async () => {
  await using world = await createWorld();
  const { ann, ben } = await world.people("ann", "ben");
  const event = (await ann.call("POST", "/event", { name: "Plan", duration: hour, people: [ben.email] }))
    .response as Event;
  expect((await ann.call("GET", `/user/${ben.id}`)).status).toBe(404);
  await accept(ben, event);
  expect((await ann.call("GET", `/user/${ben.id}`)).status).toBe(200);
});
