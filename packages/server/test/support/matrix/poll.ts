import type { Context } from "../../../src/context.ts";
import type { Cast, Shape } from "./cast.ts";

/** A poll of one option, on which the guest has voted. It is open, unless the event keeps its time. */
export async function seedPoll(ctx: Context, { event, option, guest }: Cast, shape: Shape): Promise<void> {
  const time = { start_ms: ctx.clock.now() + 1_000_000, duration_ms: 1_000, date: null };
  await ctx.db.write(async ({ sql }) => {
    await sql
      .insertInto("poll")
      .values({ event_id: event, version: 1, deadline_ms: null, hidden: 1, chosen: null })
      .execute();
    await sql
      .insertInto("poll_option")
      .values({ event_id: event, id: option, slot: 0, ...time })
      .execute();
    await sql
      .insertInto("poll_vote")
      .values({ event_id: event, user_id: guest.id, votes: "y", secret: 1 })
      .execute();
    if (shape !== "early")
      await sql.updateTable("event").set({ start_ms: null }).where("id", "=", event).execute();
  });
}
