import { describe, expect, test } from "bun:test";
import { runHousekeeping } from "../src/housekeeping.ts";
import {
  createMeeting,
  expectOk,
  hour,
  minute,
  move,
  northOfPlaza,
  plaza,
  refusal,
  seenBy,
  share,
} from "./support/meeting.ts";
import { createWorld } from "./support/world.ts";

describe("consent", () => {
  test("is off until given: accepting is not consent (case 56)", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob] });
    await move(bob, plaza);
    const nobody = { audience: [], pending: [], until_ms: null, viewers: [] };
    const none = { state: "off", precision: "exact", ...nobody, until_arrival: false };
    expect((await bob.call("GET", `/event/${meeting.id}/sharing`)).response).toEqual(none);
    expect(await seenBy(ada, meeting)).toEqual({});
    const given = await share(bob, meeting);
    expect(given.response).toMatchObject({
      state: "on",
      audience: [ada.id],
      pending: [],
      until_ms: meeting.closesMs,
    });
    await move(bob, plaza);
    expect(await seenBy(ada, meeting)).toEqual({ bob: "travelling" });
  });

  test("for one event says nothing through another with the same people (case 56)", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const first = await createMeeting(world, ada, { accepted: [bob] });
    const second = await createMeeting(world, ada, { accepted: [bob] });
    await share(bob, first);
    await move(bob, plaza);
    expect(await seenBy(ada, first)).toEqual({ bob: "travelling" });
    expect(await seenBy(ada, second)).toEqual({});
    await expectOk(ada.call("POST", `/event/${second.id}/location`, plaza));
    await share(ada, first);
    expect(await seenBy(bob, first)).toEqual({});
    expect(await seenBy(bob, second)).toEqual({ ada: "travelling" });
  });

  test("has the audience of its moment: people added later wait until it is given again (case 56)", async () => {
    await using world = await createWorld();
    const { ada, bob, ivy, new: late } = await world.people("ada", "bob", "ivy", "new");
    const meeting = await createMeeting(world, ada, { accepted: [bob], invited: [ivy] });
    expect((await share(bob, meeting)).response.audience.toSorted()).toEqual([ada.id, ivy.id].toSorted());
    await move(bob, plaza);
    await expectOk(ada.call("POST", `/event/${meeting.id}/people`, { people: [late.id] }));
    for (const person of [ivy, late]) {
      await expectOk(person.call("PUT", `/event/${meeting.id}/rsvp`, { status: "accepted" }));
    }
    expect(await seenBy(ivy, meeting)).toEqual({ bob: "travelling" });
    expect(await seenBy(late, meeting)).toEqual({});
    expect(await refusal(late.call("GET", `/event/${meeting.id}/location/${bob.id}`))).toBe("404 not_found");
    expect((await bob.call("GET", `/event/${meeting.id}/sharing`)).response.pending).toEqual([late.id]);
    expect((await share(bob, meeting)).response.pending).toEqual([]);
    expect(await seenBy(late, meeting)).toEqual({ bob: "travelling" });
  });

  test("is not lengthened, widened or begun earlier by the organiser, who may shorten what is seen", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob] });
    const patch = (body: object) => expectOk(ada.call("PATCH", `/event/${meeting.id}`, body));
    await share(bob, meeting);
    await patch({ duration: (5 * hour) / 1000 });
    expect((await bob.call("GET", `/event/${meeting.id}/sharing`)).response.until_ms).toBe(meeting.closesMs);
    world.clock.set(meeting.closesMs - 1);
    await move(bob, plaza);
    expect(await seenBy(ada, meeting)).toEqual({ bob: "travelling" });
    world.clock.set(meeting.closesMs);
    expect(await seenBy(ada, meeting)).toEqual({});
    expect((await bob.call("GET", `/event/${meeting.id}/sharing`)).response.state).toBe("off");
    await share(bob, meeting);
    await move(bob, plaza);
    expect(await seenBy(ada, meeting)).toEqual({ bob: "travelling" });
    await patch({ start_time: null });
    expect(await refusal(ada.call("GET", `/event/${meeting.id}/locations`))).toBe("403 outside_window");
  });

  test("given before the window begins with that window, wherever the event is moved", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob], inMs: 3 * hour });
    await share(bob, meeting);
    await expectOk(ada.call("PATCH", `/event/${meeting.id}`, { start_time: world.clock.now() / 1000 }));
    await move(bob, plaza);
    expect(await seenBy(ada, meeting)).toEqual({});
    expect(await refusal(bob.call("POST", `/event/${meeting.id}/location`, plaza))).toBe("409 sharing_off");
  });

  test("is refused without a window to come, and for people who did not accept", async () => {
    await using world = await createWorld();
    const { ada, bob, may, ivy, dan, eve } = await world.people("ada", "bob", "may", "ivy", "dan", "eve");
    const meeting = await createMeeting(world, ada, {
      accepted: [bob],
      maybe: [may],
      invited: [ivy],
      declined: [dan],
    });
    const put = (person: typeof ada) =>
      refusal(person.call("PUT", `/event/${meeting.id}/sharing`, { state: "on" }));
    expect(await Promise.all([may, ivy, dan, eve].map(put))).toEqual([
      "403 forbidden",
      "403 forbidden",
      "404 not_found",
      "404 not_found",
    ]);
    world.clock.set(meeting.closesMs);
    expect(await put(bob)).toBe("403 outside_window");
    const cancelled = await createMeeting(world, ada, { accepted: [bob] });
    await share(bob, cancelled);
    await move(bob, plaza);
    await expectOk(ada.call("DELETE", `/event/${cancelled.id}`));
    expect(await refusal(bob.call("PUT", `/event/${cancelled.id}/sharing`, { state: "on" }))).toBe(
      "403 outside_window",
    );
    expect(await refusal(ada.call("GET", `/event/${cancelled.id}/locations`))).toBe("403 outside_window");
    await share(bob, cancelled, "off");
  });
});

