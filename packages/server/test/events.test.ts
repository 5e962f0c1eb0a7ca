import { expect, test } from "bun:test";
import { eventStream, userStream } from "@jarvis/contract";
import { codeOf, entriesOf, expectOk, newEvent, readAll } from "./support/events.ts";
import { createWorld, type Person } from "./support/world.ts";

const unknown = "01900000-0000-7000-8000-000000000000";
const startS = Date.UTC(2030, 5, 1, 13) / 1000;

test("an event is created as it was asked for, its owner in from the start", async () => {
  await using world = await createWorld();
  const { ann } = await world.people("ann");
  const answer = await ann.call("POST", "/event", {
    name: "Picnic",
    description: "Bring a blanket",
    start_time: String(startS),
    duration: "7200.5",
    time_zone: "America/Vancouver",
    capacity: 5,
    place: { latitude: "49.26", longitude: -123.24, name: "Lake" },
  });
  const event = expectOk(answer, 201);
  expect(event).toEqual({
    id: event.id,
    version: 1,
    name: "Picnic",
    description: "Bring a blanket",
    start_time: String(startS),
    duration: "7200.5",
    time_zone: "America/Vancouver",
    all_day: false,
    start_date: null,
    end_date: null,
    recurrence: null,
    series: null,
    original_start_time: null,
    status: "pending",
    owner: ann.email,
    accepted: [ann.email],
    maybe: [],
    invited: [],
    declined: [],
    people: [
      { id: ann.id, username: "ann", email: ann.email, role: "owner", rsvp: "accepted", invitation: null },
    ],
    my_rsvp: "accepted",
    capacity: 5,
    place: { name: "Lake", address: "", latitude: "49.26", longitude: "-123.24" },
    chat_url: `${world.server.ctx.publicUrl}/chat/${event.id}`,
    updated_ms: world.clock.now(),
  });
  expect(expectOk(await ann.call("GET", `/event/${event.id}`))).toEqual(event);
  expect(await entriesOf(world, userStream(ann.id))).toEqual([
    { seq: 1, kind: "event_created", data: { event: event.id } },
  ]);
  expect(await entriesOf(world, eventStream(event.id))).toEqual([]);
});

test("an event without a place, a time or a zone takes the owner's zone and stays pending", async () => {
  await using world = await createWorld();
  const { ann } = await world.people("ann");
  const event = await newEvent(world, ann, { start_time: null });
  expect([event.start_time, event.status, event.time_zone, event.place]).toEqual([
    null,
    "pending",
    "UTC",
    null,
  ]);
});

test("status follows the clock, in the event and in the filtered list alike", async () => {
  await using world = await createWorld();
  const { ann } = await world.people("ann");
  const event = await newEvent(world, ann);
  const cancelled = await newEvent(world, ann);
  const timeless = await newEvent(world, ann, { start_time: null });
  expectOk(await ann.call("DELETE", `/event/${cancelled.id}`));
  const listed = async (status: string) =>
    expectOk(await ann.call("GET", `/user/${ann.id}/events?status=${status}`)).map(
      ({ id }: { id: string }) => id,
    );
  const moments: [number, string][] = [
    [0, "pending"],
    [3_600_000 - 1, "pending"],
    [1, "active"],
    [7_200_000 - 1, "active"],
    [1, "passed"],
  ];
  for (const [advance, status] of moments) {
    world.clock.advance(advance);
    expect(expectOk(await ann.call("GET", `/event/${event.id}`)).status).toBe(status);
    for (const other of ["pending", "active", "passed"]) {
      const expected = [
        ...(other === "pending" ? [timeless.id] : []),
        ...(other === status ? [event.id] : []),
      ];
      expect([other, await listed(other)]).toEqual([other, expected]);
    }
    expect(await listed("cancelled")).toEqual([cancelled.id]);
  }
});

