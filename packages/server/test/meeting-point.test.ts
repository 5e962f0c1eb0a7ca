import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { authenticate } from "../src/accounts/service.ts";
import { runHousekeeping } from "../src/housekeeping.ts";
import { getMeetingPoint } from "../src/meeting/proposal.ts";
import { codeOf, expectOk } from "./support/events.ts";
import { move, share } from "./support/meeting.ts";
import {
  ask,
  cell,
  downtown,
  meetingGroup,
  south,
  startFrom,
  whoCounts,
} from "./support/meeting-point/group.ts";
import { createSeriesWorld, idsOf, occurrencesOf, weekly } from "./support/series.ts";
import type { Person, World } from "./support/world.ts";

function storedStarts({ server }: World) {
  return server.ctx.db.read
    .selectFrom("start_point")
    .select(["event_id", "user_id", "latitude", "longitude", "mode"])
    .execute();
}

const ownStart = async (person: Person, event: string) =>
  expectOk(await person.call("GET", `/event/${event}/start`));

describe("a start", () => {
  test("is kept as the centre of its cell, shown to its owner alone, and taken back", async () => {
    await using group = await meetingGroup();
    const { world, ann, bob, event } = group;
    expect(await ownStart(bob, event)).toBeNull();
    await startFrom(bob, event, cell.low);
    const low = await ownStart(bob, event);
    expect(low).toEqual({ latitude: "49.2525", longitude: "-123.240262", mode: "ride" });
    await startFrom(bob, event, { ...cell.high, mode: "walk" });
    expect(await ownStart(bob, event)).toEqual({ ...low, mode: "walk" });
    const [row, ...more] = await storedStarts(world);
    expect(more).toEqual([]);
    expect(row).toMatchObject({ user_id: bob.id, latitude: 49.2525, longitude: -123.240262 });
    expect(await ownStart(ann, event)).toBeNull();
    const { starts } = expectOk(await bob.call("GET", `/user/${bob.id}/export`));
    expect(starts).toEqual([{ event, ...low, mode: "walk", updated_ms: world.clock.now() }]);
    expectOk(await bob.call("DELETE", `/event/${event}/start`));
    expectOk(await bob.call("DELETE", `/event/${event}/start`));
    expect([await ownStart(bob, event), await storedStarts(world)]).toEqual([null, []]);
  });

  test("case 60: of 1,000 around one home gives one cell", async () => {
    await using group = await meetingGroup();
    const { bob, event } = group;
    const seen = new Set<string>();
    for (let index = 0; index < 1_000; index++) {
      const radius = 0.000_36 * Math.sqrt(index / 1_000);
      const latitude = cell.low.latitude + 0.0008 + radius * Math.sin(index * 2.4);
      const longitude = cell.low.longitude + 0.001 + radius * Math.cos(index * 2.4);
      const answer = await bob.call("PUT", `/event/${event}/start`, { latitude, longitude });
      seen.add(JSON.stringify(expectOk(answer)));
    }
    expect(seen.size).toBe(1);
  }, 60_000);

  const endings: Record<string, (bob: Person, ann: Person, event: string) => Promise<unknown>> = {
    leaving: (bob, _, event) => bob.call("DELETE", `/event/${event}/people/${bob.id}`),
    removal: (bob, ann, event) => ann.call("DELETE", `/event/${event}/people/${bob.id}`),
    declining: (bob, _, event) => bob.call("PUT", `/event/${event}/rsvp`, { status: "declined" }),
    erasure: (bob) => bob.call("DELETE", `/user/${bob.id}`),
  };

  test.each(Object.keys(endings))("is gone with %s, and does not come back", async (how) => {
    await using group = await meetingGroup();
    const { world, ann, bob, cem, event } = group;
    for (const person of [ann, bob, cem]) await startFrom(person, event, downtown);
    await endings[how]?.(bob, ann, event);
    expect((await storedStarts(world)).map(({ user_id }) => user_id).toSorted()).toEqual(
      [ann.id, cem.id].toSorted(),
    );
    if (how === "erasure") return;
    if (how === "removal") expectOk(await ann.call("POST", `/event/${event}/people`, { people: [bob.id] }));
    expectOk(await bob.call("PUT", `/event/${event}/rsvp`, { status: "accepted" }));
    expect(await ownStart(bob, event)).toBeNull();
    expect(whoCounts(await ask(ann, event))).toEqual({ [ann.id]: "start", [cem.id]: "start" });
  });

  test("ends with the event, at once for whoever asks, and for good with the next housekeeping", async () => {
    await using group = await meetingGroup();
    const { world, ann, bob, meeting, event } = group;
    await startFrom(ann, event, downtown);
    await startFrom(bob, event, south);
    world.clock.advance(meeting.closesMs - 15 * 60_000 - world.clock.now() - 1);
    expect(await ownStart(bob, event)).not.toBeNull();
    await runHousekeeping(world.server.ctx);
    expect(await storedStarts(world)).toHaveLength(2);
    world.clock.advance(1);
    expect(await ownStart(bob, event)).toBeNull();
    expect(await ask(ann, event)).toEqual({ from: [], places: [] });
    expect(codeOf(await bob.call("PUT", `/event/${event}/start`, downtown))).toBe("outside_window");
    await runHousekeeping(world.server.ctx);
    expect(await storedStarts(world)).toEqual([]);
  });

  test("ends with cancelling", async () => {
    await using group = await meetingGroup();
    const { world, ann, bob, event } = group;
    await startFrom(bob, event, south);
    expectOk(await ann.call("DELETE", `/event/${event}`));
    expect(await ownStart(bob, event)).toBeNull();
    expect(codeOf(await ann.call("GET", `/event/${event}/meeting_point`))).toBe("forbidden");
    await runHousekeeping(world.server.ctx);
    expect(await storedStarts(world)).toEqual([]);
  });

  test("is of one occurrence: gone with declining it, and with leaving the series", async () => {
    await using world = await createSeriesWorld();
    const { ann, bob } = await world.people("ann", "bob");
    const series = await weekly(ann, { people: [bob.id] });
    expectOk(await bob.call("PUT", `/event/${series.id}/rsvp`, { status: "accepted" }));
    const [first = "", second = "", third = ""] = idsOf(await occurrencesOf(ann, series.id));
    for (const id of [first, second, third]) {
      await startFrom(bob, id, downtown);
      await startFrom(ann, id, south);
    }
    expect(codeOf(await bob.call("PUT", `/event/${series.id}/start`, downtown))).toBe("unsupported");
    expect(codeOf(await bob.call("GET", `/event/${series.id}/meeting_point`))).toBe("unsupported");
    expect((await ask(ann, second)).from).toHaveLength(2);
    expectOk(await bob.call("PUT", `/event/${first}/rsvp`, { status: "declined" }));
    const left = async () =>
      (await storedStarts(world))
        .filter(({ user_id }) => user_id === bob.id)
        .map(({ event_id }) => event_id as string);
    expect(await left()).toEqual([second, third]);
    expect((await ask(ann, first)).from).toHaveLength(1);
    expectOk(await bob.call("DELETE", `/event/${series.id}/people/${bob.id}`));
    expect(await left()).toEqual([]);
    expect((await ask(ann, second)).from).toHaveLength(1);
  });
});

