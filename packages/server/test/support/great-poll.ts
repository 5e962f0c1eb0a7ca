import { type EventId, eventStream, limits, type OptionId } from "@jarvis/contract";
import type { Context } from "../../src/context.ts";
import type { Tx } from "../../src/db/database.ts";
import type { Seeded } from "./seed.ts";

/**
 * A poll as large as they get, in which everybody has voted on everything, and another event of the first two people.
 * Made directly in the store.
 */
export async function seedGreatPoll(ctx: Context, voters: readonly Seeded[]) {
  const event = ctx.random.id() as EventId; // made as the server makes it, as all ids here
  const chat = ctx.random.id() as EventId;
  const options = Array.from({ length: limits.pollOptions }, () => ctx.random.id() as OptionId);
  await ctx.db.write(async (tx) => {
    await insertEvent(ctx, tx, event, voters);
    await insertEvent(ctx, tx, chat, voters.slice(0, 2));
    await tx.sql
      .insertInto("poll")
      .values({ event_id: event, version: 1, deadline_ms: null, hidden: 0, chosen: null })
      .execute();
    for (const [slot, id] of options.entries()) {
      const time = { start_ms: ctx.clock.now() + (slot + 24) * 3_600_000, duration_ms: 1_000, date: null };
      await tx.sql
        .insertInto("poll_option")
        .values({ event_id: event, id, slot, ...time })
        .execute();
    }
    for (const [index, { id }] of voters.entries()) {
      const votes = options.map((_, slot) => "yin"[(index * slot) % 3]).join("");
      await tx.sql
        .insertInto("poll_vote")
        .values({ event_id: event, user_id: id, votes, secret: 0 })
        .execute();
    }
  });
  return { event, chat, options };
}

async function insertEvent(ctx: Context, tx: Tx, id: EventId, people: readonly Seeded[]): Promise<void> {
  const now = ctx.clock.now();
  const [owner] = people;
  if (owner === undefined) throw new Error("somebody owns an event");
  await tx.sql
    .insertInto("event")
    .values({
      id,
      owner_id: owner.id,
      name: "Concert",
      description: "",
      start_ms: null,
      duration_ms: 3_600_000,
      time_zone: "UTC",
      capacity: null,
      place_name: null,
      place_address: null,
      place_latitude: null,
      place_longitude: null,
      cancelled: 0,
      version: 1,
      created_ms: now,
      updated_ms: now,
      kind: "single",
      group_id: id,
      all_day: 0,
    })
    .execute();
  await tx.sql
    .insertInto("stream")
    .values({ id: eventStream(id), last_seq: 0, last_message: 0, pruned_seq: 0 })
    .execute();
  for (const person of people) {
    const invited = { invited_by: owner.id, invitation_id: null, invited_ms: now, left_ms: null };
    await tx.sql
      .insertInto("participant")
      .values({
        event_id: id,
        user_id: person.id,
        role: person === owner ? "owner" : "guest",
        rsvp: "accepted",
        state: "in",
        delivered: 1,
        answered_ms: now,
        ...invited,
      })
      .execute();
  }
}