describe("looking", () => {
  test("is for accepted people inside the window (case 55)", async () => {
    await using world = await createWorld();
    const { ada, bob, may, ivy, dan, eve } = await world.people("ada", "bob", "may", "ivy", "dan", "eve");
    const meeting = await createMeeting(world, ada, {
      accepted: [bob],
      maybe: [may],
      invited: [ivy],
      declined: [dan],
      inMs: 90 * minute,
    });
    await share(bob, meeting);
    const look = (person: typeof ada) => refusal(person.call("GET", `/event/${meeting.id}/locations`));
    const lookAt = (person: typeof ada) =>
      refusal(person.call("GET", `/event/${meeting.id}/location/${bob.id}`));
    world.clock.set(meeting.opensMs - 1);
    expect(await look(ada)).toBe("403 outside_window");
    await move(bob, plaza);
    world.clock.set(meeting.opensMs);
    expect(await seenBy(ada, meeting)).toEqual({});
    await move(bob, plaza);
    expect(await seenBy(ada, meeting)).toEqual({ bob: "travelling" });
    expect(await seenBy(bob, meeting)).toEqual({});
    const others = [may, ivy, dan, eve];
    const refused = ["403 forbidden", "403 forbidden", "404 not_found", "404 not_found"];
    expect(await Promise.all(others.map(look))).toEqual(refused);
    expect(await Promise.all(others.map(lookAt))).toEqual(refused);
    expect(await lookAt(bob)).toBe("404 not_found");
    world.clock.set(meeting.closesMs - 1);
    await move(bob, plaza);
    expect(await lookAt(ada)).toBe("200");
    world.clock.set(meeting.closesMs);
    expect([await look(ada), await lookAt(ada)]).toEqual(["403 outside_window", "403 outside_window"]);
  });

  test("gives the row of the contract, marks it stale after 120 s and hides it after 10 minutes (case 57)", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob] });
    await share(bob, meeting);
    await move(bob, { ...northOfPlaza, accuracy: 7.5 });
    const madeMs = world.clock.now();
    const row = {
      id: bob.id,
      username: "bob",
      latitude: "49.27",
      longitude: "-123.24",
      accuracy: 7.5,
      at_ms: madeMs,
      state: "travelling",
      distance_m: 1112,
      speed: null,
      mode: null,
      battery: null,
      eta_s: null,
      eta_margin_s: null,
    };
    expect((await ada.call("GET", `/event/${meeting.id}/locations`)).response).toEqual([row]);
    expect((await ada.call("GET", `/event/${meeting.id}/location/${bob.id}`)).response).toEqual(row);
    world.clock.set(madeMs + 2 * minute + 1);
    expect(await seenBy(ada, meeting)).toEqual({ bob: "stale" });
    world.clock.set(madeMs + 10 * minute + 1);
    expect(await seenBy(ada, meeting)).toEqual({});
  });

  test("shows the newer of the fix for this event and the general one", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob] });
    const latitude = async () =>
      (await ada.call("GET", `/event/${meeting.id}/locations`)).response[0].latitude;
    await bob.call("POST", `/event/${meeting.id}/location`, northOfPlaza);
    expect(await latitude()).toBe("49.27");
    world.clock.set(world.clock.now() + 1);
    await move(bob, plaza);
    expect(await latitude()).toBe("49.26");
  });

  test("remembers an arrival until 150 m away", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob] });
    await share(bob, meeting);
    const at = async (metres: number) => {
      await move(bob, { latitude: plaza.latitude + metres / 111_195, longitude: plaza.longitude });
      world.clock.set(world.clock.now() + 15_000);
      return (await seenBy(ada, meeting))["bob"];
    };
    const before = [await at(130), await at(80), await at(80), await at(80)];
    expect([before[0], before.at(-1)]).toEqual(["travelling", "arrived"]);
    expect([await at(125), await at(130)]).toEqual(["arrived", "arrived"]);
    const gone = [await at(300), await at(400), await at(500)];
    expect(gone.at(-1)).toBe("travelling");
    expect([await at(400), await at(130)]).toEqual(["travelling", "travelling"]);
  });

  test("is told to the sharer: who, and when last, to the minute", async () => {
    await using world = await createWorld();
    const { ada, bob, cat } = await world.people("ada", "bob", "cat");
    const meeting = await createMeeting(world, ada, { accepted: [bob, cat] });
    const viewers = async () => (await bob.call("GET", `/event/${meeting.id}/sharing`)).response.viewers;
    await share(bob, meeting);
    await seenBy(ada, meeting);
    expect(await viewers()).toEqual([]);
    await move(bob, plaza);
    const first = world.clock.now();
    await seenBy(ada, meeting);
    world.clock.set(first + minute - 1);
    await seenBy(ada, meeting);
    expect(await viewers()).toEqual([{ id: ada.id, at_ms: first }]);
    world.clock.set(first + minute);
    await cat.call("GET", `/event/${meeting.id}/location/${bob.id}`);
    await ada.call("GET", `/event/${meeting.id}/location/${bob.id}`);
    const again = [ada.id, cat.id].toSorted().map((id) => ({ id, at_ms: first + minute }));
    expect(await viewers()).toEqual(again);
    await cat.call("DELETE", `/event/${meeting.id}/people/${cat.id}`);
    await share(bob, meeting, "off");
    expect(await viewers()).toEqual(again); // leaving does not cover up that one looked
    world.clock.set(meeting.closesMs);
    await runHousekeeping(world.server.ctx);
    expect(await viewers()).toEqual([]);
  });
});

