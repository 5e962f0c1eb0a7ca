import { describe, expect, test } from "bun:test";
import { runHousekeeping } from "../src/housekeeping.ts";
import { listSuggestions } from "../src/schedule/suggestions.ts";
import { authenticate } from "../src/accounts/service.ts";
import { codeOf, expectOk } from "./support/events.ts";
import {
  between,
  dayS,
  hourS,
  noonS,
  plan,
  share,
  suggest,
  type Timeless,
  timeless,
} from "./support/suggestions.ts";
import type { Person } from "./support/world.ts";

/** As many questions as an hour allows, with everything varied that can be. */
const questions = Array.from({ length: 60 }, (_, index) => {
  const from = noonS + dayS + (index % 7) * 5 * hourS + index * 60;
  const to = from + (1 + (index % 9)) * 7 * hourS;
  const duration = [900, 1_800, hourS, 5_400, 4 * hourS, 61][index % 6];
  const weekdays = ["", "&weekdays=mo", "&weekdays=sa,su", "&weekdays=mo,tu,we,th,fr"][index % 4];
  return `?from=${from}&to=${to}&duration=${duration}&limit=${1 + (index % 50)}${weekdays}`;
});

/** The bytes of every answer, and what its headers say of it. */
async function interrogate(asker: Person, event: string, between: () => Promise<unknown>): Promise<string[]> {
  const answers: string[] = [];
  for (const question of questions) {
    await between();
    const { status, bytes, headers } = await asker.call("GET", `/event/${event}/suggestions${question}`);
    answers.push(`${status} ${headers.get("content-length")} ${new TextDecoder().decode(bytes)}`);
  }
  return answers;
}

const calendarOf = (fromS: number) => `BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//Test//EN\r
BEGIN:VEVENT\r
UID:private\r
DTSTAMP:20300601T000000Z\r
DTSTART:${new Date(fromS * 1_000).toISOString().replaceAll(/[-:]|\.\d+/g, "")}\r
DURATION:P3D\r
SUMMARY:Private\r
END:VEVENT\r
END:VCALENDAR\r
`;

/** Everything about this person's time changes, again and again. */
function changing({ world, ann }: Timeless, victim: Person): () => Promise<void> {
  let turn = 0;
  return async () => {
    turn++;
    const from = dayS + ((turn * 5) % 60) * hourS;
    const event = await plan(victim, from, from + (1 + (turn % 5)) * hourS);
    if (turn % 3 === 0) expectOk(await victim.call("DELETE", `/event/${event}`));
    const hours = turn % 2 === 0 ? null : [{ days: ["mo", "su"], from: "03:00", to: "04:00" }];
    const settings = { hours, travel_buffer: (turn % 4) * 3_600 };
    expectOk(await victim.call("PATCH", `/user/${victim.id}`, settings));
    if (turn % 20 !== 1) return;
    const body = new TextEncoder().encode(calendarOf(noonS + from));
    const path = `/user/${victim.id}/calendars?name=c`;
    expectOk(await victim.call("POST", path, body, { "content-type": "text/calendar" }), 201);
    world.clock.advance(60_000);
    await ann.call("GET", `/user/${ann.id}`);
  };
}

describe("whoever does not share", () => {
  test("case 53: is not seen through 60 questions an hour while their calendar changes", async () => {
    await using group = await timeless({ env: { JARVIS_RATE_LIMITS: "off" } });
    const { world, ann, bob, cem, event } = group;
    await share(ann, event);
    await share(cem, event);
    await plan(cem, dayS, dayS + 9 * hourS);
    const before = await interrogate(ann, event, async () => {});
    expect(new Set(before).size).toBeGreaterThan(50);
    world.clock.advance(3_600_000);
    expect(await interrogate(ann, event, changing(group, bob))).toEqual(before);
    world.clock.advance(3_600_000);
    expectOk(await bob.call("PUT", `/event/${event}/rsvp`, { status: "accepted" }));
    expect(await interrogate(ann, event, changing(group, bob))).toEqual(before);
    // That it would have been seen: sharing changes the answers.
    world.clock.advance(3_600_000);
    await share(bob, event);
    expect(await interrogate(ann, event, async () => {})).not.toEqual(before);
  }, 30_000);

  test("shares nothing outside the range that they share, not even the room around it", async () => {
    await using group = await timeless({ env: { JARVIS_RATE_LIMITS: "off" } });
    const { ann, bob, event } = group;
    const shared = { from: noonS + 2 * dayS + 600, to: noonS + 2 * dayS + 7 * hourS + 600 };
    await share(ann, event);
    await share(bob, event, shared.from, shared.to);
    expectOk(await bob.call("PATCH", `/user/${bob.id}`, { travel_buffer: 7_200 }));
    await plan(bob, 2 * dayS + 4 * hourS, 2 * dayS + 4 * hourS + 60);
    const before = await interrogate(ann, event, async () => {});
    // Everything up to the range, and everything from its end on, to the minute.
    await plan(bob, 0, 2 * dayS + 600);
    await plan(bob, 2 * dayS + 7 * hourS + 600, 20 * dayS);
    expect(await interrogate(ann, event, async () => {})).toEqual(before);
    await plan(bob, 2 * dayS + 6 * hourS, 2 * dayS + 6 * hourS + 60);
    expect(await interrogate(ann, event, async () => {})).not.toEqual(before);
  }, 30_000);
});

