import { expect, test } from "bun:test";
import { codeOf, expectOk } from "./support/events.ts";
import {
  createSeriesWorld,
  eventEntries,
  hour,
  occurrencesOf,
  startsOf,
  systemMessages,
  tuesday,
  weekly,
} from "./support/series.ts";
import type { Person, World } from "./support/world.ts";

const day = 24 * hour;

/** Time passes; whoever looks in every week stays signed in. */
async function goOn(world: World, people: readonly Person[], to: number): Promise<void> {
  while (world.clock.now() < to * 1000) {
    world.clock.set(Math.min(to * 1000, world.clock.now() + 7 * day * 1000));
    for (const person of people) expectOk(await person.call("GET", `/user/${person.id}`));
  }
}

test("an occurrence that was put off stays where another rule gives it too", async () => {
  await using it = await createSeriesWorld();
  const { ann, bob } = await it.people("ann", "bob");
  const series = await weekly(ann, { people: [bob.id], recurrence: "FREQ=WEEKLY" });
  const first = `${series.id}_${tuesday(0)}`;
  const putOff = tuesday(0) + 2 * day;
  expectOk(await ann.call("PATCH", `/event/${first}`, { start_time: putOff, name: "Put off" }));
  expectOk(await bob.call("PUT", `/event/${first}/rsvp`, { status: "maybe" }));
  await goOn(it, [ann, bob], tuesday(0) + day);
  expectOk(await ann.call("PATCH", `/event/${series.id}`, { recurrence: "FREQ=WEEKLY;COUNT=4" }));
  const rows = await occurrencesOf(bob, series.id);
  expect(startsOf(rows)).toEqual([putOff, tuesday(1), tuesday(2), tuesday(3)]);
  expect(rows[0]).toMatchObject({ id: first, name: "Put off", my_rsvp: "maybe" });
});

test("an occurrence put off by months stays too, and one that the rule does not give goes", async () => {
  await using it = await createSeriesWorld();
  const { ann } = await it.people("ann");
  const series = await weekly(ann, { recurrence: "FREQ=WEEKLY" });
  const putOff = tuesday(20) + day;
  expectOk(await ann.call("PATCH", `/event/${series.id}_${tuesday(0)}`, { start_time: putOff }));
  expectOk(await ann.call("PATCH", `/event/${series.id}_${tuesday(1)}`, { start_time: putOff + day }));
  await goOn(it, [ann], tuesday(6) + day);
  expectOk(await ann.call("PATCH", `/event/${series.id}`, { recurrence: "FREQ=WEEKLY;INTERVAL=2;COUNT=7" }));
  const rows = await occurrencesOf(ann, series.id, `&from=${tuesday(6) + day}`);
  expect(startsOf(rows)).toEqual([tuesday(8), tuesday(10, 17), tuesday(12, 17), putOff]);
});

test("a zone of its own does not move an occurrence when the series gets another name", async () => {
  await using it = await createSeriesWorld();
  const { ann } = await it.people("ann");
  const series = await weekly(ann);
  const second = `${series.id}_${tuesday(1)}`;
  expectOk(await ann.call("PATCH", `/event/${second}`, { time_zone: "Europe/London" }));
  expectOk(await ann.call("PATCH", `/event/${series.id}`, { name: "Beach volley" }));
  expect(expectOk(await ann.call("GET", `/event/${second}`))).toMatchObject({
    name: "Beach volley",
    start_time: String(tuesday(1)),
    time_zone: "Europe/London",
  });
  expectOk(await ann.call("PATCH", `/event/${series.id}`, { start_time: tuesday(0, 19) }));
  expect(expectOk(await ann.call("GET", `/event/${second}`)).start_time).toBe(String(tuesday(1, 19)));
});

test("ending at an occurrence that is cancelled already changes nothing", async () => {
  await using it = await createSeriesWorld();
  const { ann } = await it.people("ann");
  const series = await weekly(ann);
  const end = (week: number) => ann.call("DELETE", `/event/${series.id}_${tuesday(week)}?scope=following`);
  expectOk(await end(2));
  const told = await systemMessages(it, series.id);
  const entries = await eventEntries(it, series.id);
  const ended = expectOk(await ann.call("GET", `/event/${series.id}`));
  expectOk(await end(4));
  expect(expectOk(await ann.call("GET", `/event/${series.id}`))).toEqual(ended);
  expect(await systemMessages(it, series.id)).toEqual(told);
  expect(await eventEntries(it, series.id)).toEqual(entries);
});

test("a series that is cancelled from its first occurrence on ends what was shared to find a time", async () => {
  await using it = await createSeriesWorld();
  const { ann, bob } = await it.people("ann", "bob");
  const series = await weekly(ann, { people: [bob.id] });
  const range = { share: true, from: tuesday(0), to: tuesday(3) };
  expectOk(await bob.call("PUT", `/event/${series.id}/availability`, range));
  expectOk(await ann.call("DELETE", `/event/${series.id}_${tuesday(0)}?scope=following`));
  expect(expectOk(await ann.call("GET", `/event/${series.id}`)).status).toBe("cancelled");
  const { read } = it.server.ctx.db;
  expect(await read.selectFrom("availability").selectAll().execute()).toEqual([]);
});