describe("pausing and stopping", () => {
  test("a pause shows id, name and state alone, and nothing from before or during it afterwards", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob] });
    await share(bob, meeting);
    await move(bob, plaza);
    await share(bob, meeting, "paused");
    const rows = (await ada.call("GET", `/event/${meeting.id}/locations`)).response;
    expect(rows).toEqual([{ id: bob.id, username: "bob", state: "paused" }]);
    expect((await bob.call("GET", `/event/${meeting.id}/sharing`)).response.viewers).toEqual([]);
    world.clock.set(world.clock.now() + minute);
    await move(bob, { ...northOfPlaza, at: world.clock.now() / 1000 + 30 });
    world.clock.set(world.clock.now() + 1_000);
    await share(bob, meeting);
    expect(await seenBy(ada, meeting)).toEqual({});
    world.clock.set(world.clock.now() + minute);
    expect(await seenBy(ada, meeting)).toEqual({});
    await move(bob, plaza);
    expect(await seenBy(ada, meeting)).toEqual({ bob: "travelling" });
  });

  test("off hides everything at once and forgets the audience", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob] });
    await share(bob, meeting);
    await move(bob, plaza);
    const off = await share(bob, meeting, "off");
    expect(off.response).toMatchObject({ state: "off", audience: [], pending: [], until_ms: null });
    expect(await seenBy(ada, meeting)).toEqual({});
    await share(bob, meeting, "paused");
    expect(await seenBy(ada, meeting)).toEqual({});
  });

  test("a change of state is an entry of the event's stream; the same state again is none", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob] });
    const heard: unknown[] = [];
    world.server.ctx.bus.subscribe((message) => {
      if (message.type === "entry" && message.kind === "sharing") heard.push(message.data);
    });
    for (const state of ["off", "on", "on", "paused", "paused", "on", "off"])
      await share(bob, meeting, state);
    const states = ["on", "paused", "on", "off"];
    expect(heard).toEqual(states.map((state) => ({ user: bob.id, state })));
  });
});

