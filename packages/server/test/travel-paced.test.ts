import { expect, test } from "bun:test";
import { hear, placeOf, ways } from "./support/hearing.ts";
import { createMeeting, minute, share } from "./support/meeting.ts";
import { send } from "./support/party.ts";
import { codesOf, stay, toldIn } from "./support/travel.ts";
import { createWorld } from "./support/world.ts";

/** Whoever resumes shares what another was just given: rendered, and good for seconds. */
test.each(ways)(
  "a resume over %s tells nothing of journeys once the window has closed, though it is rendered already",
  async (way) => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob], inMs: 10 * minute });
    const place = await placeOf(ada);
    world.clock.set(meeting.closesMs - 2 * minute);
    await share(bob, meeting);
    await stay(world, bob, 30, minute);
    expect(codesOf(await toldIn(world, meeting.id))).toEqual(["arrived"]);
    world.clock.set(meeting.closesMs - 1);
    const { response } = await send(ada, meeting.id, "last");
    const resumed = async () => {
      await using hearing = await hear(world, ada, way, place);
      await hearing.log.next("entry", ({ kind, seq }) => kind === "message" && seq >= response.seq);
      return hearing.log.of("entry").filter(({ kind }) => kind === "travel").length;
    };
    expect(await resumed()).toBe(1);
    world.clock.set(meeting.closesMs);
    expect(await resumed()).toBe(0);
  },
  20_000,
);