test("a series reads when its first occurrence takes place, also when that was put off", async () => {
  await using it = await createSeriesWorld();
  const { ann } = await it.people("ann");
  const series = await weekly(ann);
  const start_time = tuesday(0) + hour;
  expectOk(await ann.call("PATCH", `/event/${series.id}_${tuesday(0)}`, { start_time, duration: hour }));
  expect(expectOk(await ann.call("GET", `/event/${series.id}`))).toMatchObject({
    start_time: String(start_time),
    duration: String(hour),
  });
});

test("all of a series gets the rule that is asked for, also where a part of it has that rule", async () => {
  await using it = await createSeriesWorld();
  const { ann } = await it.people("ann");
  const series = await weekly(ann, { recurrence: "FREQ=WEEKLY;COUNT=8" });
  const following = `/event/${series.id}_${tuesday(2)}?scope=following`;
  expectOk(await ann.call("PATCH", following, { recurrence: "FREQ=WEEKLY;INTERVAL=2;COUNT=2" }));
  expect(startsOf(await occurrencesOf(ann, series.id))).toEqual([0, 1, 2, 4].map((week) => tuesday(week)));
  const all = await ann.call("PATCH", `/event/${series.id}`, { recurrence: "FREQ=WEEKLY;COUNT=8" });
  expect(expectOk(all).recurrence).toBe("FREQ=WEEKLY;COUNT=8");
  expect(startsOf(await occurrencesOf(ann, series.id))).toEqual(
    [0, 1, 2, 3, 4, 5, 6, 7].map((week) => tuesday(week)),
  );
});

test("a series with nothing left but what was cancelled stays so as an event", async () => {
  await using it = await createSeriesWorld();
  const { ann } = await it.people("ann");
  const series = await weekly(ann, { recurrence: "FREQ=WEEKLY;COUNT=2" });
  for (const week of [0, 1]) expectOk(await ann.call("DELETE", `/event/${series.id}_${tuesday(week)}`));
  expectOk(await ann.call("PATCH", `/event/${series.id}`, { recurrence: null }));
  expect(expectOk(await ann.call("GET", `/event/${series.id}`)).status).toBe("cancelled");
});

test("what follows does not begin before an occurrence that comes earlier, which would go with its answers", async () => {
  await using it = await createSeriesWorld();
  const { ann, bob } = await it.people("ann", "bob");
  const series = await weekly(ann, { people: [bob.id] });
  expectOk(await bob.call("PUT", `/event/${series.id}_${tuesday(1)}/rsvp`, { status: "accepted" }));
  const following = `/event/${series.id}_${tuesday(2)}?scope=following`;
  const before = await occurrencesOf(bob, series.id);
  for (const start_time of [tuesday(1) - day, tuesday(1)])
    expect(codeOf(await ann.call("PATCH", following, { start_time }))).toBe("invalid_input");
  expect(await occurrencesOf(bob, series.id)).toEqual(before);
  expectOk(await ann.call("PATCH", following, { start_time: tuesday(1) + day }));
  const rows = await occurrencesOf(bob, series.id);
  expect(startsOf(rows).slice(0, 3)).toEqual([tuesday(0), tuesday(1), tuesday(1) + day]);
  expect(rows[1].my_rsvp).toBe("accepted");
});

test("a duration of its own does not become a whole day's on the way through whole days", async () => {
  await using it = await createSeriesWorld();
  const { ann } = await it.people("ann");
  const series = await weekly(ann);
  expectOk(await ann.call("PATCH", `/event/${series.id}_${tuesday(1)}`, { duration: 3 * hour }));
  expectOk(await ann.call("PATCH", `/event/${series.id}`, { all_day: true, start_date: "2030-01-01" }));
  const timed = { all_day: false, start_time: tuesday(0), duration: hour };
  expectOk(await ann.call("PATCH", `/event/${series.id}`, timed));
  const rows = await occurrencesOf(ann, series.id);
  expect(rows.map(({ duration }) => duration)).toEqual(rows.map(() => String(hour)));
});

test("another rule for all leaves what a part of the series was given for itself", async () => {
  await using it = await createSeriesWorld();
  const { ann } = await it.people("ann");
  const series = await weekly(ann);
  const following = `/event/${series.id}_${tuesday(3)}?scope=following`;
  expectOk(await ann.call("PATCH", following, { name: "Later", capacity: 5 }));
  expectOk(
    await ann.call("PATCH", `/event/${series.id}`, { recurrence: "FREQ=WEEKLY;COUNT=7", description: "d" }),
  );
  const rows = await occurrencesOf(ann, series.id);
  expect(rows.map(({ name, capacity, description }) => [name, capacity, description])).toEqual([
    ...Array.from({ length: 3 }, () => ["Volley", null, "d"]),
    ...Array.from({ length: 4 }, () => ["Later", 5, "d"]),
  ]);
});

test("a rule that is changed again and again leaves nothing of what no occurrence goes by", async () => {
  await using it = await createSeriesWorld();
  const { ann } = await it.people("ann");
  const series = await weekly(ann);
  for (let count = 12; count > 0; count--)
    expectOk(
      await ann.call("PATCH", `/event/${series.id}`, { recurrence: `FREQ=WEEKLY;COUNT=${4 + (count % 5)}` }),
    );
  const parts = await it.server.ctx.db.read.selectFrom("series_part").selectAll().execute();
  expect(parts.map(({ rule }) => rule)).toEqual(["FREQ=WEEKLY;COUNT=5"]);
  expect(await occurrencesOf(ann, series.id)).toHaveLength(5);
});