const usesBob = async ({ ann, bob, event }: Timeless) => {
  const found = await suggest(ann, event, between(24, 48));
  return found.some(({ available, busy }) => available.includes(bob.id) || busy > 0);
};

describe("consent", () => {
  test("is given for a range, told to owner and hosts, and taken back", async () => {
    await using group = await timeless();
    const { ann, bob, cem, dee, event } = group;
    const none = { share: false, from: null, to: null };
    const path = `/event/${event}/availability`;
    expect(expectOk(await bob.call("GET", path))).toEqual({ ...none, sharing: null });
    const range = { from: noonS + dayS + 0.5, to: noonS + 2 * dayS };
    expect(expectOk(await share(bob, event, range.from, range.to))).toEqual({
      share: true,
      ...range,
      sharing: null,
    });
    expect(expectOk(await ann.call("GET", path))).toEqual({ ...none, sharing: [bob.id] });
    expectOk(await cem.call("PUT", `/event/${event}/rsvp`, { status: "accepted" }));
    expectOk(await ann.call("PATCH", `/event/${event}/people/${cem.id}`, { role: "host" }));
    expect(expectOk(await cem.call("GET", path)).sharing).toEqual([bob.id]);
    expect(codeOf(await dee.call("GET", path))).toBe("not_found");
    expect(codeOf(await share(dee, event))).toBe("not_found");
    expect(expectOk(await bob.call("PUT", path, { share: false }))).toEqual({ ...none, sharing: null });
    expect(expectOk(await ann.call("GET", path)).sharing).toEqual([]);
    expect(await usesBob(group)).toBe(false);
    for (const [from, to] of [
      [noonS, noonS],
      [noonS + 1, noonS],
      [noonS - dayS, noonS],
      [noonS, noonS + 400 * dayS + 1],
    ])
      expect(codeOf(await share(bob, event, from, to))).toBe("invalid_input");
    expect(codeOf(await bob.call("PUT", path, { share: true }))).toBe("invalid_input");
  });

  const endings: Record<string, (group: Timeless) => Promise<unknown>> = {
    leaving: ({ bob, event }) => bob.call("DELETE", `/event/${event}/people/${bob.id}`),
    declining: ({ bob, event }) => bob.call("PUT", `/event/${event}/rsvp`, { status: "declined" }),
    "being removed": ({ ann, bob, event }) => ann.call("DELETE", `/event/${event}/people/${bob.id}`),
    cancelling: ({ ann, event }) => ann.call("DELETE", `/event/${event}`),
    erasure: ({ bob }) => bob.call("DELETE", `/user/${bob.id}`),
    "the owner's erasure": ({ ann }) => ann.call("DELETE", `/user/${ann.id}`),
    "its range having passed": async ({ world }) => {
      world.clock.advance(2 * 86_400_000 + 1);
      await runHousekeeping(world.server.ctx);
    },
  };
  test.each(Object.entries(endings))("ends with %s, at once", async (_, end) => {
    await using group = await timeless();
    const { world, bob, event } = group;
    const rows = () =>
      world.server.ctx.db.read.selectFrom("availability").select("user_id").where("user_id", "=", bob.id);
    expectOk(await share(bob, event, noonS, noonS + 2 * dayS));
    expect(await rows().execute()).toHaveLength(1);
    await end(group);
    expect(await rows().execute()).toEqual([]);
  });

  test("does not come back with whoever comes back", async () => {
    await using group = await timeless();
    const { bob, event } = group;
    await share(bob, event);
    expect(await usesBob(group)).toBe(true);
    for (const status of ["declined", "accepted"])
      expectOk(await bob.call("PUT", `/event/${event}/rsvp`, { status }));
    expect(await usesBob(group)).toBe(false);
    expect(expectOk(await bob.call("GET", `/event/${event}/availability`)).share).toBe(false);
  });

  test("counts for nothing once its range has passed, before anything is deleted", async () => {
    await using group = await timeless();
    const { world, ann, bob, event } = group;
    await share(bob, event, noonS, noonS + dayS + hourS);
    expect(await usesBob(group)).toBe(true);
    world.clock.set((noonS + dayS + hourS) * 1_000);
    expect(await usesBob(group)).toBe(false);
    expect(expectOk(await ann.call("GET", `/event/${event}/availability`)).sharing).toEqual([]);
    expect(expectOk(await bob.call("GET", `/event/${event}/availability`)).share).toBe(false);
  });

  test.each(["ann", "bob"] as const)(
    "does not hold between two of whom %s has blocked the other",
    async (by) => {
      await using group = await timeless();
      const { ann, bob, cem, event } = group;
      await share(bob, event);
      expectOk(await ann.call("PATCH", `/event/${event}/people/${cem.id}`, { role: "host" }));
      const [blocker, other] = by === "ann" ? [ann, bob] : [bob, ann];
      expectOk(await blocker.call("PUT", `/user/${blocker.id}/blocks/${other.id}`));
      expect(await usesBob(group)).toBe(false);
      expect(expectOk(await ann.call("GET", `/event/${event}/availability`)).sharing).toEqual([]);
      expect(await usesBob({ ...group, ann: cem })).toBe(true);
    },
  );

  test("taken back while a search goes on is not used by its answer", async () => {
    await using group = await timeless();
    const { world, ann, bob, event } = group;
    const { ctx } = world.server;
    await share(ann, event);
    await share(bob, event);
    let asked = 0;
    const clock = {
      ...ctx.clock,
      /** Every look at it is a long time later: the search lets others have their turn, and by then Bob has changed his mind. */
      monotonic(): number {
        if (++asked === 3) withdrawElsewhere(world.directory, bob.id);
        return 1_000 * asked;
      },
    };
    const viewer = await authenticate(ctx, ann.token);
    const found = await listSuggestions({ ...ctx, clock }, viewer, event as never, {});
    expect(asked).toBeGreaterThan(3);
    expect(found).not.toBeEmpty();
    expect(found.flatMap(({ available }) => available)).not.toContain(bob.id);
  });

  test("is in the export of whoever gave it", async () => {
    await using group = await timeless();
    const { bob, event } = group;
    await share(bob, event, noonS, noonS + dayS);
    const hours = [{ days: ["mo"], from: "18:00", to: "20:00" }];
    expectOk(await bob.call("PATCH", `/user/${bob.id}`, { hours, travel_buffer: 600 }));
    const { availability, account } = expectOk(await bob.call("GET", `/user/${bob.id}/export`));
    const given = { event, from_ms: noonS * 1_000, to_ms: (noonS + dayS) * 1_000, updated_ms: noonS * 1_000 };
    expect(availability).toEqual([given]);
    expect(account.settings).toMatchObject({ hours, travel_buffer: 600 });
  });
});

