import { describe, expect, test } from "bun:test";
import { eventStream } from "@jarvis/contract";
import { cellCentre } from "../src/location/geometry.ts";
import { markArrived } from "../src/travel/service.ts";
import { createMeeting, expectOk, hour, type Meeting, minute, plaza, share } from "./support/meeting.ts";
import { codesOf, heardBy, lookAtTravel, northBy, stay, toldIn } from "./support/travel.ts";
import { createWorld, type Json, type World } from "./support/world.ts";

/** How far the event's log has come: a number that everybody in it is told. */
async function headOf(world: World, { id }: Meeting): Promise<number> {
  const { last_seq } = await world.server.ctx.db.read
    .selectFrom("stream")
    .select("last_seq")
    .where("id", "=", eventStream(id))
    .executeTakeFirstOrThrow();
  return last_seq;
}

describe("the event's log does not even count what others are not told", () => {
  // Moving the start to and fro, an organiser would read from the numbers how far away somebody is who shares nothing.
  test("when it is time to leave for somebody who shares nothing", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob], inMs: 15 * minute });
    await bob.call("POST", `/user/${bob.id}/location`, northBy(2_900));
    const before = await headOf(world, meeting);
    await lookAtTravel(world);
    expect(codesOf(await toldIn(world, meeting.id))).toEqual(["leave_now"]);
    expect(await heardBy(world, bob, meeting.id)).toEqual(["leave_now"]);
    expect(await heardBy(world, ada, meeting.id)).toEqual([]);
    expect(await headOf(world, meeting)).toBe(before);
  });

  test("that somebody has arrived who shows their cell alone", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob] });
    await share(bob, meeting, "on", "coarse");
    const before = await headOf(world, meeting);
    await stay(world, bob, 30);
    expect(await heardBy(world, bob, meeting.id)).toEqual(["arrived"]);
    expect(await heardBy(world, ada, meeting.id)).toEqual([]);
    expect(await headOf(world, meeting)).toBe(before);
  });

  test("that somebody has arrived who has blocked a third, whoever sees them hears of it", async () => {
    await using world = await createWorld();
    const { ada, bob, cat } = await world.people("ada", "bob", "cat");
    const meeting = await createMeeting(world, ada, { accepted: [bob, cat] });
    await expectOk(bob.call("PUT", `/user/${bob.id}/blocks/${ada.id}`));
    await share(bob, meeting);
    const before = await headOf(world, meeting);
    await stay(world, bob, 30);
    expect(await heardBy(world, bob, meeting.id)).toEqual(["arrived"]);
    expect(await heardBy(world, cat, meeting.id)).toEqual(["arrived"]);
    expect(await heardBy(world, ada, meeting.id)).toEqual([]);
    expect(await headOf(world, meeting)).toBe(before);
  });

  test("that somebody has arrived, to whom they invited and who has not answered", async () => {
    await using world = await createWorld();
    const { ada, bob, cat } = await world.people("ada", "bob", "cat");
    const meeting = await createMeeting(world, ada, { accepted: [bob], invited: [cat] });
    await share(bob, meeting);
    const before = await headOf(world, meeting);
    await stay(world, bob, 30);
    expect(await heardBy(world, ada, meeting.id)).toEqual(["arrived"]);
    expect(await heardBy(world, cat, meeting.id)).toEqual([]);
    expect(await headOf(world, meeting)).toBe(before);
  });

  test("what each hears beside the event's log ends with their right to hear it", async () => {
    await using world = await createWorld();
    const { ada, bob, cat } = await world.people("ada", "bob", "cat");
    const meeting = await createMeeting(world, ada, { accepted: [bob, cat] });
    await expectOk(bob.call("PUT", `/user/${bob.id}/blocks/${ada.id}`));
    await share(bob, meeting);
    await stay(world, bob, 30);
    await share(bob, meeting, "paused");
    expect(await heardBy(world, cat, meeting.id)).toEqual([]);
    expect(await heardBy(world, bob, meeting.id)).toEqual(["arrived"]);
  });
});

describe("nobody hears what was said before they could see it exactly", () => {
  test("where `coarse` becomes `exact`", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob], durationMs: 2 * hour });
    await share(bob, meeting, "on", "coarse");
    await stay(world, bob, 30);
    await share(bob, meeting, "on", "exact");
    expect(await heardBy(world, bob, meeting.id)).toEqual(["arrived"]);
    expect(await heardBy(world, ada, meeting.id)).toEqual([]);
  });

  test("where they came later and sharing was given again while it was on", async () => {
    await using world = await createWorld();
    const { ada, bob, dan } = await world.people("ada", "bob", "dan");
    const meeting = await createMeeting(world, ada, { accepted: [bob] });
    await share(bob, meeting);
    await stay(world, bob, 30);
    await expectOk(ada.call("POST", `/event/${meeting.id}/people`, { people: [dan.id] }));
    await expectOk(dan.call("PUT", `/event/${meeting.id}/rsvp`, { status: "accepted" }));
    world.clock.set(world.clock.now() + minute);
    await share(bob, meeting);
    expect(await heardBy(world, ada, meeting.id)).toEqual(["arrived"]);
    expect(await heardBy(world, dan, meeting.id)).toEqual([]);
  });
});

describe("sharing of cells that ends with the arrival", () => {
  const centre = cellCentre(plaza);
  const off = (metres: number) => ({ ...centre, latitude: centre.latitude + metres / 111_195 });

  /** What the others see each minute, while the organiser moves the place about to find out where somebody is. */
  async function watched(atM: number, phoneSaysSo: boolean) {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob] });
    await expectOk(ada.call("PATCH", `/event/${meeting.id}`, { place: off(300) }));
    const consent = { state: "on", precision: "coarse", until_arrival: true };
    await expectOk(bob.call("PUT", `/event/${meeting.id}/sharing`, consent));
    const seen: unknown[] = [];
    for (let i = 0; i < 20; i++) {
      await expectOk(bob.call("POST", `/user/${bob.id}/location`, { ...off(atM), accuracy: 8 }));
      if (phoneSaysSo && i === 2) await markArrived(world.server.ctx, bob.id, meeting.id, world.clock.now());
      // Each place is in reach of the cell, and one of them is where he is.
      if (i % 6 === 5)
        await expectOk(
          ada.call("PATCH", `/event/${meeting.id}`, { place: off([0, -300, 300][Math.floor(i / 6)] ?? 0) }),
        );
      world.clock.set(world.clock.now() + minute);
      await lookAtTravel(world);
      const { response } = await expectOk(ada.call("GET", `/event/${meeting.id}/locations`));
      seen.push(response.map(({ state, distance_m }: Json) => [state, distance_m]));
    }
    return seen;
  }

  test("ends by the cells alone, wherever in them somebody is", async () => {
    const seen = await Promise.all([watched(300, false), watched(0, true), watched(-400, false)]);
    const [there] = seen;
    expect(seen.map((each) => Bun.deepEquals(each, there))).toEqual([true, true, true]);
    expect(there.map((rows) => Array.isArray(rows) && rows.length > 0)).toEqual(
      Array.from({ length: 20 }, (_, i) => i < 14),
    );
  }, 60_000);
});
