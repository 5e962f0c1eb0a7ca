import type { EventId, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { forgetIdleJourneys, rememberArrival } from "./journeys.ts";
import { arrivedWord } from "./rules.ts";
import { deleteOldJourneys, findTraveller } from "./store.ts";
import { goingOf, tell, travellerOf } from "./telling.ts";

export { ownJourney } from "./own-journey.ts";
export { TravelWatch } from "./watch.ts";

const keptMs = 30 * 24 * 60 * 60_000;

/** The phone itself says that somebody is there: it counts as an arrival while they share, whatever their fixes say. */
export async function markArrived(ctx: Context, user: UserId, event: EventId, atMs: number): Promise<void> {
  const going = goingOf(await findTraveller(ctx.db.read, event, user));
  if (going === null) return;
  const word = await tell(ctx, going, (present, now) => {
    const traveller = travellerOf(present, now);
    // What was made before the present interval is nobody's to hear of.
    if (traveller === null || atMs < traveller.fromMs || present.told.arrived_ms !== null) return null;
    return arrivedWord(present.told, Math.min(atMs, now));
  });
  const traveller = word === null ? null : travellerOf(going, ctx.clock.now());
  if (traveller !== null) rememberArrival(ctx, traveller, "phone");
  if (word !== null) ctx.bus.publish({ type: "moved", user, event });
}

/** What was told of journeys is kept for a month; what memory has of the ways themselves, while they go on. */
export async function purgeJourneys(ctx: Context): Promise<void> {
  forgetIdleJourneys(ctx);
  await ctx.db.write((tx) => deleteOldJourneys(tx.sql, ctx.clock.now() - keptMs));
}
