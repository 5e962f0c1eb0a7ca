import { Database as SqliteFile } from "bun:sqlite";
import { expect, test } from "bun:test";
import { pollDue } from "../src/calendars/polling.ts";
import { rereadStale } from "../src/calendars/rereading.ts";
import { runHousekeeping } from "../src/housekeeping.ts";
import { brokenIn } from "./support/storm/invariants.ts";
import { createRandom } from "./support/random.ts";
import {
  at,
  busyMs,
  calendarsOf,
  connectUrl,
  createCalendarWorld,
  dentist,
  ics,
  importFile,
} from "../test/support/calendars.ts";
import { expectOk } from "../test/support/events.ts";
import { newPoll } from "../test/support/polls.ts";
import type { Answer, Person } from "../test/support/world.ts";

const hour = 3_600;
const day = 24 * hour;
const rounds = 25;
const zones = ["Asia/Tokyo", "Europe/London", "America/New_York"];

/**
 * Housekeeping in full, side by side with all that people do to what it works on: whatever comes first, nothing is left of
 * whom or what has gone, every series is whole, and every calendar is read for the zone that the person is in.
 */
test("housekeeping and what people do meanwhile leave nothing half done", async () => {
  const seed = Number(process.env["RACE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
  process.stdout.write(`housekeeping races: RACE_SEED=${seed}\n`);
  const random = createRandom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  await using scene = await createCalendarWorld();
  const { world, answering } = scene;
  const { ctx } = world.server;
  answering.answer = () =>
    new Response(ics(dentist, at("20300603T100000Z", "20300603T110000Z", "RRULE:FREQ=DAILY")));
  const { ann } = await world.people("ann");
  for (let round = 0; round < rounds; round++) {
    const bob = await world.person(`bob${round}`);
    const { event, first } = await newPoll(world, ann, bob);
    const from = Math.ceil(world.clock.now() / 1_000 / 900) * 900;
    const start_time = from + hour;
    const series = expectOk(
      await ann.call("POST", "/event", {
        name: "Run",
        start_time,
        duration: hour,
        time_zone: "UTC",
        recurrence: "FREQ=DAILY",
        people: [bob.id],
      }),
      201,
    );
    const connected = await connectUrl(bob, "http://team.example/a.ics");
    const imported = await importFile(bob, ics(dentist));
    expectOk(await bob.call("POST", `/user/${bob.id}/calendar`), 201);
    const share = { share: true, from, to: from + day };
    expectOk(await bob.call("PUT", `/event/${event}/availability`, share));
    world.clock.set(world.clock.now() + pick([2 * hour, 1.5 * day, 3 * day]) * 1_000);
    const soon = series.id + "_" + (start_time + 5 * day);
    const deeds: (() => Promise<Answer>)[] = [
      () => bob.call("PUT", `/event/${event}/votes`, { [first]: "yes" }),
      () => bob.call("PUT", `/event/${event}/availability`, { share: false }),
      () => bob.call("PUT", `/event/${soon}/rsvp`, { status: "accepted" }),
      () => bob.call("PUT", `/event/${series.id}/rsvp`, { status: "declined" }),
      () => bob.call("PATCH", `/user/${bob.id}`, { time_zone: pick(zones) }),
      () => bob.call("DELETE", `/user/${bob.id}/calendars/${connected.id}`),
      () => bob.call("DELETE", `/user/${bob.id}/calendars/${imported.id}`),
      () => bob.call("POST", `/user/${bob.id}/calendars/${connected.id}/refresh`),
      () => bob.call("DELETE", `/user/${bob.id}/calendar`),
      () => ann.call("PATCH", `/event/${series.id}?scope=all`, { name: "Walk" }),
      () => ann.call("PATCH", `/event/${series.id}?scope=all`, { recurrence: "FREQ=WEEKLY" }),
      () => ann.call("PATCH", `/event/${soon}?scope=following`, { duration: 2 * hour }),
      () => ann.call("DELETE", `/event/${soon}?scope=following`),
      () => ann.call("DELETE", `/event/${series.id}`),
      () => ann.call("DELETE", `/event/${event}/people/${bob.id}`),
      () => ann.call("DELETE", `/event/${event}/options/${first}`),
      () => bob.call("DELETE", `/user/${bob.id}`),
    ];
    const chosen = deeds.map((deed) => ({ deed, key: random() })).toSorted((a, b) => a.key - b.key);
    const keeping = [() => runHousekeeping(ctx), () => pollDue(ctx), () => rereadStale(ctx)];
    const running: Promise<unknown>[] = [];
    for (const { deed } of chosen.slice(0, 3 + Math.floor(random() * 6))) {
      if (random() < 0.4) running.push(pick(keeping)());
      for (let turn = random() * 8; turn > 1; turn--) await new Promise((resolve) => setImmediate(resolve));
      running.push(
        deed().then(({ status }) => expect([200, 201, 400, 401, 403, 404, 409, 412, 422]).toContain(status)),
      );
    }
    running.push(runHousekeeping(ctx));
    await Promise.all(running);
    await rereadStale(ctx);
    using db = new SqliteFile(`${world.directory}/jarvis.db`, { readonly: true });
    expect({ round, broken: brokenIn(db) }).toEqual({ round, broken: [] });
    await expectRead(scene, bob);
  }
  const problems = world.logged.filter(({ level }) => level === "error" || level === "warn");
  expect(problems.map(({ message, fields }) => `${message} ${Bun.inspect(fields)}`)).toEqual([]);
}, 120_000);

/** Whatever calendars are left were read for the zone of now, with times; of whom was erased there is none. */
async function expectRead(
  { world }: Awaited<ReturnType<typeof createCalendarWorld>>,
  person: Person,
): Promise<void> {
  const me = await person.call("GET", `/user/${person.id}`);
  const { read } = world.server.ctx.db;
  const rows = await read
    .selectFrom("calendar")
    .select(["zone", "events", "busy_until_ms"])
    .where("user_id", "=", person.id)
    .execute();
  if (me.status === 401) return expect(rows).toEqual([]);
  const { time_zone } = await read
    .selectFrom("user")
    .select("time_zone")
    .where("id", "=", person.id)
    .executeTakeFirstOrThrow();
  for (const row of rows) {
    expect(row.zone).toBe(time_zone);
    expect(row.busy_until_ms).toBeGreaterThan(world.clock.now() + 400 * day * 1_000);
  }
  expect((await calendarsOf(person)).length).toBe(rows.length);
  if (rows.length === 2) expect((await busyMs(world, person)).length).toBeGreaterThan(1);
}
