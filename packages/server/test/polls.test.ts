import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { limits } from "@jarvis/contract";
import { entriesOf, expectOk } from "./support/events.ts";
import { refusal } from "./support/meeting.ts";
import { activate, newPoll, offer, pollOf, settings, standing, vote } from "./support/polls.ts";
import { connect } from "./support/socket.ts";
import { createWorld, type Json, type Person, type World } from "./support/world.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

async function group() {
  const people = await world.people("ann", "bob", "cid", "dee");
  const { ann, bob, cid, dee } = people;
  const poll = await newPoll(world, ann, bob, cid);
  return { ...people, ...poll, dee, cid, bob, ann };
}

function remove(by: Person, event: string, option: string) {
  return by.call("DELETE", `/event/${event}/options/${option}`);
}

describe("options", () => {
  test("are answered in the order asked, and one that is there already with its id", async () => {
    const { ann, event, first } = await group();
    const before = await pollOf(ann, event);
    const start_time = before.options[0]?.start_time;
    const asked = [{ date: "2099-05-01" }, { start_time }, { date: "2099-05-01" }];
    const answered = expectOk(await offer(ann, event, asked), 201);
    expect(answered.map(({ id }: { id: string }) => id)).toEqual([answered[0].id, first, answered[0].id]);
    expect(answered[0]).toEqual({
      id: answered[0].id,
      start_time: null,
      duration: null,
      date: "2099-05-01",
    });
    const { version } = await pollOf(ann, event);
    expect(expectOk(await offer(ann, event, asked), 201)).toEqual(answered);
    expect((await pollOf(ann, event)).version).toBe(version);
    expect(answered[1].duration).toBe("3600");
    const longer = expectOk(await offer(ann, event, [{ start_time, duration: 60 }]), 201);
    expect(longer[0]).toMatchObject({ start_time, duration: "60" });
    expect(longer[0].id).not.toBe(first);
  });

  test("stand in the order of time, a whole day before the times of the same day there", async () => {
    const { ann } = await group();
    const made = await ann.call("POST", "/event", {
      name: "Walk",
      duration: 60,
      time_zone: "America/Vancouver",
    });
    const { id: event } = expectOk(made, 201);
    const at = (iso: string) => ({ start_time: Date.parse(iso) / 1_000 });
    // Both lie on 1 May in Vancouver; in UTC one of them lies on the next day.
    const late = at("2099-05-02T05:00:00Z");
    const early = at("2099-05-01T09:00:00Z");
    expectOk(await offer(ann, event, [late, { date: "2099-05-02" }, early, { date: "2099-05-01" }]), 201);
    const { options } = await pollOf(ann, event);
    expect(options.map(({ date, start_time }) => date ?? Number(start_time))).toEqual([
      "2099-05-01",
      early.start_time,
      late.start_time,
      "2099-05-02",
    ]);
  });

  test("in the past, of both kinds or of none, on a day that is none, and more than there may be are refused", async () => {
    const { ann, bob, event } = await group();
    const nowS = world.clock.now() / 1_000;
    const today = new Date(world.clock.now()).toISOString().slice(0, 10);
    expect(await refusal(offer(ann, event, [{ start_time: nowS - 1 }]))).toBe("400 invalid_input");
    expect(await refusal(offer(ann, event, [{ date: "2001-01-01" }]))).toBe("400 invalid_input");
    expect((await offer(ann, event, [{ date: today }])).status).toBe(201);
    for (const option of [
      {},
      { start_time: nowS + 60, date: "2099-01-01" },
      { date: "2099-02-30" },
      { date: "tomorrow" },
      { date: "2099-01-01", duration: 60 },
      { start_time: nowS + 60, duration: 0 },
      { start_time: "NaN" },
    ])
      expect(await refusal(offer(ann, event, [option]))).toBe("400 invalid_input");
    expect(await refusal(offer(ann, event, []))).toBe("400 invalid_input");
    expect(await refusal(offer(bob, event, [{ date: "2099-01-01" }]))).toBe("403 forbidden");
  });

  test("case 53: 10,000 options, or one beyond the last, are refused whole", async () => {
    const { ann, event } = await group();
    const nowS = Math.floor(world.clock.now() / 1_000);
    const many = (count: number, from: number) =>
      Array.from({ length: count }, (_, i) => ({ start_time: nowS + 1_000 * (from + i) }));
    expect(await refusal(offer(ann, event, many(10_000, 1)))).toBe("413 too_large");
    expect(await refusal(offer(ann, event, many(201, 1)))).toBe("422 limit_exceeded");
    expect((await offer(ann, event, many(limits.pollOptions - 2, 1_000))).status).toBe(201);
    const { version } = await pollOf(ann, event);
    expect(await refusal(offer(ann, event, many(2, 999)))).toBe("422 limit_exceeded");
    expect(await pollOf(ann, event)).toMatchObject({ version });
    expect((await pollOf(ann, event)).options).toHaveLength(limits.pollOptions);
  });

  test("take their votes along, and a new one in their place begins with none", async () => {
    const { ann, bob, event, first, second } = await group();
    expectOk(await vote(bob, event, { [first]: "yes", [second]: "no" }));
    expectOk(await remove(ann, event, first));
    expect(await standing(ann, event)).toEqual({ [second]: "0/0/1" });
    const [third] = expectOk(await offer(ann, event, [{ date: "2099-01-01" }]), 201);
    expect(await standing(ann, event)).toEqual({ [second]: "0/0/1", [third.id]: "0/0/0" });
    expect((await pollOf(bob, event)).votes).toEqual({ [second]: "no" });
    expectOk(await remove(ann, event, second));
    expect((await pollOf(ann, event)).answered).toEqual([]);
    expect(await refusal(remove(ann, event, second))).toBe("404 not_found");
    expect(await refusal(remove(bob, event, third.id))).toBe("403 forbidden");
  });
});

