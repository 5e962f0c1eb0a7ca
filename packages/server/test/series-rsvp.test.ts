import { expect, test } from "bun:test";
import { type EventId, eventStream, userStream } from "@jarvis/contract";
import { codeOf, entriesOf, expectOk } from "./support/events.ts";
import { createSeriesWorld, hour, idsOf, occurrencesOf, tuesday, weekly } from "./support/series.ts";
import type { Json, Person } from "./support/world.ts";

const answer = (by: Person, event: string, status: string) =>
  by.call("PUT", `/event/${event}/rsvp`, { status });
const of = (series: Json, week: number) => `${series.id}_${tuesday(week)}`;
const mine = async (person: Person, series: Json) =>
  (await occurrencesOf(person, series.id)).map(({ my_rsvp }) => my_rsvp);

test("declining one occurrence leaves the person in the series, its chat and its other occurrences", async () => {
  await using world = await createSeriesWorld();
  const { ann, bob } = await world.people("ann", "bob");
  const series = await weekly(ann, { people: [bob.id], recurrence: "FREQ=WEEKLY;COUNT=3" });
  expectOk(await answer(bob, series.id, "accepted"));
  expect(expectOk(await answer(bob, of(series, 1), "declined"))).toBe("declined");
  expect(await mine(bob, series)).toEqual(["accepted", "declined", "accepted"]);
  const one = expectOk(await ann.call("GET", `/event/${of(series, 1)}`));
  expect([one.accepted, one.declined]).toEqual([[ann.email], [bob.id]]);
  expect(expectOk(await bob.call("GET", `/event/${series.id}`)).my_rsvp).toBe("accepted");
  expectOk(
    await bob.call("POST", `/chat/${series.id}/messages`, { text: "not on the 8th", client_id: "1" }),
    201,
  );
  const told = (await entriesOf(world, eventStream(series.id))).filter(({ kind }) => kind === "rsvp");
  expect(told.map(({ data }) => data)).toEqual([
    { user: bob.id, rsvp: "accepted" },
    { user: bob.id, rsvp: "declined", event: of(series, 1) },
  ]);
  const kinds = (await entriesOf(world, userStream(bob.id))).map(({ kind }) => kind);
  expect(kinds).toEqual(["invited"]);
  expect(expectOk(await answer(bob, of(series, 1), "maybe"))).toBe("maybe");
  expect(await mine(bob, series)).toEqual(["accepted", "maybe", "accepted"]);
});

test("an answer to the series takes back those to occurrences ahead, and declining it takes all along", async () => {
  await using world = await createSeriesWorld();
  world.clock.set((tuesday(1) - hour) * 1000);
  const { ann, bob } = await world.people("ann", "bob");
  const series = await weekly(ann, { people: [bob.id], recurrence: "FREQ=WEEKLY;COUNT=3" });
  for (const week of [0, 1, 2]) expectOk(await answer(bob, of(series, week), "accepted"));
  expectOk(await answer(bob, series.id, "maybe"));
  expect(await mine(bob, series)).toEqual(["accepted", "maybe", "maybe"]);
  expectOk(await answer(bob, of(series, 2), "declined"));
  expectOk(await answer(bob, series.id, "maybe"));
  expect(await mine(bob, series)).toEqual(["accepted", "maybe", "maybe"]);
  expectOk(await answer(bob, series.id, "declined"));
  expect(codeOf(await answer(bob, of(series, 2), "accepted"))).toBe("not_found");
  expect(await occurrencesOf(bob, series.id)).toEqual([]);
  expectOk(await answer(bob, series.id, "accepted"));
  expect(await mine(bob, series)).toEqual(["accepted", "accepted", "accepted"]);
  expectOk(await answer(bob, of(series, 2), "declined"));
  expectOk(await ann.call("DELETE", `/event/${series.id}/people/${bob.id}`));
  const left = await world.server.ctx.db.read.selectFrom("occurrence_rsvp").selectAll().execute();
  expect(left).toEqual([]);
});

