import { expect, test } from "bun:test";
import { codeOf, expectOk, newEvent, readAll } from "./support/events.ts";
import { createMeeting, share } from "./support/meeting.ts";
import {
  createSeriesWorld,
  hour,
  idsOf,
  occurrencesOf,
  systemMessages,
  tuesday,
  vancouver,
  weekly,
} from "./support/series.ts";

test("an event becomes a series and an event again, with its people and its chat", async () => {
  await using it = await createSeriesWorld();
  const { ann, bob } = await it.people("ann", "bob");
  const plain = await newEvent(it, ann, { start_time: tuesday(0), time_zone: vancouver, people: [bob.id] });
  expectOk(await bob.call("PUT", `/event/${plain.id}/rsvp`, { status: "accepted" }));
  expect(
    expectOk(
      await ann.call("PATCH", `/event/${plain.id}`, { recurrence: "FREQ=WEEKLY;COUNT=3", name: "Volley" }),
    ),
  ).toMatchObject({
    id: plain.id,
    recurrence: "FREQ=WEEKLY;COUNT=3",
    version: 2,
    name: "Volley",
    my_rsvp: "accepted",
  });
  const rows = await occurrencesOf(bob, plain.id);
  expect(rows.map(({ my_rsvp, name }) => [my_rsvp, name])).toEqual(
    Array.from({ length: 3 }, () => ["accepted", "Volley"]),
  );
  const first = rows[0].id;
  expectOk(await bob.call("PUT", `/event/${first}/rsvp`, { status: "declined" }));
  expectOk(await ann.call("PATCH", `/event/${first}`, { name: "Opening" }));
  expect(expectOk(await ann.call("PATCH", `/event/${plain.id}`, { recurrence: null }))).toMatchObject({
    id: plain.id,
    recurrence: null,
    name: "Opening",
    start_time: String(tuesday(0)),
    version: 3,
  });
  expect(codeOf(await bob.call("GET", `/event/${first}`))).toBe("not_found");
  expect(expectOk(await bob.call("GET", `/event/${plain.id}`)).my_rsvp).toBe("none");
  expectOk(await bob.call("POST", `/chat/${plain.id}/messages`, { text: "still here", client_id: "1" }), 201);
  expect(idsOf(await readAll(bob, `/user/${bob.id}/events`))).toEqual([plain.id]);
});

test("what was shared in an event ends where it becomes a series", async () => {
  await using world = await createSeriesWorld();
  const { ann, bob } = await world.people("ann", "bob");
  const meeting = await createMeeting(world, ann, { accepted: [bob] });
  await share(bob, meeting);
  const { read } = world.server.ctx.db;
  expect(await read.selectFrom("sharing").select("state").execute()).toEqual([{ state: "on" }]);
  expectOk(await ann.call("PATCH", `/event/${meeting.id}`, { recurrence: "FREQ=WEEKLY" }));
  expect(await read.selectFrom("sharing").select("state").execute()).toEqual([]);
  expect(await read.selectFrom("share_audience").selectAll().execute()).toEqual([]);
});

test("cancelling ends one occurrence, the following, or all that is not over", async () => {
  await using it = await createSeriesWorld();
  it.clock.set((tuesday(0) + 3 * hour) * 1000);
  const { ann, bob } = await it.people("ann", "bob");
  const series = await weekly(ann, { people: [bob.id] });
  const id = (week: number) => `${series.id}_${tuesday(week)}`;
  const cancelled = async () =>
    (await occurrencesOf(bob, series.id)).flatMap(({ status }, week) =>
      status === "cancelled" ? [week] : [],
    );
  expect(codeOf(await bob.call("DELETE", `/event/${id(1)}`))).toBe("forbidden");
  expect(expectOk(await ann.call("DELETE", `/event/${id(1)}`))).toMatchObject({
    status: "cancelled",
    version: 2,
  });
  expectOk(await ann.call("DELETE", `/event/${id(1)}`));
  expect(await cancelled()).toEqual([1]);
  expect(codeOf(await bob.call("PUT", `/event/${id(1)}/rsvp`, { status: "accepted" }))).toBe("forbidden");
  expect(codeOf(await ann.call("PATCH", `/event/${id(1)}`, { name: "x" }))).toBe("forbidden");
  expectOk(await ann.call("DELETE", `/event/${id(4)}?scope=following`));
  expectOk(await ann.call("DELETE", `/event/${id(4)}?scope=following`));
  expect(await cancelled()).toEqual([1, 4, 5]);
  expect(expectOk(await ann.call("GET", `/event/${series.id}`))).toMatchObject({
    status: "pending",
    version: 2,
    recurrence: "FREQ=WEEKLY;UNTIL=20300130T015959Z",
  });
  expectOk(await ann.call("DELETE", `/event/${series.id}`));
  expect(await cancelled()).toEqual([1, 2, 3, 4, 5]);
  expect(expectOk(await bob.call("GET", `/event/${series.id}`)).status).toBe("cancelled");
  expectOk(await bob.call("POST", `/chat/${series.id}/messages`, { text: "a pity", client_id: "1" }), 201);
  expect(await systemMessages(it, series.id)).toEqual([
    { code: "cancelled", params: { event: id(1) } },
    { code: "cancelled", params: { event: id(4) } },
    { code: "cancelled", params: {} },
    null,
  ]);
});