describe("people who go, and people who are blocked", () => {
  test("somebody removed or gone neither sees nor is seen, and coming back is no consent", async () => {
    await using world = await createWorld();
    const { ada, bob, cat } = await world.people("ada", "bob", "cat");
    const meeting = await createMeeting(world, ada, { accepted: [bob, cat] });
    for (const person of [ada, bob, cat]) {
      await share(person, meeting);
      await move(person, plaza);
    }
    expect(Object.keys(await seenBy(cat, meeting)).toSorted()).toEqual(["ada", "bob"]);
    await expectOk(ada.call("DELETE", `/event/${meeting.id}/people/${bob.id}`));
    expect(Object.keys(await seenBy(cat, meeting))).toEqual(["ada"]);
    expect(await refusal(bob.call("GET", `/event/${meeting.id}/locations`))).toBe("404 not_found");
    expect(await refusal(bob.call("GET", `/event/${meeting.id}/sharing`))).toBe("404 not_found");
    await expectOk(ada.call("POST", `/event/${meeting.id}/people`, { people: [bob.id] }));
    await expectOk(bob.call("PUT", `/event/${meeting.id}/rsvp`, { status: "accepted" }));
    expect(await seenBy(bob, meeting)).toEqual({});
    expect(Object.keys(await seenBy(cat, meeting))).toEqual(["ada"]);
    expect((await ada.call("GET", `/event/${meeting.id}/sharing`)).response.pending).toEqual([bob.id]);
    await expectOk(cat.call("DELETE", `/event/${meeting.id}/people/${cat.id}`));
    expect(await seenBy(ada, meeting)).toEqual({});
  });

  test("changing to maybe hides both ways; declining ends it", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob] });
    for (const person of [ada, bob]) {
      await share(person, meeting);
      await move(person, plaza);
    }
    await expectOk(bob.call("PUT", `/event/${meeting.id}/rsvp`, { status: "maybe" }));
    expect(await seenBy(ada, meeting)).toEqual({});
    expect(await refusal(bob.call("GET", `/event/${meeting.id}/locations`))).toBe("403 forbidden");
    await share(bob, meeting, "paused");
    await expectOk(bob.call("PUT", `/event/${meeting.id}/rsvp`, { status: "declined" }));
    await expectOk(bob.call("PUT", `/event/${meeting.id}/rsvp`, { status: "accepted" }));
    expect(await seenBy(bob, meeting)).toEqual({});
    expect((await bob.call("GET", `/event/${meeting.id}/sharing`)).response.state).toBe("off");
  });

  test("a block hides both from each other in common events, and lifting it brings nothing back", async () => {
    await using world = await createWorld();
    const { ada, bob, cat } = await world.people("ada", "bob", "cat");
    const meeting = await createMeeting(world, ada, { accepted: [bob, cat] });
    for (const person of [bob, cat]) {
      await share(person, meeting);
      await move(person, plaza);
      await seenBy(person === bob ? cat : bob, meeting);
    }
    await expectOk(bob.call("PUT", `/user/${bob.id}/blocks/${cat.id}`));
    expect([await seenBy(bob, meeting), await seenBy(cat, meeting)]).toEqual([{}, {}]);
    expect(Object.keys(await seenBy(ada, meeting)).toSorted()).toEqual(["bob", "cat"]);
    const again = (await share(cat, meeting)).response;
    expect([again.audience, again.pending]).toEqual([[ada.id], []]);
    await expectOk(bob.call("DELETE", `/user/${bob.id}/blocks/${cat.id}`));
    expect([await seenBy(bob, meeting), await seenBy(cat, meeting)]).toEqual([{}, {}]);
    await share(cat, meeting);
    expect(await seenBy(bob, meeting)).toEqual({ cat: "travelling" });
  });

  test("an invitation that reaches nobody puts nobody into the audience", async () => {
    await using world = await createWorld();
    const { ada, bob, cat } = await world.people("ada", "bob", "cat");
    const meeting = await createMeeting(world, ada, { accepted: [bob, cat] });
    await expectOk(cat.call("DELETE", `/event/${meeting.id}/people/${cat.id}`));
    await expectOk(ada.call("POST", `/event/${meeting.id}/people`, { people: [cat.id] }));
    await share(bob, meeting);
    await move(bob, plaza);
    await expectOk(cat.call("PUT", `/event/${meeting.id}/rsvp`, { status: "accepted" }));
    expect(await seenBy(cat, meeting)).toEqual({});
    expect((await bob.call("GET", `/event/${meeting.id}/sharing`)).response.pending).toEqual([cat.id]);
  });

  test("an invitation by e-mail does not tell in the audience whose account holds the address", async () => {
    await using world = await createWorld();
    const { ada, bob, ivy } = await world.people("ada", "bob", "ivy");
    const meeting = await createMeeting(world, ada, { accepted: [bob] });
    await expectOk(ada.call("POST", `/event/${meeting.id}/people`, { people: [ivy.email] }));
    expect((await share(bob, meeting)).response).toMatchObject({ audience: [ada.id], pending: [] });
    await expectOk(ivy.call("PUT", `/event/${meeting.id}/rsvp`, { status: "accepted" }));
    await move(bob, plaza);
    // Nobody sees a sharer who was not told of them.
    expect(await seenBy(ivy, meeting)).toEqual({});
    expect((await share(bob, meeting)).response).toMatchObject({ audience: [ada.id, ivy.id], pending: [] });
    expect(await seenBy(ivy, meeting)).toEqual({ bob: "travelling" });
  });
});

describe("coarse precision", () => {
  test("gives the same row for every fix in a cell, withholds arrival, and rounds to a kilometre", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob] });
    await share(bob, meeting, "on", "coarse");
    const rows: object[] = [];
    for (const [north, accuracy] of [
      [0, 3],
      [0.0005, 900],
      [0.001, undefined],
    ] as const) {
      await move(bob, { latitude: plaza.latitude + north, longitude: plaza.longitude, accuracy });
      rows.push((await ada.call("GET", `/event/${meeting.id}/locations`)).response[0]);
    }
    expect(rows[1]).toEqual(rows[0] ?? {});
    expect(rows[2]).toEqual(rows[0] ?? {});
    expect(rows[0]).toMatchObject({ state: "travelling", accuracy: 710, distance_m: 0 });
    expect((await share(bob, meeting)).response.precision).toBe("coarse");
    expect((await share(bob, meeting, "on", "exact")).response.precision).toBe("exact");
  });
});
