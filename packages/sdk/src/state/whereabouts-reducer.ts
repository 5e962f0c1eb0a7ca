import type { EntryData, EntryFrame, PositionFrame, ServerFrame } from "@jarvis/contract";
import type { State } from "./state.ts";
import { journeysAfter, travelHeard, withoutEvent, withoutPerson } from "./journey-reducer.ts";
import { nowhere, type Whereabouts, without } from "./whereabouts.ts";

/** Where people are after a frame that has led from the state `before` to `after`. */
export function whereaboutsAfter(
  before: State,
  after: State,
  frame: ServerFrame,
  nowMs: number,
): Whereabouts | undefined {
  const where = before.where ?? nowhere;
  const next = withoutGone(heard(where, before, after, frame, nowMs), before, after);
  return next === nowhere ? before.where : next;
}

function heard(
  where: Whereabouts,
  before: State,
  after: State,
  frame: ServerFrame,
  nowMs: number,
): Whereabouts {
  if (frame.type === "position") return positionHeard(where, frame, nowMs);
  if (frame.type === "friend_position") {
    const { type: _, ...position } = frame;
    return { ...where, friends: { ...where.friends, [frame.user]: { ...position, heard_ms: nowMs } } };
  }
  // Whoever is watched is told afresh; who does not come again is not seen any more.
  if (frame.type === "welcome" && where !== nowhere) return { ...where, positions: {}, friends: {} };
  if (frame.type !== "entry") return where;
  if (!frame.stream.startsWith("event:")) return userEntryHeard(where, before, frame);
  const id = frame.stream.slice("event:".length);
  const [was, is] = [before.events[id], after.events[id]];
  return was && is ? journeysAfter(where, was, is, frame) : where;
}

function positionHeard(where: Whereabouts, frame: PositionFrame, nowMs: number): Whereabouts {
  const { type: _, ...row } = frame;
  const rows = { ...where.positions[frame.event], [frame.user]: { ...row, heard_ms: nowMs } };
  return { ...where, positions: { ...where.positions, [frame.event]: rows } };
}

/** A block hides two from each other everywhere; a share that has ended hides the friend. */
function userEntryHeard(
  where: Whereabouts,
  { events, user }: State,
  { kind, data, at_ms }: EntryFrame,
): Whereabouts {
  if (kind === "travel") return travelHeard(where, data as EntryData<"travel">, at_ms);
  if (kind === "block" && data["state"] === "on") {
    const blocked = String(data["user"]);
    const unseen = withoutFriend(where, blocked);
    return Object.values(events).reduce((next, event) => withoutPerson(next, event, blocked), unseen);
  }
  if (kind === "share") {
    const { from, to, until_ms } = data as EntryData<"share">;
    return until_ms === null && to === user.id ? withoutFriend(where, from) : where;
  }
  if (kind !== "friend") return where;
  const friend = data as EntryData<"friend">;
  return friend.state === "removed" ? withoutFriend(where, friend.user.id) : where;
}

export function withoutFriend(where: Whereabouts, user: string): Whereabouts {
  return user in where.friends ? { ...where, friends: without(where.friends, user) } : where;
}

/** Events that are held no more take along what was known of them. */
export function withoutGone(where: Whereabouts, before: State, after: State): Whereabouts {
  if (before.events === after.events) return where;
  const gone = Object.values(before.events).filter(({ id }) => !(id in after.events));
  return gone.reduce(withoutEvent, where);
}