test("the list is by start, timeless first, complete over pages, and within a range", async () => {
  await using world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  const ids: string[] = [];
  for (const start_time of [null, null, startS, startS, startS, startS + 10_000, startS + 20_000])
    ids.push((await newEvent(world, ann, { start_time, people: [bob.id] })).id);
  await newEvent(world, bob);
  const pages = await readAll(ann, `/user/${ann.id}/events`);
  expect(pages.map(({ id }) => id)).toEqual(ids);
  const ranged = async (range: string) =>
    expectOk(await ann.call("GET", `/user/${ann.id}/events?${range}`)).map(({ id }: { id: string }) => id);
  expect(await ranged(`from=${startS + 7_200}&to=${startS + 20_000}`)).toEqual([ids[5]]);
  expect(await ranged(`from=${startS + 17_199}`)).toEqual(ids.slice(5));
  expect(await ranged(`to=${startS + 1}`)).toEqual(ids.slice(2, 5));
  for (const bad of [`from=0&to=${401 * 86_400}`, "from=9&to=8", "cursor=bogus", "limit=201", "status=none"])
    expect([bad, codeOf(await ann.call("GET", `/user/${ann.id}/events?${bad}`))]).toEqual([
      bad,
      "invalid_input",
    ]);
});

test("a change makes one version, tells it once, and If-Match refuses what was changed meanwhile", async () => {
  await using world = await createWorld();
  const { ann } = await world.people("ann");
  const { id } = await newEvent(world, ann);
  const patch = (body: object, headers?: Record<string, string>) =>
    ann.call("PATCH", `/event/${id}`, body, headers);
  expect(expectOk(await patch({ name: "Swim", start_time: null }, { "if-match": '"1"' }))).toMatchObject({
    version: 2,
    name: "Swim",
    start_time: null,
  });
  expect(codeOf(await patch({ name: "Run" }, { "if-match": '"1"' }))).toBe("changed");
  expect(expectOk(await patch({ name: "Swim" })).version).toBe(2);
  expect(expectOk(await patch({})).version).toBe(2);
  const place = { latitude: 1, longitude: 2, name: "A", address: "B" };
  expect(expectOk(await ann.call("PUT", `/event/${id}/place`, place))).toMatchObject({
    version: 3,
    place: { latitude: "1", longitude: "2", name: "A", address: "B" },
  });
  expect(expectOk(await patch({ place: null })).place).toBeNull();
  const told = (await entriesOf(world, eventStream(id))).filter(({ kind }) => kind === "event");
  expect(told.map(({ data }) => data)).toEqual([{ version: 2 }, { version: 3 }, { version: 4 }]);
});

test("R10, case 47: fields that are the server's cannot be set, and unknown people are the caller's mistake", async () => {
  await using world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  const forged = {
    id: unknown,
    owner: bob.email,
    owner_id: bob.id,
    creatorEmail: bob.email,
    version: 99,
    status: "passed",
    cancelled: 1,
    role: "owner",
    my_rsvp: "declined",
    accepted: [bob.id],
    updated_ms: 1,
    created_ms: 1,
    chat_url: "https://evil.example",
    __proto__: { role: "owner" },
  };
  const event = await newEvent(world, ann, forged);
  expect(event).toMatchObject({ version: 1, status: "pending", owner: ann.email, accepted: [ann.email] });
  expect(event.id as string).not.toBe(unknown);
  const patched = expectOk(await ann.call("PATCH", `/event/${event.id}`, forged));
  expect(patched).toEqual(event);
  const invited = expectOk(
    await ann.call("POST", `/event/${event.id}/people`, { people: [bob.id], role: "host" }),
  );
  expect(invited.people[1]).toMatchObject({ id: bob.id, role: "guest", rsvp: "none" });
  expectOk(
    await bob.call("PUT", `/event/${event.id}/rsvp`, { status: "accepted", user: ann.id, role: "owner" }),
  );
  expect(expectOk(await bob.call("GET", `/event/${event.id}`)).people[1].role).toBe("guest");
  for (const people of [[unknown], ["nobody"], [ann.id, "__proto__"], ["a@b", bob.id]]) {
    const answer = await ann.call("POST", `/event/${event.id}/people`, { people });
    expect([people, codeOf(answer)]).toEqual([people, "invalid_input"]);
    const index = people.findIndex((ref) => ref !== ann.id && ref !== bob.id);
    expect(answer.body["errors"]).toMatchObject([{ path: `people.${index}` }]);
  }
  const before = (await ann.call("GET", `/user/${ann.id}/events`)).response.length;
  expect(codeOf(await ann.call("POST", "/event", { name: "x", duration: 1, people: [unknown] }))).toBe(
    "invalid_input",
  );
  expect((await ann.call("GET", `/user/${ann.id}/events`)).response).toHaveLength(before);
});