describe("who counts", () => {
  test("are accepted people who gave a start, else whom the caller sees now, whose look is written down", async () => {
    await using group = await meetingGroup();
    const { ann, bob, cem, meeting, event } = group;
    await startFrom(ann, event, downtown);
    expect(await ask(ann, event)).toEqual({ from: [{ id: ann.id, source: "start" }], places: [] });
    await share(bob, meeting);
    await move(bob, cell.low);
    await share(cem, meeting, "on", "coarse");
    await move(cem, south);
    const found = await ask(ann, event);
    expect(whoCounts(found)).toEqual({ [ann.id]: "start", [bob.id]: "position", [cem.id]: "position" });
    const { viewers } = expectOk(await bob.call("GET", `/event/${event}/sharing`));
    expect(viewers.map(({ id }: { id: string }) => id)).toEqual([ann.id]);
    await startFrom(bob, event, cell.low);
    expect(whoCounts(await ask(ann, event))[bob.id]).toBe("start");
    expectOk(await bob.call("DELETE", `/event/${event}/start`));
    await share(bob, meeting, "paused");
    await share(cem, meeting, "off");
    expect(whoCounts(await ask(ann, event))).toEqual({ [ann.id]: "start" });
  });

  test("is nobody who has not accepted, whatever they gave, and who may ask is told apart", async () => {
    await using group = await meetingGroup();
    const { ann, bob, cem, dee, event } = group;
    for (const person of [ann, bob, cem]) await startFrom(person, event, downtown);
    expectOk(await bob.call("PUT", `/event/${event}/rsvp`, { status: "maybe" }));
    expect(whoCounts(await ask(ann, event))).toEqual({ [ann.id]: "start", [cem.id]: "start" });
    expect(codeOf(await bob.call("GET", `/event/${event}/meeting_point`))).toBe("forbidden");
    expect(codeOf(await dee.call("GET", `/event/${event}/meeting_point`))).toBe("not_found");
  });

  test("is nobody on the other side of a block, for either, and others count on", async () => {
    await using group = await meetingGroup();
    const { ann, bob, cem, meeting, event } = group;
    for (const person of [ann, bob, cem]) await startFrom(person, event, downtown);
    await share(bob, meeting);
    await move(bob, south);
    expectOk(await bob.call("PUT", `/user/${bob.id}/blocks/${ann.id}`));
    expect(Object.keys(whoCounts(await ask(ann, event)))).toEqual([ann.id, cem.id].toSorted());
    expect(Object.keys(whoCounts(await ask(bob, event)))).toEqual([bob.id, cem.id].toSorted());
    expect(Object.keys(whoCounts(await ask(cem, event)))).toHaveLength(3);
  });

  test("is asked again before it is answered: whoever takes back their start meanwhile does not count", async () => {
    await using group = await meetingGroup();
    const { world, ann, bob, cem, event } = group;
    for (const [person, spot] of [
      [ann, downtown],
      [bob, south],
      [cem, cell.low],
    ] as const)
      await startFrom(person, event, spot);
    const { ctx } = world.server;
    let asked = 0;
    const clock = {
      ...ctx.clock,
      monotonic(): number {
        if (++asked === 3) withdrawElsewhere(world.directory, bob.id);
        return 1_000 * asked;
      },
    };
    const viewer = await authenticate(ctx, ann.token);
    const found = await getMeetingPoint({ ...ctx, clock }, viewer, event);
    expect(asked).toBeGreaterThan(3);
    expect(found.places).not.toBeEmpty();
    expect(JSON.stringify(found)).not.toContain(bob.id);
  });
});

