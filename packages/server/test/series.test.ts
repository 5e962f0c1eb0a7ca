import { expect, test } from "bun:test";
import { codeOf, expectOk, newEvent, readAll } from "./support/events.ts";
import {
  createSeriesWorld,
  eventEntries,
  hour,
  idsOf,
  occurrencesOf,
  startsOf,
  systemMessages,
  tuesday,
  weekly,
} from "./support/series.ts";

const weeks = [0, 1, 2, 3, 4, 5];
test("a series has occurrences of its own ids and times, and is itself in no list", async () => {
  await using it = await createSeriesWorld();
  const { ann, bob } = await it.people("ann", "bob");
  const series = await weekly(ann, { people: [bob.id], recurrence: "RRULE:freq=weekly;count=6;byday=TU" });
  expect(series).toMatchObject({
    recurrence: "FREQ=WEEKLY;COUNT=6;BYDAY=TU",
    series: null,
    start_time: String(tuesday(0)),
    duration: String(2 * hour),
    status: "pending",
    version: 1,
  });
  const rows = await occurrencesOf(bob, series.id);
  expect(startsOf(rows)).toEqual(weeks.map((week) => tuesday(week)));
  expect(rows[2]).toMatchObject({
    id: `${series.id}_${tuesday(2)}`,
    series: series.id,
    recurrence: null,
    original_start_time: String(tuesday(2)),
    name: "Volley",
    my_rsvp: "none",
    accepted: [ann.email],
    chat_url: series.chat_url,
    version: 1,
  });
  expect(expectOk(await bob.call("GET", `/event/${rows[2].id}`))).toEqual(rows[2]);
  expect(idsOf(await readAll(bob, `/user/${bob.id}/events`))).toEqual(idsOf(rows));
  expect(codeOf(await bob.call("GET", `/chat/${rows[2].id}`))).toBe("not_found");
  expect(codeOf(await bob.call("GET", `/event/${series.id}_${tuesday(2) + 1}`))).toBe("not_found");
  expect(codeOf(await (await it.person("eve")).call("GET", `/event/${rows[2].id}`))).toBe("not_found");
});

test("pages of occurrences that begin together are complete and in order, and the filters hold for each", async () => {
  await using it = await createSeriesWorld();
  const { ann } = await it.people("ann");
  const made = [await weekly(ann), await weekly(ann), await weekly(ann)];
  const plain = await newEvent(it, ann, { start_time: tuesday(1) });
  const listed = await readAll(ann, `/user/${ann.id}/events`);
  const expected = weeks.flatMap((week) =>
    [...made.map(({ id }) => `${id}_${tuesday(week)}`), ...(week === 1 ? [plain.id] : [])].toSorted(),
  );
  expect(idsOf(listed)).toEqual(expected);
});

test("the status of a series is that of its next occurrence, each occurrence has its own", async () => {
  await using it = await createSeriesWorld();
  it.clock.set((tuesday(0) - 10 * hour) * 1000);
  const dan = await it.person("dan");
  const series = await weekly(dan, { recurrence: "FREQ=WEEKLY;COUNT=2" });
  const status = async () => expectOk(await dan.call("GET", `/event/${series.id}`)).status;
  const listed = async (wanted: string) =>
    idsOf(expectOk(await dan.call("GET", `/user/${dan.id}/events?status=${wanted}`)));
  const [first, second] = idsOf(await occurrencesOf(dan, series.id));
  expect(await status()).toBe("pending");
  it.clock.set(tuesday(0) * 1000);
  expect([await status(), await listed("active"), await listed("pending")]).toEqual([
    "active",
    [first],
    [second],
  ]);
  it.clock.set((tuesday(0) + 2 * hour) * 1000);
  expect([await status(), await listed("passed")]).toEqual(["pending", [first]]);
  it.clock.set((tuesday(1) + 2 * hour) * 1000);
  expect([await status(), await listed("passed")]).toEqual(["passed", [first, second]]);
});

test("a change of one occurrence is its own: it is told with its name, and the others stay", async () => {
  await using it = await createSeriesWorld();
  const { ann, bob } = await it.people("ann", "bob");
  const series = await weekly(ann, { people: [bob.id] });
  const one = `${series.id}_${tuesday(1)}`;
  const place = { latitude: 1, longitude: 2, name: "Beach" };
  const body = { name: "Beach volley", start_time: tuesday(1, 19), place };
  expect(expectOk(await ann.call("PATCH", `/event/${one}`, body, { "if-match": '"1"' }))).toMatchObject({
    id: one,
    version: 2,
    name: "Beach volley",
    start_time: String(tuesday(1, 19)),
    original_start_time: String(tuesday(1)),
  });
  expect(codeOf(await ann.call("PATCH", `/event/${one}`, { name: "x" }, { "if-match": '"1"' }))).toBe(
    "changed",
  );
  expect(codeOf(await bob.call("PATCH", `/event/${one}`, { name: "x" }))).toBe("forbidden");
  for (const refused of [
    { capacity: 3 },
    { recurrence: "FREQ=DAILY" },
    { recurrence: null },
    { start_time: null },
  ])
    expect(codeOf(await ann.call("PATCH", `/event/${one}`, refused))).toBe("unsupported");
  const rows = await occurrencesOf(bob, series.id);
  expect(rows.map(({ name }) => name)).toEqual(weeks.map((week) => (week === 1 ? "Beach volley" : "Volley")));
  expect(startsOf(rows)).toEqual(weeks.map((week) => (week === 1 ? tuesday(1, 19) : tuesday(week))));
  expect(expectOk(await ann.call("GET", `/event/${series.id}`))).toMatchObject({
    name: "Volley",
    version: 1,
  });
  expect(await eventEntries(it, series.id)).toEqual([{ version: 2, event: one }]);
  const time = { start_time: String(tuesday(1, 19)), duration: String(2 * hour), event: one };
  expect(await systemMessages(it, series.id)).toEqual([
    { code: "renamed", params: { name: "Beach volley", event: one } },
    { code: "time_changed", params: time },
  ]);
});

