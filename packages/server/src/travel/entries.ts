import type { EventId, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { type Hearing, hearersOf } from "../location/service.ts";

/** An entry of kind `travel` as `telling.ts` has written it. */
interface Stored {
  readonly seq: number;
  readonly data: Record<string, unknown>;
  readonly at_ms: number;
}

const alone: Hearing = { users: [], stands: () => true };

/**
 * Who is told what is in these entries, by number, at this instant: the person themselves, and but for `leave_now`
 * whoever may see where exactly they are, by a consent that already held when it was written.
 */
export async function readersOfTravel(
  ctx: Context,
  group: EventId,
  entries: readonly Stored[],
): Promise<Map<number, Hearing>> {
  const readers = new Map<number, Hearing>();
  for (const { seq, data, at_ms } of entries) {
    const user = String(data["user"]) as UserId; // written as an id by this server
    const event = (data["event"] ?? group) as EventId; // as above
    const others = data["code"] === "leave_now" ? alone : await hearersOf(ctx, event, user, at_ms);
    readers.set(seq, { users: [user, ...others.users], stands: others.stands });
  }
  return readers;
}
