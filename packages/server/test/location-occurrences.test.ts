import { describe, expect, test } from "bun:test";
import { runHousekeeping } from "../src/housekeeping.ts";
import {
  expectOk,
  hour,
  type Meeting,
  minute,
  move,
  northOfPlaza,
  plaza,
  refusal,
  seenBy,
  share,
} from "./support/meeting.ts";
import { ownTracks, setUpPhone } from "./support/devices.ts";
import { connect } from "./support/socket.ts";
import { stay } from "./support/travel.ts";
import { createWorld, type Json, type Person, type World } from "./support/world.ts";

const week = 7 * 24 * hour;

interface Weekly {
  readonly id: string;
  /** The first two of its occurrences, as places to meet. */
  readonly first: Meeting;
  readonly second: Meeting;
}

/** Once a week, from half an hour from now; the guests have accepted all of it. */
async function weekly(world: World, owner: Person, accepted: Person[]): Promise<Weekly> {
  const startMs = Math.ceil(world.clock.now() / 1_000) * 1_000 + 30 * minute;
  const made = await owner.call("POST", "/event", {
    name: "Five-a-side",
    start_time: startMs / 1_000,
    duration: 3_600,
    time_zone: "Africa/Nairobi", // without daylight saving time: a week is a week
    recurrence: "FREQ=WEEKLY",
    place: plaza,
    people: accepted.map(({ id }) => id),
  });
  expect(made.status).toBe(201);
  const id: string = made.response.id;
  for (const person of accepted) await answer(person, id, "accepted");
  const at = (ms: number): Meeting => ({
    id: `${id}_${ms / 1_000}` as Meeting["id"],
    startMs: ms,
    opensMs: ms - hour,
    closesMs: ms + hour + 15 * minute,
  });
  return { id, first: at(startMs), second: at(startMs + week) };
}

function answer(person: Person, event: string, status: string) {
  return expectOk(person.call("PUT", `/event/${event}/rsvp`, { status }));
}

function stateOf(person: Person, event: string) {
  return person.call("GET", `/event/${event}/sharing`).then(({ response }) => response.state);
}