test("places are those of each occurrence", async () => {
  await using world = await createSeriesWorld();
  const { ann, bob, cem, dee } = await world.people("ann", "bob", "cem", "dee");
  const people = [bob.id, cem.id, dee.id];
  const series = await weekly(ann, { people, capacity: 2, recurrence: "FREQ=WEEKLY;COUNT=3" });
  expectOk(await answer(bob, of(series, 1), "accepted"));
  expect(codeOf(await answer(cem, of(series, 1), "accepted"))).toBe("event_full");
  expect(codeOf(await answer(cem, series.id, "accepted"))).toBe("event_full");
  expectOk(await answer(bob, of(series, 1), "maybe"));
  expectOk(await answer(cem, series.id, "accepted"));
  expect(codeOf(await answer(bob, of(series, 1), "accepted"))).toBe("event_full");
  expect(codeOf(await answer(dee, series.id, "accepted"))).toBe("event_full");
  expectOk(await answer(cem, of(series, 0), "declined"));
  expectOk(await answer(dee, of(series, 0), "accepted"));
  // Cem's answer to the series takes back that the first is declined, and its place has gone to Dee.
  expect(codeOf(await answer(cem, series.id, "accepted"))).toBe("event_full");
  expect(await mine(cem, series)).toEqual(["declined", "accepted", "accepted"]);
  const few = await ann.call("PATCH", `/event/${series.id}`, { capacity: 1 });
  expect([codeOf(few), few.body["errors"]]).toEqual([
    "invalid_input",
    [{ path: "capacity", message: "is under the 2 people who have accepted" }],
  ]);
  expectOk(await ann.call("PATCH", `/event/${series.id}`, { capacity: 3 }));
  expectOk(await answer(cem, series.id, "accepted"));
});

test("of two who accept an occurrence's last place at once, exactly one gets it", async () => {
  await using world = await createSeriesWorld();
  const { ann, bob, cem } = await world.people("ann", "bob", "cem");
  const series = await weekly(ann, { people: [bob.id, cem.id], capacity: 2 });
  for (const event of [of(series, 1), of(series, 2), of(series, 3)]) {
    const both = await Promise.all([answer(bob, event, "accepted"), answer(cem, event, "accepted")]);
    expect(both.map(codeOf).toSorted()).toEqual([200, "event_full"]);
  }
  // The whole series against one of its occurrences.
  const last = await Promise.all([
    answer(bob, of(series, 5), "accepted"),
    answer(cem, series.id, "accepted"),
  ]);
  expect(last.map(codeOf)).toContain("event_full");
  for (const { accepted } of await occurrencesOf(ann, series.id))
    expect(accepted.length).toBeLessThanOrEqual(2);
});

test("answers to one occurrence and changes of all, made together, are both kept", async () => {
  await using world = await createSeriesWorld();
  const { ann, bob, cem } = await world.people("ann", "bob", "cem");
  const series = await weekly(ann, { people: [bob.id, cem.id] });
  const rounds = [0, 1, 2, 3, 4, 5];
  for (const week of rounds) {
    const answers = await Promise.all([
      answer(bob, of(series, week), "declined"),
      ann.call("PATCH", `/event/${series.id}`, { name: `Round ${week}`, start_time: tuesday(0, 10 + week) }),
      answer(cem, of(series, week), "accepted"),
      ann.call("PATCH", `/event/${of(series, week)}`, { description: `week ${week}` }),
    ]);
    expect(answers.map(codeOf)).toEqual([200, 200, 200, 200]);
  }
  const rows = await occurrencesOf(ann, series.id);
  expect(rows.map(({ name, start_time }) => [name, Number(start_time)])).toEqual(
    rounds.map((week) => ["Round 5", tuesday(week, 15)]),
  );
  expect(rows.map(({ description }) => description)).toEqual(rounds.map((week) => `week ${week}`));
  expect(new Set([...(await mine(bob, series)), ...(await mine(cem, series))])).toEqual(
    new Set(["declined", "accepted"]),
  );
});

