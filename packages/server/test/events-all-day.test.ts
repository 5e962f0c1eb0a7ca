import { expect, test } from "bun:test";
import { eventStream } from "@jarvis/contract";
import { codeOf, entriesOf, expectOk } from "./support/events.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

const hour = 3_600;

async function wholeDay(owner: Person, input: Record<string, unknown> = {}) {
  const base = { name: "Fair", all_day: true, start_date: "2030-03-10", time_zone: "America/Vancouver" };
  return expectOk(await owner.call("POST", "/event", { ...base, ...input }), 201);
}

async function systemMessages(world: World, event: string) {
  const { read } = world.server.ctx.db;
  const rows = await read
    .selectFrom("message")
    .selectAll()
    .where("event_id", "=", event as never)
    .execute();
  return rows.map(({ system }) => JSON.parse(system ?? "null") as unknown);
}

test("case 89: a whole day begins and ends with the day of its zone, however long that is", async () => {
  await using world = await createWorld();
  const { ann } = await world.people("ann");
  // Clocks go forward in Vancouver on that day, and in Lord Howe by half an hour on 2030-10-06.
  expect(await wholeDay(ann)).toMatchObject({
    all_day: true,
    start_date: "2030-03-10",
    end_date: "2030-03-11",
    start_time: String(Date.UTC(2030, 2, 10, 8) / 1000),
    duration: String(23 * hour),
  });
  const two = { start_date: "2030-10-05", end_date: "2030-10-07", time_zone: "Australia/Lord_Howe" };
  expect(await wholeDay(ann, two)).toMatchObject({
    start_time: String(Date.UTC(2030, 9, 4, 13, 30) / 1000),
    duration: String(47.5 * hour),
    end_date: "2030-10-07",
  });
});

test("case 89: another zone moves the instants of whole days and not the days, and the chat is told of none", async () => {
  await using world = await createWorld();
  const { ann } = await world.people("ann");
  const { id } = await wholeDay(ann);
  const patch = async (body: object) => expectOk(await ann.call("PATCH", `/event/${id}`, body));
  expect(await patch({ time_zone: "Pacific/Chatham" })).toMatchObject({
    version: 2,
    start_date: "2030-03-10",
    start_time: String(Date.UTC(2030, 2, 9, 10, 15) / 1000),
    duration: String(24 * hour),
  });
  expect(await systemMessages(world, id)).toEqual([]);
  expect(await patch({ start_date: "2030-03-12", end_date: "2030-03-14" })).toMatchObject({ version: 3 });
  expect(await systemMessages(world, id)).toEqual([
    {
      code: "time_changed",
      params: {
        start_time: String(Date.UTC(2030, 2, 11, 10, 15) / 1000),
        duration: String(48 * hour),
        start_date: "2030-03-12",
        end_date: "2030-03-14",
      },
    },
  ]);
  const told = (await entriesOf(world, eventStream(id))).filter(({ kind }) => kind === "event");
  expect(told.map(({ data }) => data)).toEqual([{ version: 2 }, { version: 3 }]);
});

test("a whole day becomes an hour and a whole day again, and its time can be taken back", async () => {
  await using world = await createWorld();
  const { ann } = await world.people("ann");
  const { id } = await wholeDay(ann);
  const patch = async (body: object) => expectOk(await ann.call("PATCH", `/event/${id}`, body));
  const start_time = String(Date.UTC(2030, 2, 10, 20) / 1000);
  const timed = { all_day: false, start_date: null, end_date: null, start_time, duration: "3600" };
  expect(await patch({ all_day: false, start_time, duration: 3_600 })).toMatchObject(timed);
  expect(await patch({ all_day: true, start_date: "2030-04-01" })).toMatchObject({
    all_day: true,
    start_date: "2030-04-01",
    end_date: "2030-04-02",
  });
  expect(await patch({ start_time: null })).toMatchObject({
    all_day: false,
    start_date: null,
    start_time: null,
    status: "pending",
  });
});

test("dates and instants do not go together, and dates have to be dates", async () => {
  await using world = await createWorld();
  const { ann } = await world.people("ann");
  const { id } = await wholeDay(ann);
  const base = { name: "x", all_day: true, start_date: "2030-03-10" };
  const refused = [
    { ...base, start_time: 1_900_000_000 },
    { ...base, duration: 60 },
    { ...base, start_date: undefined },
    { ...base, start_date: "2030-02-29" },
    { ...base, start_date: "2030-3-1" },
    { ...base, start_date: "1969-12-31" },
    { ...base, start_date: "9999-12-31" },
    { ...base, end_date: "2030-03-10" },
    { ...base, end_date: "2030-04-11" },
    { name: "x", duration: 60, start_date: "2030-03-10" },
    { name: "x" },
  ];
  for (const body of refused)
    expect([body, codeOf(await ann.call("POST", "/event", body))]).toEqual([body, "invalid_input"]);
  const wrong = [
    { start_time: 1_900_000_000 },
    { duration: 60 },
    { all_day: false },
    { end_date: "2030-01-01" },
  ];
  for (const body of wrong)
    expect([body, codeOf(await ann.call("PATCH", `/event/${id}`, body))]).toEqual([body, "invalid_input"]);
  expect(await wholeDay(ann, { end_date: "2030-04-10" })).toMatchObject({ end_date: "2030-04-10" });
});