describe("votes", () => {
  test("are merged: what is not named stays, null takes back, and saying the same is no change", async () => {
    const { ann, bob, event, first, second } = await group();
    expect(expectOk(await vote(bob, event, { [first]: "yes" }))).toEqual({ [first]: "yes" });
    expect(expectOk(await vote(bob, event, { [second]: "if_needed" }))).toEqual({
      [first]: "yes",
      [second]: "if_needed",
    });
    const { version } = await pollOf(ann, event);
    expectOk(await vote(bob, event, { [first]: "yes" }));
    expectOk(await vote(bob, event, {}));
    expect((await pollOf(ann, event)).version).toBe(version);
    expect(expectOk(await vote(bob, event, { [first]: null }))).toEqual({ [second]: "if_needed" });
    expect(await standing(ann, event)).toEqual({ [first]: "0/0/0", [second]: "0/1/0" });
    const poll = await pollOf(ann, event);
    expect(poll.options[1]?.voters).toEqual({ yes: [], if_needed: [bob.id], no: [] });
    expect([poll.answered, poll.waiting]).toEqual([[bob.id], (await everybody(ann, event)).toSorted()]);
  });

  test("case 53: for an option of another poll or of none nothing is stored, and twice is once", async () => {
    const { ann, bob, event, first, second } = await group();
    const other = await newPoll(world, ann, bob);
    const refused = [{ [other.first]: "yes" }, { nonsense: "yes" }, { "": "no" }, { __proto__x: "no" }];
    for (const votes of refused)
      expect(await refusal(vote(bob, event, { [first]: "yes", ...votes }))).toBe("400 invalid_input");
    expect(await refusal(vote(bob, event, { [first]: "perhaps" }))).toBe("400 invalid_input");
    expect(await refusal(vote(bob, event, { [first]: ["yes"] }))).toBe("400 invalid_input");
    const polluted = await bob.call("PUT", `/event/${event}/votes`, JSON.parse('{"__proto__":"yes"}'));
    expect([200, 400]).toContain(polluted.status);
    expect(await standing(ann, event)).toEqual({ [first]: "0/0/0", [second]: "0/0/0" });
    expect(await standing(ann, other.event)).toEqual({ [other.first]: "0/0/0", [other.second]: "0/0/0" });
    for (const choice of ["yes", "no", "yes"]) expectOk(await vote(bob, event, { [first]: choice }));
    expect((await standing(ann, event))[first]).toBe("1/0/0");
  });

  test("case 53: nobody votes for another: whatever a call says, it is the caller's vote", async () => {
    const { ann, bob, cid, dee, event, first } = await group();
    const forged = { user: cid.id, id: cid.id, from: cid.id };
    expect(await refusal(vote(bob, event, { [first]: "yes", ...forged }))).toBe("400 invalid_input");
    expectOk(await bob.call("PUT", `/event/${event}/votes?user=${cid.id}`, { [first]: "yes" }));
    expect((await pollOf(ann, event)).answered).toEqual([bob.id]);
    expect(await refusal(vote(dee, event, { [first]: "yes" }))).toBe("404 not_found");
    expect(await refusal(dee.call("GET", `/event/${event}/options`))).toBe("404 not_found");
  });

  test("case 53: after closing nobody votes: time set, deadline passed, cancelled", async () => {
    const { ann, bob, event, first } = await group();
    const deadline = Math.floor(world.clock.now() / 1_000) + 60;
    expectOk(await settings(ann, event, { deadline }));
    expectOk(await vote(bob, event, { [first]: "yes" }));
    world.clock.advance(60_000);
    expect(await refusal(vote(bob, event, { [first]: "no" }))).toBe("403 forbidden");
    expect(await refusal(remove(ann, event, first))).toBe("403 forbidden");
    expect(await pollOf(bob, event)).toMatchObject({ open: false, votes: { [first]: "yes" } });
    expectOk(await settings(ann, event, { deadline: null }));
    expect((await pollOf(bob, event)).open).toBe(true);
    const { version } = expectOk(await activate(ann, event, { option: first }));
    expect(version).toBeGreaterThan(1);
    expect(await refusal(vote(bob, event, { [first]: "no" }))).toBe("403 forbidden");
    expect(await refusal(offer(ann, event, [{ date: "2099-01-01" }]))).toBe("403 forbidden");
    expectOk(await ann.call("PATCH", `/event/${event}`, { start_time: null }));
    expectOk(await vote(bob, event, { [first]: "no" }));
    expectOk(await ann.call("DELETE", `/event/${event}`));
    expect(await refusal(vote(bob, event, { [first]: "yes" }))).toBe("403 forbidden");
    expect(await refusal(settings(ann, event, { hidden: true }))).toBe("403 forbidden");
    expect(await pollOf(bob, event)).toMatchObject({ open: false, votes: { [first]: "no" } });
  });
});