test("a change of all leaves what is over and what an occurrence was given for itself; ids outlive the time of day", async () => {
  await using it = await createSeriesWorld();
  it.clock.set((tuesday(2) - hour) * 1000);
  const ann = await it.person("ann");
  const series = await weekly(ann);
  const before = idsOf(await occurrencesOf(ann, series.id));
  const own = before[3];
  expectOk(await ann.call("PATCH", `/event/${own}`, { name: "Final" }));
  const body = { name: "Beach", start_time: tuesday(2, 19), duration: hour };
  expect(expectOk(await ann.call("PATCH", `/event/${series.id}`, body))).toMatchObject({
    name: "Beach",
    version: 2,
    start_time: String(tuesday(0)),
  });
  const rows = await occurrencesOf(ann, series.id);
  expect(idsOf(rows)).toEqual(before);
  expect(rows.map(({ name }) => name)).toEqual(["Volley", "Volley", "Beach", "Final", "Beach", "Beach"]);
  expect(startsOf(rows)).toEqual(weeks.map((week) => tuesday(week, week < 2 ? 18 : 19)));
  expect(rows.map(({ duration }) => Number(duration) / hour)).toEqual([2, 2, 1, 1, 1, 1]);
  expect(await eventEntries(it, series.id)).toEqual([{ version: 2, event: own }, { version: 2 }]);
  const time = { start_time: String(tuesday(2, 19)), duration: String(hour) };
  expect((await systemMessages(it, series.id)).slice(1)).toEqual([
    { code: "renamed", params: { name: "Beach" } },
    { code: "time_changed", params: time },
  ]);
});

test("a change of the following splits the series there", async () => {
  await using it = await createSeriesWorld();
  const { ann } = await it.people("ann");
  const series = await weekly(ann);
  const from = `${series.id}_${tuesday(3)}`;
  expect(expectOk(await ann.call("PATCH", `/event/${from}?scope=following`, { name: "Late" }))).toMatchObject(
    {
      id: from,
      name: "Late",
    },
  );
  const names = async () => (await occurrencesOf(ann, series.id)).map(({ name }) => name);
  expect(await names()).toEqual(["Volley", "Volley", "Volley", "Late", "Late", "Late"]);
  expect(codeOf(await ann.call("PATCH", `/event/${series.id}?scope=following`, { name: "x" }))).toBe(
    "invalid_input",
  );
  expectOk(await ann.call("PATCH", `/event/${from}?scope=all`, { name: "All" }));
  expect(await names()).toEqual(Array.from({ length: 6 }, () => "All"));
});

test("another rule keeps the occurrences that it gives too, with their answers, and the others go with theirs", async () => {
  await using it = await createSeriesWorld();
  const { ann, bob } = await it.people("ann", "bob");
  const series = await weekly(ann, { people: [bob.id] });
  const rsvp = (week: number, status: string) =>
    bob.call("PUT", `/event/${series.id}_${tuesday(week)}/rsvp`, { status });
  expectOk(await rsvp(1, "accepted"));
  expectOk(await rsvp(2, "declined"));
  const changed = await ann.call("PATCH", `/event/${series.id}`, {
    recurrence: "FREQ=WEEKLY;INTERVAL=2;COUNT=4",
  });
  expect(expectOk(changed)).toMatchObject({ recurrence: "FREQ=WEEKLY;INTERVAL=2;COUNT=4", version: 2 });
  const rows = await occurrencesOf(bob, series.id);
  expect(idsOf(rows)).toEqual([0, 2, 4, 6].map((week) => `${series.id}_${tuesday(week)}`));
  expect(rows.map(({ my_rsvp }) => my_rsvp)).toEqual(["none", "declined", "none", "none"]);
  expect(codeOf(await rsvp(1, "accepted"))).toBe("not_found");
  expect(await eventEntries(it, series.id)).toEqual([{ version: 2 }]);
  // Moved to Wednesdays: other days, other ids.
  expectOk(await ann.call("PATCH", `/event/${series.id}`, { start_time: tuesday(0) + 24 * hour }));
  expect(startsOf(await occurrencesOf(bob, series.id))).toEqual(
    [0, 2, 4, 6].map((week) => tuesday(week) + 24 * hour),
  );
});