test("people, roles and photos are the series', and of an occurrence they are refused", async () => {
  await using it = await createSeriesWorld();
  const { ann, bob, eve } = await it.people("ann", "bob", "eve");
  const series = await weekly(ann, { people: [bob.id] });
  const one = `${series.id}_${tuesday(1)}`;
  const calls = [
    ["POST", "people", { people: [eve.id] }],
    ["DELETE", `people/${bob.id}`, undefined],
    ["PATCH", `people/${bob.id}`, { role: "host" }],
  ] as const;
  for (const [method, path, body] of calls) {
    expect(codeOf(await ann.call(method, `/event/${one}/${path}`, body))).toBe("unsupported");
    expect(codeOf(await eve.call(method, `/event/${one}/${path}`, body))).toBe("not_found");
  }
  expectOk(await ann.call("PATCH", `/event/${series.id}/people/${bob.id}`, { role: "host" }));
  expect(expectOk(await bob.call("PATCH", `/event/${one}`, { name: "By a host" })).name).toBe("By a host");
});

test("case 85: rules that are none are refused, and those that are too fine or too expensive are unsupported", async () => {
  await using it = await createSeriesWorld();
  const { ann } = await it.people("ann");
  const create = (recurrence: string, more: object = {}) =>
    ann.call("POST", "/event", {
      name: "x",
      start_time: tuesday(0),
      duration: 60,
      time_zone: vancouver,
      recurrence,
      ...more,
    });
  const invalid = [
    "",
    "weekly",
    "FREQ=SOMETIMES",
    "FREQ=DAILY;INTERVAL=0",
    "FREQ=DAILY;COUNT=2;UNTIL=20300201",
  ];
  invalid.push(
    "FREQ=DAILY;BYMONTH=13",
    "FREQ=DAILY;X-WHAT=1",
    "FREQ=DAILY;FREQ=DAILY",
    "FREQ=WEEKLY;BYDAY=MO",
  );
  invalid.push("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "EXRULE=FREQ=DAILY", "FREQ=DAILY\nRRULE:FREQ=DAILY");
  for (const rule of invalid) expect([rule, codeOf(await create(rule))]).toEqual([rule, "invalid_input"]);
  for (const rule of [
    "FREQ=HOURLY",
    "FREQ=SECONDLY;COUNT=3",
    "FREQ=DAILY;BYHOUR=9,18",
    "FREQ=DAILY;BYSECOND=1",
  ])
    expect([rule, codeOf(await create(rule))]).toEqual([rule, "unsupported"]);
  expect(codeOf(await create(`FREQ=DAILY;COUNT=${"1".repeat(500)}`))).toBe("limit_exceeded");
  expect(codeOf(await create("FREQ=DAILY", { start_time: null }))).toBe("invalid_input");
  expect(codeOf(await create("FREQ=DAILY", { start_time: tuesday(0) + 0.5 }))).toBe("invalid_input");
  expect(expectOk(await create("FREQ=DAILY;COUNT=2147483647;INTERVAL=2147483647"), 201).status).toBe(
    "pending",
  );
});
