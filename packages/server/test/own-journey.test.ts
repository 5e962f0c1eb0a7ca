import { describe, expect, test } from "bun:test";
import type { OwnJourney } from "@jarvis/contract";
import { createMeeting, expectOk, hour, type Meeting, minute, refusal, share } from "./support/meeting.ts";
import { lookAtTravel, northBy, stay, toldIn, travel } from "./support/travel.ts";
import { type Answer, createWorld, type Person } from "./support/world.ts";

async function own(person: Person, meeting: Meeting): Promise<OwnJourney> {
  return (await expectOk(person.call("GET", `/event/${meeting.id}/journey`))).response;
}

async function expectMade(answer: Promise<Answer>): Promise<string> {
  const { status, response } = await answer;
  expect(status).toBe(201);
  return response.id;
}

const nothing = { distance_m: null, speed: null, mode: null, eta_s: null, eta_margin_s: null };
const unknown = { ...nothing, arrived: false, leave_by_ms: null };

describe("the own way to an event", () => {
  test("is what those are told who see one exactly, until one has arrived", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob], inMs: 50 * minute });
    await share(bob, meeting);
    expect(await own(bob, meeting)).toEqual(unknown);
    await travel(world, bob, { fromM: 2_900, toM: 1_700, mps: 1.4 });
    const told = await own(bob, meeting);
    expect(told).toMatchObject({ mode: "walk", arrived: false, leave_by_ms: null });
    expect(Math.abs((told.eta_s ?? 0) - 1_600 / 1.4)).toBeLessThan(300);
    const { response } = await expectOk(ada.call("GET", `/event/${meeting.id}/location/${bob.id}`));
    const { distance_m, speed, mode, eta_s, eta_margin_s } = told;
    expect(response).toMatchObject({ distance_m, speed, mode, eta_s, eta_margin_s });
    await travel(world, bob, { fromM: 1_700, toM: 20, mps: 2.8 });
    await stay(world, bob, 10);
    expect(await own(bob, meeting)).toMatchObject({ arrived: true, eta_s: 0, eta_margin_s: 0 });
    // What was made before the present consent counts for nothing, but that they came is remembered.
    await share(bob, meeting, "off");
    expect(await own(bob, meeting)).toMatchObject({ mode: null, arrived: true, eta_s: 0, leave_by_ms: null });
    await expectOk(bob.call("POST", `/user/${bob.id}/location`, northBy(900)));
    expect(await own(bob, meeting)).toMatchObject({ distance_m: 900, arrived: false });
  }, 60_000);

  test("is exact for oneself where others are told of cells", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob], inMs: 50 * minute });
    await share(bob, meeting, "on", "coarse");
    await travel(world, bob, { fromM: 2_900, toM: 2_300, mps: 1.4 });
    const told = await own(bob, meeting);
    expect(told.mode).toBe("walk");
    expect((told.distance_m ?? 0) % 1_000).not.toBe(0);
    const { response } = await expectOk(ada.call("GET", `/event/${meeting.id}/location/${bob.id}`));
    expect(response).toMatchObject({ mode: null, speed: null });
    expect(response.distance_m % 1_000).toBe(0);
  }, 60_000);

  test("is reckoned from the last own fix without sharing, and says when to leave as the entry does", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob], inMs: 2 * hour });
    expect(await own(bob, meeting)).toEqual(unknown);
    await expectOk(bob.call("POST", `/user/${bob.id}/location`, northBy(2_900)));
    const told = await own(bob, meeting);
    expect(told).toMatchObject({ distance_m: 2_900, mode: null, arrived: false });
    expect(told.leave_by_ms).toBeLessThan(meeting.startMs);
    expect(Math.abs((told.leave_by_ms ?? 0) + (told.eta_s ?? 0) * 1_000 - meeting.startMs)).toBeLessThan(
      1_000,
    );
    world.clock.set(meeting.startMs - 13 * minute);
    expect(await own(bob, meeting)).toEqual(unknown); // that fix is too old to say where one sets out from
    await expectOk(bob.call("POST", `/user/${bob.id}/location`, northBy(2_900)));
    await lookAtTravel(world);
    const [{ code, leave_in_s }] = await toldIn(world, meeting.id);
    expect(code).toBe("leave_now");
    const leaveInMs = ((await own(bob, meeting)).leave_by_ms ?? 0) - world.clock.now();
    expect(Math.abs(leaveInMs / 1_000 - leave_in_s)).toBeLessThanOrEqual(1);
    world.clock.set(meeting.startMs);
    expect((await own(bob, meeting)).leave_by_ms).toBeNull();
    // Nobody else learns anything of it.
    expect((await expectOk(ada.call("GET", `/event/${meeting.id}/locations`))).response).toEqual([]);
  });

  test("is for those who go there, until the window ends, and of an event that has a time", async () => {
    await using world = await createWorld();
    const { ada, bob, cat, eve } = await world.people("ada", "bob", "cat", "eve");
    const meeting = await createMeeting(world, ada, { accepted: [bob], maybe: [cat], inMs: 5 * hour });
    const asked = (person: Person) => refusal(person.call("GET", `/event/${meeting.id}/journey`));
    expect([await asked(bob), await asked(cat), await asked(eve)]).toEqual([
      "200",
      "403 forbidden",
      "404 not_found",
    ]);
    world.clock.set(meeting.closesMs - 1);
    expect(await asked(bob)).toBe("200");
    world.clock.set(meeting.closesMs);
    expect(await asked(bob)).toBe("403 outside_window");
    const timeless = await expectMade(ada.call("POST", "/event", { name: "Some day", duration: 600 }));
    expect(await refusal(ada.call("GET", `/event/${timeless}/journey`))).toBe("403 outside_window");
  });

  test("is nothing where there is no place to go to", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const start_time = world.clock.now() / 1_000 + 600;
    const { response } = await ada.call("POST", "/event", { name: "Call", start_time, duration: 600 });
    await expectOk(ada.call("POST", `/user/${ada.id}/location`, northBy(100)));
    expect((await expectOk(ada.call("GET", `/event/${response.id}/journey`))).response).toEqual(unknown);
  });
});