async function everybody(by: Person, event: string): Promise<string[]> {
  const { people } = expectOk(await by.call("GET", `/event/${event}`));
  return people.map(({ id }: { id: string }) => id);
}

describe("leaving", () => {
  const ways: Record<string, (scene: Awaited<ReturnType<typeof group>>) => Promise<unknown>> = {
    leaves: ({ bob, event }) => bob.call("DELETE", `/event/${event}/people/${bob.id}`),
    declines: ({ bob, event }) => bob.call("PUT", `/event/${event}/rsvp`, { status: "declined" }),
    "is removed": ({ ann, bob, event }) => ann.call("DELETE", `/event/${event}/people/${bob.id}`),
    "is erased": ({ bob }) => bob.call("DELETE", `/user/${bob.id}`),
  };
  test.each(Object.entries(ways))(
    "who %s takes their votes along, and is required no longer",
    async (_, go) => {
      const scene = await group();
      const { ann, bob, cid, event, first, second } = scene;
      expectOk(await settings(ann, event, { required: [bob.id, cid.id] }));
      expectOk(await vote(bob, event, { [first]: "yes", [second]: "no" }));
      expectOk(await vote(cid, event, { [first]: "yes" }));
      const before = await pollOf(ann, event);
      expect(before.required).toEqual([bob.id, cid.id].toSorted());
      await go(scene);
      const poll = await pollOf(ann, event);
      expect(poll).toMatchObject({ required: [cid.id], answered: [cid.id], version: before.version + 1 });
      expect(await standing(ann, event)).toEqual({ [first]: "1/0/0", [second]: "0/0/0" });
      expect(poll.waiting).not.toContain(bob.id);
      const [entry] = (await entriesOf(world, `event:${event}`))
        .filter(({ kind }) => kind === "poll")
        .slice(-1);
      expect(JSON.stringify(entry)).not.toContain(bob.id);
    },
  );

  test("who comes back begins without votes", async () => {
    const { ann, bob, event, first } = await group();
    expectOk(await vote(bob, event, { [first]: "yes" }));
    expectOk(await bob.call("PUT", `/event/${event}/rsvp`, { status: "declined" }));
    expectOk(await bob.call("PUT", `/event/${event}/rsvp`, { status: "accepted" }));
    expect((await pollOf(bob, event)).votes).toEqual({});
    expect((await pollOf(ann, event)).required).toEqual([]);
    expect((await standing(ann, event))[first]).toBe("0/0/0");
  });
});