test("R5: strangers find nothing, guests change nothing, hosts cannot cancel", async () => {
  await using world = await createWorld();
  const { ann, hal, gil, eve } = await world.people("ann", "hal", "gil", "eve");
  const { id } = await newEvent(world, ann, { people: [hal.id, gil.id] });
  expectOk(await ann.call("PATCH", `/event/${id}/people/${hal.id}`, { role: "host" }));
  const calls = (person: Person) =>
    [
      ["PATCH", "", { name: "Mine" }],
      ["PUT", "/place", { latitude: 0, longitude: 0 }],
      ["POST", "/people", { people: [eve.id] }],
      ["PATCH", `/people/${person.id}`, { role: "host" }],
      ["DELETE", `/people/${ann.id}`, undefined],
      ["DELETE", "", undefined],
    ] as const;
  for (const [person, code] of [
    [gil, "forbidden"],
    [eve, "not_found"],
  ] as const) {
    for (const [method, path, body] of calls(person))
      expect([method, path, codeOf(await person.call(method, `/event/${id}${path}`, body))]).toEqual([
        method,
        path,
        code,
      ]);
  }
  for (const [method, path] of [
    ["GET", ""],
    ["PUT", "/rsvp"],
  ] as const) {
    const body = method === "PUT" ? { status: "accepted" } : undefined;
    for (const event of [id, unknown, "x", "%00"])
      expect(codeOf(await eve.call(method, `/event/${event}${path}`, body))).toBe("not_found");
  }
  expectOk(await hal.call("PATCH", `/event/${id}`, { name: "Ours" }));
  expect(codeOf(await hal.call("DELETE", `/event/${id}`))).toBe("forbidden");
  expect(codeOf(await hal.call("PATCH", `/event/${id}/people/${gil.id}`, { role: "host" }))).toBe(
    "forbidden",
  );
  expect(codeOf(await ann.call("PATCH", `/event/${id}/people/${ann.id}`, { role: "guest" }))).toBe(
    "forbidden",
  );
});

test("case 45: a cancelled event stays readable, refuses every change, and lets people leave", async () => {
  await using world = await createWorld();
  const { ann, bob, eve } = await world.people("ann", "bob", "eve");
  const { id } = await newEvent(world, ann, { people: [bob.id] });
  for (const _ of [1, 2])
    expect(expectOk(await ann.call("DELETE", `/event/${id}`))).toMatchObject({
      status: "cancelled",
      version: 2,
    });
  expect((await entriesOf(world, eventStream(id))).map(({ kind }) => kind)).toEqual(["event", "message"]);
  for (const [method, path, body] of [
    ["PATCH", "", { name: "Back" }],
    ["PUT", "/place", { latitude: 0, longitude: 0 }],
    ["POST", "/people", { people: [eve.id] }],
    ["PATCH", `/people/${bob.id}`, { role: "host" }],
    ["DELETE", `/people/${bob.id}`, undefined],
    ["PUT", "/rsvp", { status: "accepted" }],
  ] as const)
    expect([path, codeOf(await ann.call(method, `/event/${id}${path}`, body))]).toEqual([path, "forbidden"]);
  expect(expectOk(await bob.call("GET", `/event/${id}`)).status).toBe("cancelled");
  expectOk(await bob.call("DELETE", `/event/${id}/people/${bob.id}`));
  expect(codeOf(await bob.call("GET", `/event/${id}`))).toBe("not_found");
});
