import type { EventId, UserId } from "@jarvis/contract";
import type { Viewer } from "../../../src/call.ts";
import type { Context } from "../../../src/context.ts";
import { createEvent } from "../../../src/events/creating.ts";
import { addOptions } from "../../../src/polls/options.ts";
import type { Gathering } from "./planned.ts";

const day = 86_400;
/** The first is what a series begins with. */
export const rules = ["FREQ=DAILY;COUNT=4", "FREQ=DAILY;INTERVAL=2;COUNT=2", "FREQ=DAILY;COUNT=6"] as const;

/** A series of a few days, or an event that looks for a time. */
export async function gather(
  ctx: Context,
  viewer: Viewer,
  people: readonly UserId[],
  kind: Gathering["kind"],
): Promise<{ id: EventId; gathering: Gathering }> {
  const start = Math.floor(ctx.clock.now() / 1_000) + 2 * day;
  const input = { name: `a ${kind}`, duration: 3_600, people: [...people], time_zone: "Europe/London" };
  if (kind === "series") {
    const event = await createEvent(ctx, viewer, { ...input, start_time: start, recurrence: rules[0] }, null);
    const ids = [0, 1, 2, 3].map((index) => `${event.id}_${start + index * day}`);
    return { id: event.id as EventId, gathering: { kind, ids } }; // just made
  }
  const event = await createEvent(ctx, viewer, input, null);
  const times = [0, 1, 2].map((index) => ({ start_time: start + index * day }));
  const options = await addOptions(ctx, viewer, event.id as EventId, times);
  return { id: event.id as EventId, gathering: { kind, ids: options.map(({ id }) => id) } };
}