/** Another process commits it: in this one nothing else can happen between two steps. */
function withdrawElsewhere(directory: string, user: string): void {
  const script = `const { Database } = require("bun:sqlite");
    new Database(process.argv[1]).run("delete from availability where user_id = ?", [process.argv[2]]);`;
  const done = Bun.spawnSync([process.execPath, "-e", script, `${directory}/jarvis.db`, user]);
  expect(done.stderr.toString()).toBe("");
}

describe("people behind addresses", () => {
  test("count the same whether or not they have an account, reached or not", async () => {
    await using group = await timeless();
    const { world, ann, bob, dee, event } = group;
    await share(bob, event);
    const shy = await world.person("shy");
    expectOk(await shy.call("PATCH", `/user/${shy.id}`, { invites_from: "friends" }));
    const unknown = async () => (await suggest(ann, event, between(24, 25)))[0]?.unknown;
    expect(await unknown()).toBe(2);
    const invited = [dee.email, "nobody@example.org", shy.id, shy.email];
    const counts = [];
    for (const people of invited) {
      expectOk(await ann.call("POST", `/event/${event}/people`, { people: [people] }));
      counts.push(await unknown());
      // As many as the asker sees in the event.
      const { people: seen } = expectOk(await ann.call("GET", `/event/${event}`));
      expect(counts.at(-1)).toBe(seen.length - 1);
    }
    expect(counts.slice(0, 3)).toEqual([3, 4, 5]);
    expectOk(await share(dee, event)); // has not answered: whose address it is stays untold
    expect((await suggest(ann, event, between(24, 25)))[0]?.available).toEqual([bob.id]);
    expect(expectOk(await ann.call("GET", `/event/${event}/availability`)).sharing).toEqual([bob.id]);
    expectOk(await dee.call("PUT", `/event/${event}/rsvp`, { status: "accepted" }));
    expect((await suggest(ann, event, between(24, 25)))[0]?.available).toEqual([bob.id, dee.id].toSorted());
  });
});