test("whoever was invited by e-mail is known by name once they have answered for one occurrence", async () => {
  await using world = await createSeriesWorld();
  const { ann, bob, cem } = await world.people("ann", "bob", "cem");
  const series = await weekly(ann, { people: [cem.id, bob.email] });
  expect(expectOk(await cem.call("GET", `/event/${series.id}`)).people.at(-1).id).toBeNull();
  expectOk(await answer(bob, of(series, 1), "accepted"));
  const people = expectOk(await cem.call("GET", `/event/${of(series, 2)}`)).people;
  expect(people.map(({ id, rsvp }: Json) => `${id} ${rsvp}`).toSorted()).toEqual(
    [`${ann.id} accepted`, `${cem.id} none`, `${bob.id} none`].toSorted(),
  );
});

test("the schedule has what somebody goes to, others see what both have accepted, and busy is the rest", async () => {
  await using world = await createSeriesWorld();
  const { ann, bob } = await world.people("ann", "bob");
  await world.befriend(ann, bob);
  const series = await weekly(ann, { people: [bob.id], recurrence: "FREQ=WEEKLY;COUNT=3" });
  expectOk(await answer(bob, of(series, 0), "accepted"));
  expectOk(await answer(bob, of(series, 1), "declined"));
  expectOk(await ann.call("PATCH", `/user/${ann.id}`, { busy_for: "friends" }));
  const range = `from=${tuesday(0)}&to=${tuesday(3)}`;
  const own = expectOk(await bob.call("GET", `/user/${bob.id}/schedule?${range}`)).schedule;
  expect(idsOf(own)).toEqual([of(series, 0), of(series, 2)]);
  const others = expectOk(await bob.call("GET", `/user/${ann.id}/schedule?${range}`)).schedule;
  expect(others.map((one: Json) => one.id ?? Number(one.start_time))).toEqual([
    of(series, 0),
    tuesday(1),
    tuesday(2),
  ]);
});

test("export has the answers, erasure takes them, and an owner's series passes on or goes with them", async () => {
  await using world = await createSeriesWorld();
  const { ann, bob, cem } = await world.people("ann", "bob", "cem");
  const passed = await weekly(ann, { people: [bob.id] });
  const cancelled = await weekly(ann, { people: [bob.id] });
  const alone = await weekly(ann);
  const visited = await weekly(cem, { people: [ann.id] });
  expectOk(await ann.call("PATCH", `/event/${passed.id}/people/${bob.id}`, { role: "host" }));
  expectOk(await answer(ann, of(visited, 1), "maybe"));
  const exported = expectOk(await ann.call("GET", `/user/${ann.id}/export`));
  expect(exported.occurrence_answers).toEqual([
    { event: of(visited, 1), rsvp: "maybe", answered_ms: world.clock.now() },
  ]);
  expectOk(await ann.call("DELETE", `/user/${ann.id}`));
  const { read } = world.server.ctx.db;
  expect(await read.selectFrom("occurrence_rsvp").selectAll().execute()).toEqual([]);
  const rowsOf = (group: EventId) =>
    read.selectFrom("event").select(["owner_id", "cancelled"]).where("group_id", "=", group).execute();
  expect(await rowsOf(alone.id)).toEqual([]);
  expect(new Set((await rowsOf(passed.id)).map(({ owner_id }) => owner_id))).toEqual(new Set([bob.id]));
  expect((await rowsOf(cancelled.id)).every((row) => row.cancelled === 1)).toBe(true);
  expect(
    await read.selectFrom("series_part").select("series_id").where("series_id", "=", alone.id).execute(),
  ).toEqual([]);
  expect((await mine(bob, passed)).length).toBe(6);
});