describe("the time", () => {
  test("is fixed from an option: one event entry, a message, and once moved another", async () => {
    const { ann, bob, event, first, second } = await group();
    await using socket = await connect(world.url, bob);
    const before = (await pollOf(ann, event)).options;
    const fixed = expectOk(await activate(ann, event, { option: first }));
    expect(fixed).toMatchObject({ start_time: before[0]?.start_time, duration: "3600", status: "pending" });
    expect(await pollOf(bob, event)).toMatchObject({ open: false, chosen: first });
    expectOk(await activate(ann, event, { option: second }));
    expect((await pollOf(bob, event)).chosen).toBe(second);
    const start_time = Number(before[1]?.start_time) + 60;
    expectOk(await activate(ann, event, { start_time, duration: 120 }));
    expect((await pollOf(bob, event)).chosen).toBeNull();
    await socket.next("entry", ({ seq, kind }) => kind === "message" && seq >= 6);
    const told = socket.of("entry").map(({ kind, data }: Json) => data.message?.system ?? kind);
    const timed = (code: string, at: unknown, duration: string) => ({
      code,
      params: { start_time: String(at), duration },
    });
    expect(told).toEqual([
      "event",
      timed("time_set", before[0]?.start_time, "3600"),
      "event",
      timed("time_changed", before[1]?.start_time, "3600"),
      "event",
      timed("time_changed", start_time, "120"),
    ]);
  });

  test("is a whole day where the option is a date", async () => {
    const { ann, bob, event } = await group();
    const [day] = expectOk(await offer(ann, event, [{ date: "2099-03-08" }]), 201);
    const fixed = expectOk(await activate(ann, event, { option: day.id }));
    expect(fixed).toMatchObject({ all_day: true, start_date: "2099-03-08", end_date: "2099-03-09" });
    expect((await pollOf(bob, event)).chosen).toBe(day.id);
    const reopened = expectOk(await ann.call("PATCH", `/event/${event}`, { start_time: null }));
    expect(reopened).toMatchObject({ start_time: null, all_day: false, start_date: null });
    expect(await pollOf(bob, event)).toMatchObject({ open: true, chosen: null });
  });

  test("is fixed for the version that was seen, by owner and hosts, from what there is", async () => {
    const { ann, bob, event, first } = await group();
    const other = await newPoll(world, ann, bob);
    expect(await refusal(activate(bob, event, { option: first }))).toBe("403 forbidden");
    expect(await refusal(activate(ann, event, { option: other.first }))).toBe("400 invalid_input");
    for (const body of [
      {},
      { option: first, start_time: 1 },
      { option: first, duration: 60 },
      { duration: 60 },
    ])
      expect(await refusal(activate(ann, event, body))).toBe("400 invalid_input");
    expect(await refusal(activate(ann, event, { option: first }, 7))).toBe("412 changed");
    expect((await pollOf(ann, event)).open).toBe(true);
    expectOk(await activate(ann, event, { option: first }, 1));
    expect(await refusal(activate(ann, event, { option: first }, 1))).toBe("412 changed");
    const { version } = expectOk(await activate(ann, event, { option: first }));
    expect(version).toBe(2);
  });
});

test("a series and its occurrences have no poll", async () => {
  const { ann } = await group();
  const { id: event } = expectOk(await ann.call("POST", "/event", { name: "Run", duration: 60 }), 201);
  const { db } = world.server.ctx;
  await db.write(({ sql }) =>
    sql.updateTable("event").set({ kind: "series" }).where("id", "=", event).execute(),
  );
  const calls = [
    ann.call("GET", `/event/${event}/options`),
    offer(ann, event, [{ date: "2099-01-01" }]),
    settings(ann, event, { hidden: true }),
    vote(ann, event, {}),
    activate(ann, event, { start_time: 1 }),
    remove(ann, event, "x"),
  ];
  for (const call of calls) expect(await refusal(call)).toBe("422 unsupported");
});

test("required are people of the event alone", async () => {
  const { ann, bob, dee, event } = await group();
  expect(await refusal(settings(ann, event, { required: [dee.id] }))).toBe("400 invalid_input");
  expect(await refusal(settings(bob, event, { required: [] }))).toBe("403 forbidden");
  const { version } = expectOk(await settings(ann, event, { required: [bob.id, bob.id] }));
  expect((await pollOf(bob, event)).required).toEqual([bob.id]);
  expect(expectOk(await settings(ann, event, { required: [bob.id], hidden: false })).version).toBe(version);
  expect(expectOk(await settings(ann, event, { required: [] })).required).toEqual([]);
});

test("the export has the own votes, and in whose polls one is required", async () => {
  const { ann, bob, event, first } = await group();
  expectOk(await settings(ann, event, { required: [bob.id] }));
  expectOk(await vote(bob, event, { [first]: "if_needed" }));
  expectOk(await vote(ann, event, { [first]: "no" }));
  const held = expectOk(await bob.call("GET", `/user/${bob.id}/export`));
  const { start_time, duration } = (await pollOf(bob, event)).options[0] ?? {};
  expect(held.votes).toEqual([{ event, option: first, start_time, duration, date: null, vote: "if_needed" }]);
  expect(held.required_in).toEqual([event]);
});
