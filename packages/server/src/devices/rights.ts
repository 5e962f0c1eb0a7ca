import type { BusMessage } from "../bus/bus.ts";
import type { Context } from "../context.ts";

const counters = new WeakMap<Context, { changes: number }>();

/** Changes with everything that may end somebody's right to see where others are. */
export function rightsSeen(ctx: Context): number {
  return (counters.get(ctx) ?? countRights(ctx)).changes;
}

function countRights(ctx: Context): { changes: number } {
  const counter = { changes: 0 };
  counters.set(ctx, counter);
  ctx.bus.subscribe((message) => {
    if (mayEndRights(message)) counter.changes++;
  });
  return counter;
}

/** Entries that change who takes part in what, when it is, or who stands how to whom. */
const kinds: ReadonlySet<string> = new Set(["event", "people", "rsvp", "block", "friend"]);

function mayEndRights(message: BusMessage): boolean {
  if (message.type === "entry") return kinds.has(message.kind);
  return (
    message.type === "sharing_changed" || message.type === "share_changed" || message.type === "member_left"
  );
}
