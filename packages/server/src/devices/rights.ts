import type { BusMessage } from "../bus/bus.ts";
import type { Context } from "../context.ts";

const counters = new WeakMap<Context, { changes: number }>();

/** Changes with everything that may end, or begin, somebody's right to see where others are. */
export function rightsSeen(ctx: Context): number {
  return (counters.get(ctx) ?? countRights(ctx)).changes;
}

function countRights(ctx: Context): { changes: number } {
  const counter = { changes: 0 };
  counters.set(ctx, counter);
  ctx.bus.subscribe((message) => {
    if (mayChangeRights(message)) counter.changes++;
  });
  return counter;
}

/** Entries that change who takes part in what, when it is, or who stands how to whom. */
const kinds: ReadonlySet<string> = new Set([
  "event",
  "people",
  "rsvp",
  "block",
  "friend",
  "event_created",
  "invited",
]);
const types: ReadonlySet<string> = new Set([
  "sharing_changed",
  "share_changed",
  "member_joined",
  "member_left",
  "bus_gap",
]);

function mayChangeRights(message: BusMessage): boolean {
  return message.type === "entry" ? kinds.has(message.kind) : types.has(message.type);
}
