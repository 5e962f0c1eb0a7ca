import { expect, test } from "bun:test";
import type { EventId, UserId } from "@jarvis/contract";
import { removePerson } from "../src/events/people.ts";
import { renderEvents } from "../src/events/service.ts";
import { listEventsOf } from "../src/events/store.ts";
import { expectOk, newEvent } from "./support/events.ts";
import { createWorld, type World } from "./support/world.ts";

/** Puts people into an event, directly in the store. */
async function crowd(world: World, event: EventId, people: readonly UserId[]): Promise<void> {
  const now = world.clock.now();
  await world.server.ctx.db.write(async ({ sql }) => {
    for (const user_id of people) {
      const answer = { role: "guest", rsvp: "accepted", state: "in", delivered: 1 } as const;
      const times = { invited_ms: now, answered_ms: now, left_ms: null };
      const row = { event_id: event, user_id, ...answer, ...times, invited_by: user_id, invitation_id: null };
      await sql.insertInto("participant").values(row).execute();
    }
  });
}

async function crowdedWorld() {
  const world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  const guests: UserId[] = [];
  for (let i = 0; i < 298; i++) guests.push((await world.person(`guest${i}`)).id);
  const events: EventId[] = [];
  for (let i = 0; i < 20; i++) events.push((await newEvent(world, ann, { people: [bob.id] })).id);
  for (const event of events) await crowd(world, event, guests);
  return { world, ann, bob, events };
}

test("a long list of crowded events lets others get their turn", async () => {
  const { world, bob, events } = await crowdedWorld();
  await using _ = world;
  const answered: string[] = [];
  const [list] = await Promise.all([
    bob.call("GET", `/user/${bob.id}/events`).finally(() => answered.push("list")),
    world.call("GET", "/health").finally(() => answered.push("health")),
  ]);
  expect(answered).toEqual(["health", "list"]);
  const shown: { id: string; people: unknown[] }[] = expectOk(list);
  expect(shown.map(({ id, people }) => [id, people.length])).toEqual(events.map((id) => [id, 300]));
});

test("an event that is lost while a long list is made is not in it", async () => {
  const { world, ann, bob, events } = await crowdedWorld();
  await using _ = world;
  const { ctx } = world.server;
  const rows = await listEventsOf(ctx.db.read, bob.id, { limit: 20, now: ctx.clock.now() });
  const owner = { ...ann, session: null, signedInMs: 0, tokenHash: "", expiresMs: 0 };
  const [rendered] = await Promise.all([
    renderEvents(ctx, ctx.db.read, bob.id, rows),
    removePerson(ctx, owner, rows.at(-1)?.id ?? ("" as EventId), bob.id), // there are 20
  ]);
  expect(rendered.map(({ id }) => id)).toEqual(events.slice(0, -1));
});
