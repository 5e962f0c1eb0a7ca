import { expect, test } from "bun:test";
import { runHousekeeping } from "../src/housekeeping.ts";
import { Calendars } from "../src/lib/calendar/calendars.ts";
import { codeOf, expectOk, newEvent, readAll } from "./support/events.ts";
import {
  createSeriesWorld,
  eventEntries,
  hour,
  idsOf,
  occurrencesOf,
  startsOf,
  tuesday,
  weekly,
} from "./support/series.ts";
import type { Json, Person } from "./support/world.ts";

const day = 24 * hour;

async function create(
  owner: Person,
  time_zone: string,
  start_time: number,
  recurrence: string,
): Promise<Json> {
  const body = { name: "x", duration: hour, time_zone, start_time, recurrence };
  return expectOk(await owner.call("POST", "/event", body), 201);
}

test("occurrences reach 400 days ahead, and go on reaching there day by day", async () => {
  await using world = await createSeriesWorld();
  const { ann } = await world.people("ann");
  const start = Math.floor(world.clock.now() / 1000) + hour;
  const endless = await create(ann, "UTC", start, "FREQ=DAILY");
  const finite = await create(ann, "UTC", start, "FREQ=DAILY;COUNT=405");
  const reach = async (series: Json) => (await occurrencesOf(ann, series.id)).length;
  expect([await reach(endless), await reach(finite)]).toEqual([400, 400]);
  expectOk(await ann.call("PATCH", `/event/${endless.id}`, { name: "later" }));
  world.clock.set(world.clock.now() + 10 * day * 1000);
  await runHousekeeping(world.server.ctx);
  await runHousekeeping(world.server.ctx);
  const rows = await occurrencesOf(ann, endless.id);
  expect([rows.length, await reach(finite)]).toEqual([410, 405]);
  expect(startsOf(rows)).toEqual(Array.from({ length: 410 }, (_, index) => start + index * day));
  expect(rows.at(-1).name).toBe("later");
  // Told once, without a new version: nothing of the series itself has changed.
  expect(await eventEntries(world, endless.id)).toEqual([{ version: 2 }, { version: 2 }]);
  const parts = await world.server.ctx.db.read.selectFrom("series_part").selectAll().execute();
  expect(parts.map(({ until_ms }) => until_ms === null).toSorted()).toEqual([false, true]);
});

test("a series that began long ago has what is near, one far ahead has its first, one that is over has it too", async () => {
  await using world = await createSeriesWorld();
  const { ann } = await world.people("ann");
  const now = Math.floor(world.clock.now() / 1000);
  const old = await create(ann, "UTC", 0, "FREQ=DAILY");
  const rows = startsOf(await occurrencesOf(ann, old.id));
  expect([rows.length, rows[0], rows.at(-1)]).toEqual([800, now - 400 * day, now + 399 * day]);
  const far = await create(ann, "UTC", now + 1_000 * day, "FREQ=DAILY");
  expect(startsOf(await occurrencesOf(ann, far.id))).toEqual([now + 1_000 * day]);
  const over = await create(ann, "UTC", 0, "FREQ=DAILY;COUNT=2");
  expect(over.status).toBe("passed");
  expect(startsOf(await occurrencesOf(ann, over.id))).toEqual([0]);
});

test("housekeeping that was overtaken by another rule makes nothing of the old one", async () => {
  await using world = await createSeriesWorld();
  const { ann } = await world.people("ann");
  const start = Math.floor(world.clock.now() / 1000) + hour;
  const series = await create(ann, "UTC", start, "FREQ=DAILY");
  world.clock.set(world.clock.now() + 10 * day * 1000);
  const { calendars } = world.server.ctx;
  const expand = calendars.expandRule.bind(calendars);
  let raced = 0;
  // In the moment between the expansion and the unit of work, somebody changes the rule.
  calendars.expandRule = async (request) => {
    const expanded = await expand(request);
    if (raced++ === 0)
      expectOk(await ann.call("PATCH", `/event/${series.id}`, { recurrence: "FREQ=DAILY;INTERVAL=3" }));
    return expanded;
  };
  await runHousekeeping(world.server.ctx);
  calendars.expandRule = expand;
  expect(raced).toBeGreaterThan(1);
  const ahead = startsOf(await occurrencesOf(ann, series.id)).filter((at) => at * 1000 > world.clock.now());
  expect(ahead.every((at) => ((at - start) / day) % 3 === 0)).toBe(true);
  expect(ahead.length).toBe(133);
});

test("a change that was overtaken by another is planned anew", async () => {
  await using world = await createSeriesWorld();
  const { ann } = await world.people("ann");
  const series = await weekly(ann);
  const { calendars } = world.server.ctx;
  const expand = calendars.expandRule.bind(calendars);
  let raced = 0;
  calendars.expandRule = async (request) => {
    const expanded = await expand(request);
    if (raced++ === 0) expectOk(await ann.call("PATCH", `/event/${series.id}`, { name: "Meanwhile" }));
    return expanded;
  };
  const patch = { recurrence: "FREQ=WEEKLY;COUNT=2" };
  expect(expectOk(await ann.call("PATCH", `/event/${series.id}`, patch))).toMatchObject({ version: 3 });
  calendars.expandRule = expand;
  const rows = await occurrencesOf(ann, series.id);
  expect([raced, rows.map(({ name }) => name), startsOf(rows)]).toEqual([
    2,
    ["Meanwhile", "Meanwhile"],
    [tuesday(0), tuesday(1)],
  ]);
});

test("series that cannot be extended, however many, do not keep the others from going on", async () => {
  await using world = await createSeriesWorld();
  const { ann } = await world.people("ann");
  const start = Math.floor(world.clock.now() / 1000) + hour;
  for (let left = 120; left > 0; left--) await create(ann, "UTC", start, "FREQ=YEARLY;INTERVAL=2");
  const good = await create(ann, "UTC", start, "FREQ=DAILY");
  world.clock.set(world.clock.now() + 10 * day * 1000);
  const { calendars } = world.server.ctx;
  const expand = calendars.expandRule.bind(calendars);
  let failed = 0;
  calendars.expandRule = async (request) => {
    if (!request.rule.includes("YEARLY")) return expand(request);
    failed++;
    return { fault: "too_expensive" };
  };
  await runHousekeeping(world.server.ctx);
  calendars.expandRule = expand;
  expect(failed).toBe(120);
  expect((await occurrencesOf(ann, good.id)).length).toBe(410);
});

test("where rules cannot be expanded, a series is unavailable, and nothing of it is stored", async () => {
  await using world = await createSeriesWorld();
  const { ann } = await world.people("ann");
  const plain = await newEvent(world, ann, { start_time: tuesday(0) });
  const broken = new Calendars(world.clock, {}, `${import.meta.dir}/support/calendar/failing-process.ts`);
  const { calendars } = world.server.ctx;
  const expand = calendars.expandRule.bind(calendars);
  calendars.expandRule = (request) => broken.expandRule(request);
  const body = { name: "x", duration: hour, start_time: tuesday(0), recurrence: "FREQ=DAILY" };
  const refused = [
    await ann.call("POST", "/event", body),
    await ann.call("PATCH", `/event/${plain.id}`, { recurrence: "FREQ=DAILY" }),
  ];
  expect(refused.map((answer) => [answer.status, codeOf(answer)])).toEqual(
    Array.from({ length: 2 }, () => [503, "unavailable"]),
  );
  calendars.expandRule = expand;
  await broken.stop();
  expect(idsOf(await readAll(ann, `/user/${ann.id}/events`))).toEqual([plain.id]);
});