/** Another process commits it: in this one nothing else can happen between two steps. */
function withdrawElsewhere(directory: string, user: string): void {
  const script = `const { Database } = require("bun:sqlite");
    new Database(process.argv[1]).run("delete from start_point where user_id = ?", [process.argv[2]]);`;
  const done = Bun.spawnSync([process.execPath, "-e", script, `${directory}/jarvis.db`, user]);
  expect(done.stderr.toString()).toBe("");
}

describe("places", () => {
  test("are best first, 500 m apart, in whole five minutes, as many as asked for, with what each person needs", async () => {
    await using group = await meetingGroup();
    const { ann, bob, cem, event } = group;
    await startFrom(ann, event, downtown);
    await startFrom(bob, event, { ...cell.low, mode: "cycle" });
    await startFrom(cem, event, { ...south, mode: "ride" });
    expect((await ask(ann, event)).places).toHaveLength(5);
    const { places } = await ask(ann, event, "?limit=10");
    expect(places).toHaveLength(10);
    for (const place of places) {
      const times = place.travel.map(({ travel_s }) => travel_s);
      expect(times.every((time) => time % 300 === 0)).toBeTrue();
      expect(place.worst_s).toBe(Math.max(...times));
      expect(Math.abs(place.spread_s - (place.worst_s - Math.min(...times)))).toBeLessThanOrEqual(300);
    }
    const worst = places.map(({ worst_s }) => worst_s);
    expect(worst).toEqual(worst.toSorted((a, b) => a - b));
    for (const [index, a] of places.entries())
      for (const b of places.slice(index + 1)) {
        const north = (Number(a.latitude) - Number(b.latitude)) * 111_195;
        const east = (Number(a.longitude) - Number(b.longitude)) * 111_195 * Math.cos((49.2 * Math.PI) / 180);
        expect(Math.hypot(north, east)).toBeGreaterThan(495);
      }
    for (const query of ["?limit=0", "?limit=11", "?limit=x"])
      expect(codeOf(await ann.call("GET", `/event/${event}/meeting_point${query}`))).toBe("invalid_input");
  });

  test("are named after venues of events that the caller reads, and no others", async () => {
    await using group = await meetingGroup();
    const { world, ann, bob, dee, event } = group;
    await startFrom(ann, event, downtown);
    await startFrom(bob, event, cell.low);
    const place = { name: "Half way", latitude: 49.268, longitude: -123.18 };
    const start_time = world.clock.now() / 1_000 + 86_400;
    const body = { name: "Tea", start_time, duration: 3_600 };
    expectOk(await dee.call("POST", "/event", { ...body, place: { ...place, name: "Secret" } }), 201);
    const far = { name: "Far", latitude: -33.9, longitude: 151.2 };
    expectOk(await ann.call("POST", "/event", { ...body, place: far }), 201);
    expect((await ask(ann, event)).places.every(({ name }) => name === null)).toBeTrue();
    expectOk(await ann.call("POST", "/event", { ...body, place }), 201);
    const [first] = (await ask(ann, event)).places;
    expect(first).toMatchObject({ name: "Half way", latitude: "49.268", longitude: "-123.18" });
    expect((await ask(bob, event)).places.every(({ name }) => name === null)).toBeTrue();
  });

  test("are asked for 60 times an hour", async () => {
    await using group = await meetingGroup({ env: { JARVIS_RATE_LIMITS: "on" } });
    const { ann, event } = group;
    for (let index = 0; index < 60; index++) await ask(ann, event);
    const { status, headers } = await ann.call("GET", `/event/${event}/meeting_point`);
    expect([status, headers.has("retry-after")]).toEqual([429, true]);
  });
});

test("nothing finer than the cell is on the disk, and nothing of it in the log", async () => {
  const group = await meetingGroup();
  const { world, ann, bob, event } = group;
  const exact = { latitude: 49.24812345, longitude: -123.24698765 };
  await startFrom(bob, event, exact);
  await startFrom(ann, event, downtown);
  await ask(ann, event);
  expect(JSON.stringify(world.logged)).not.toMatch(/49\.2|123\.2/);
  const copy = `${world.directory}/copy.db`;
  using file = new Database(`${world.directory}/jarvis.db`, { readonly: true });
  file.run("vacuum into ?", [copy]);
  const bytes = Buffer.from(await Bun.file(copy).bytes());
  const float = (value: number) => {
    const buffer = Buffer.alloc(8);
    buffer.writeDoubleBE(value);
    return buffer;
  };
  expect(bytes.includes(float(49.2525))).toBeTrue();
  expect([exact.latitude, exact.longitude].some((value) => bytes.includes(float(value)))).toBeFalse();
  expect(bytes.includes("49.248123")).toBeFalse();
  await group[Symbol.asyncDispose]();
});
