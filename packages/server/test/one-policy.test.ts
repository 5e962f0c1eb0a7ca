import { expect, test } from "bun:test";
import type { EventId } from "@jarvis/contract";
import type { Viewer } from "../src/call.ts";
import { listOwnEvents } from "../src/events/listing.ts";
import { isAddressOnly, isParticipant, type Membership } from "../src/events/rules.ts";
import { readableEvents, requireParticipant } from "../src/events/service.ts";
import { circlesOf } from "../src/friends/online.ts";
import { expectOk } from "./support/events.ts";
import { createMeeting } from "./support/meeting.ts";
import { createWorld } from "./support/world.ts";

const states = ["in", "left", "removed"] as const;
const rsvps = ["none", "accepted", "maybe", "declined"] as const;

/** Every way to stand in an event. */
const memberships: Membership[] = states.flatMap((state) =>
  rsvps.flatMap((rsvp) =>
    [0, 1].flatMap((delivered) =>
      [null, "typed"].map((invitation_id) => {
        return { role: "guest", state, rsvp, delivered, invitation_id, left_ms: null } as const;
      }),
    ),
  ),
);

test("case 48: calls and streams spell it alike who takes part, online state who has said so, however somebody stands in the event", async () => {
  await using world = await createWorld();
  const { ada, bob } = await world.people("ada", "bob");
  const { id: event } = await createMeeting(world, ada, { accepted: [bob] });
  const { db } = world.server.ctx;
  const found = { takesPart: 0, known: 0 };
  for (const membership of memberships) {
    const { state, rsvp, delivered, invitation_id } = membership;
    await db.write(({ sql }) =>
      sql
        .updateTable("participant")
        .set({ state, rsvp, delivered, invitation_id: invitation_id as never }) // an id's form does not matter here
        .where("user_id", "=", bob.id)
        .execute(),
    );
    const takesPart = isParticipant(membership);
    // Also less than whoever is known by name: an invitation that is not answered says nothing of who got it.
    const isKnown = takesPart && !isAddressOnly(membership) && rsvp !== "none";
    const circle = (await circlesOf(db.read, [bob.id], world.clock.now()))(bob.id);
    const calls = await requireParticipant(db.read, bob.id, event).then(
      () => true,
      () => false,
    );
    const streams: EventId[] = await readableEvents(db.read, bob.id);
    const got = { calls, streams: streams.includes(event), online: circle.events.has(event) };
    expect({ membership, ...got }).toEqual({
      membership,
      calls: takesPart,
      streams: takesPart,
      online: isKnown,
    });
    if (takesPart) found.takesPart++;
    if (isKnown) found.known++;
  }
  expect(found).toEqual({ takesPart: 6, known: 4 });
});

test("case 48: who takes part in a series takes part in each occurrence, whatever they answered for it alone", async () => {
  await using world = await createWorld();
  const { ada, bob } = await world.people("ada", "bob");
  const { ctx } = world.server;
  const { db } = ctx;
  const start_time = Math.floor(world.clock.now() / 1_000) + 3_600;
  const input = {
    name: "Run",
    start_time,
    duration: 3_600,
    recurrence: "FREQ=DAILY;COUNT=2",
    people: [bob.id],
  };
  const series: EventId = expectOk(await ada.call("POST", "/event", input), 201).id;
  const id = `${series}_${start_time}` as EventId; // as occurrences are called
  const viewer = { id: bob.id, username: "bob" } as Viewer; // what lists ask of a caller
  let takingPart = 0;
  for (const membership of memberships) {
    const { state, rsvp, delivered, invitation_id } = membership;
    const takesPart = isParticipant(membership);
    for (const own of [null, "accepted", "maybe", "declined"] as const) {
      await db.write(async ({ sql }) => {
        await sql
          .updateTable("participant")
          .set({ state, rsvp, delivered, invitation_id: invitation_id as never }) // an id's form does not matter here
          .where("user_id", "=", bob.id)
          .execute();
        await sql.deleteFrom("occurrence_rsvp").execute();
        const answer = { event_id: id, group_id: series, user_id: bob.id, answered_ms: 0 };
        if (own !== null)
          await sql
            .insertInto("occurrence_rsvp")
            .values({ ...answer, rsvp: own })
            .execute();
      });
      const proof = await requireParticipant(db.read, bob.id, id).catch(() => null);
      const { shown } = await listOwnEvents(ctx, viewer, {});
      const got = { calls: proof !== null, lists: shown.some((event) => event.id === id) };
      expect({ membership, own, ...got }).toEqual({ membership, own, calls: takesPart, lists: takesPart });
      if (proof === null) continue;
      expect(proof).toMatchObject({ group: series, rsvp: own ?? rsvp });
      takingPart++;
    }
  }
  expect(takingPart).toBe(24);
});