describe("positions in one occurrence of a series", () => {
  test("end with the arrival where that was asked for, and in no other occurrence", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const { first, second } = await weekly(world, ada, [bob]);
    for (const { id } of [first, second]) {
      const given = { state: "on", until_arrival: true };
      await expectOk(bob.call("PUT", `/event/${id}/sharing`, given));
    }
    await stay(world, bob, 30, 2 * minute);
    expect(await seenBy(ada, first)).toEqual({ bob: "arrived" });
    await stay(world, bob, 30, 5 * minute);
    expect([await stateOf(bob, first.id), await stateOf(bob, second.id)]).toEqual(["off", "on"]);
    expect(await seenBy(ada, first)).toEqual({});
  });

  test("are asked of a phone by the venue of the next one alone", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const { first } = await weekly(world, ada, [bob]);
    const phone = await setUpPhone(bob, { friends: true });
    const venues = async (): Promise<Json[]> => {
      world.clock.advance(minute);
      const { elements } = await ownTracks(world, phone, northOfPlaza);
      return elements.flatMap(({ waypoints }) => waypoints?.waypoints ?? []);
    };
    expect(await venues()).toMatchObject([{ lat: plaza.latitude, lon: plaza.longitude }]);
    await expectOk(ada.call("PUT", `/event/${first.id}/place`, northOfPlaza));
    expect(await venues()).toMatchObject([{ lat: northOfPlaza.latitude, lon: northOfPlaza.longitude }]);
    await answer(bob, first.id, "declined");
    expect(await venues()).toEqual([]);
  });

  test("are shared with that one alone, inside its own window", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const { id, first, second } = await weekly(world, ada, [bob]);
    expect((await share(bob, first)).response).toMatchObject({
      state: "on",
      audience: [ada.id],
      until_ms: first.closesMs,
    });
    await move(bob, plaza);
    expect(await seenBy(ada, first)).toEqual({ bob: "travelling" });
    expect(await refusal(ada.call("GET", `/event/${second.id}/locations`))).toBe("403 outside_window");
    expect(await refusal(ada.call("GET", `/event/${id}/locations`))).toBe("403 outside_window");
    expect(await refusal(bob.call("PUT", `/event/${id}/sharing`, { state: "on" }))).toBe(
      "403 outside_window",
    );
    expect(await stateOf(bob, second.id)).toBe("off");
    world.clock.set(second.opensMs);
    await move(bob, northOfPlaza);
    expect(await seenBy(ada, second)).toEqual({});
    expect(await refusal(ada.call("GET", `/event/${first.id}/locations`))).toBe("403 outside_window");
  });

  test("are for those who come to that one, whatever they said of the series", async () => {
    await using world = await createWorld();
    const { ada, bob, cem, dan } = await world.people("ada", "bob", "cem", "dan");
    const { id, first } = await weekly(world, ada, [bob, cem]);
    await expectOk(ada.call("POST", `/event/${id}/people`, { people: [dan.id] }));
    await answer(cem, first.id, "declined");
    await answer(dan, first.id, "accepted");
    expect((await share(bob, first)).response.audience.toSorted()).toEqual([ada.id, dan.id].toSorted());
    await move(bob, plaza);
    expect(await seenBy(dan, first)).toEqual({ bob: "travelling" });
    await share(dan, first);
    await move(dan, plaza);
    expect(await seenBy(bob, first)).toEqual({ dan: "travelling" });
    expect(await refusal(cem.call("GET", `/event/${first.id}/locations`))).toBe("403 forbidden");
    expect(await refusal(cem.call("PUT", `/event/${first.id}/sharing`, { state: "on" }))).toBe(
      "403 forbidden",
    );
    // Coming after all does not put them into an audience that was chosen without them.
    await answer(cem, first.id, "accepted");
    expect(await seenBy(cem, first)).toEqual({});
    expect((await bob.call("GET", `/event/${first.id}/sharing`)).response.pending).toEqual([cem.id]);
  });

  test("end with declining it, with leaving the series and with its cancelling, at once", async () => {
    await using world = await createWorld();
    const { ada, bob, cem, dan } = await world.people("ada", "bob", "cem", "dan");
    const { id, first } = await weekly(world, ada, [bob, cem, dan]);
    for (const person of [bob, cem, dan]) {
      await share(person, first);
      await expectOk(person.call("POST", `/event/${first.id}/location`, plaza));
    }
    expect(await seenBy(ada, first)).toEqual({ bob: "travelling", cem: "travelling", dan: "travelling" });
    await answer(bob, first.id, "declined");
    expect(await seenBy(ada, first)).toEqual({ cem: "travelling", dan: "travelling" });
    await expectOk(cem.call("DELETE", `/event/${id}/people/${cem.id}`));
    expect(await seenBy(ada, first)).toEqual({ dan: "travelling" });
    expect(await refusal(cem.call("GET", `/event/${first.id}/locations`))).toBe("404 not_found");
    await answer(bob, first.id, "accepted");
    await answer(cem, id, "accepted");
    for (const back of [bob, cem]) expect(await stateOf(back, first.id)).toBe("off");
    expect(await seenBy(ada, first)).toEqual({ dan: "travelling" });
    expect(await seenBy(cem, first)).toEqual({});
    await expectOk(ada.call("DELETE", `/event/${id}`));
    expect(await refusal(ada.call("GET", `/event/${first.id}/locations`))).toBe("403 outside_window");
    await runHousekeeping(world.server.ctx);
    expect(await world.server.ctx.db.read.selectFrom("fix").selectAll().execute()).toEqual([]);
  });

  test("are gone a minute after its window, and with the account", async () => {
    await using world = await createWorld();
    const { ada, bob, cem } = await world.people("ada", "bob", "cem");
    const { first } = await weekly(world, ada, [bob, cem]);
    for (const person of [bob, cem]) {
      await expectOk(person.call("POST", `/event/${first.id}/location`, plaza));
    }
    await seenBy(ada, first);
    const rows = () => world.server.ctx.db.read.selectFrom("fix").selectAll().execute();
    expect(await rows()).toHaveLength(2);
    await expectOk(cem.call("DELETE", `/user/${cem.id}`));
    for (const table of ["fix", "sharing", "share_audience"] as const) {
      const left: object[] = await world.server.ctx.db.read.selectFrom(table).selectAll().execute();
      expect(JSON.stringify(left)).not.toContain(cem.id);
    }
    const looks = await world.server.ctx.db.read.selectFrom("location_view").selectAll().execute();
    expect(looks.map(({ sharer_id, viewer_id }) => [sharer_id, viewer_id])).toEqual([[bob.id, ada.id]]);
    world.clock.set(first.closesMs);
    await runHousekeeping(world.server.ctx);
    expect(await rows()).toEqual([]);
  });

  test("flow to those who watch it, and are reported on the stream of the series", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const { id, first } = await weekly(world, ada, [bob]);
    await using socket = await connect(world.url, ada);
    socket.send({ type: "watch", event: first.id, ref: "w" });
    await socket.flushed();
    await share(bob, first);
    const entry = await socket.next("entry", ({ kind }) => kind === "sharing");
    expect(entry).toMatchObject({
      stream: `event:${id}`,
      data: { user: bob.id, state: "on", event: first.id },
    });
    await move(bob, northOfPlaza);
    await socket.flushed();
    world.clock.advance(1_000); // at most one position a second
    expect(await socket.next("position")).toMatchObject({
      event: first.id,
      user: bob.id,
      latitude: "49.27",
    });
  });

  test("are asked for there, and a block takes the question back", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const { id, first } = await weekly(world, ada, [bob]);
    await using socket = await connect(world.url, bob);
    const ask = () => ada.call("POST", `/event/${first.id}/location_request`, { user: bob.id });
    expect((await ask()).response).toBe("pending");
    const asked = await socket.next("entry", ({ kind }) => kind === "location_request");
    expect(asked).toMatchObject({
      stream: `event:${id}`,
      data: { from: ada.id, to: bob.id, state: "pending", event: first.id },
    });
    const incoming = async () =>
      (await bob.call("GET", `/event/${first.id}/location_requests`)).response.incoming;
    expect(await incoming()).toMatchObject([{ id: ada.id }]);
    const path = `/event/${first.id}/location_request/${ada.id}`;
    expect((await expectOk(bob.call("PUT", path, { answer: "accept" }))).response).toBe("shared");
    await move(bob, plaza);
    expect(await seenBy(ada, first)).toEqual({ bob: "travelling" });
    await expectOk(bob.call("PUT", `/user/${bob.id}/blocks/${ada.id}`));
    expect(await seenBy(ada, first)).toEqual({});
  });
});
