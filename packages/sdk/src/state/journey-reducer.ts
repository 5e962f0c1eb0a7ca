import type { EntryData, EntryFrame } from "@jarvis/contract";
import type { EventState } from "./event-state.ts";
import { isSameAim, type Journeys, type Whereabouts, without } from "./whereabouts.ts";

/**
 * What is known of people's way after an entry of an event's stream. `before` is the event as it was before the entry,
 * `after` as it is now. An entry that is in here already changes nothing.
 */
export function journeysAfter(
  where: Whereabouts,
  before: EventState,
  after: EventState,
  entry: EntryFrame,
): Whereabouts {
  if (entry.kind === "event") return aimedElsewhere(where, before, after, entry.seq);
  if (entry.kind === "travel") {
    const data = entry.data as EntryData<"travel">;
    return travelled(where, data.event ?? before.id, data, entry);
  }
  if (entry.kind === "sharing") {
    const data = entry.data as EntryData<"sharing">;
    return shared(where, data.event ?? before.id, data, entry.seq);
  }
  if (before.people === after.people) return where;
  const left = before.people.filter(({ id }) => id !== null && !isGoing(after, id));
  return left.reduce((next, { id }) => withoutPerson(next, before, id ?? ""), where);
}

function isGoing({ people }: EventState, user: string): boolean {
  return people.some(({ id, rsvp }) => id === user && rsvp !== "declined");
}

/** Arrived is arrived, until place or time change: what an estimate says of the same way is nothing any more. */
function travelled(
  where: Whereabouts,
  event: string,
  travel: EntryData<"travel">,
  { seq, at_ms }: EntryFrame,
): Whereabouts {
  const { user, event: _, ...told } = travel;
  return changed(where, event, seq, (people) =>
    people[user]?.code === "arrived" ? people : { ...people, [user]: { ...told, at_ms } },
  );
}

/** What not everybody in the event may hear comes beside its log, and has no number there: then the newest counts. */
export function travelHeard(where: Whereabouts, travel: EntryData<"travel">, at_ms: number): Whereabouts {
  const { user, event, ...told } = travel;
  if (event === undefined) return where;
  const held = where.journeys[event] ?? { seq: 0, people: {} };
  const known = held.people[user];
  if (known !== undefined && (known.code === "arrived" || known.at_ms > at_ms)) return where;
  const people = { ...held.people, [user]: { ...told, at_ms } };
  return { ...where, journeys: { ...where.journeys, [event]: { ...held, people } } };
}

/** Whoever is not seen any more is not late for anybody either. */
function shared(
  where: Whereabouts,
  event: string,
  { user, state }: EntryData<"sharing">,
  seq: number,
): Whereabouts {
  if (state === "on") return where;
  const unseen = state === "off" ? withoutPosition(where, event, user) : withPause(where, event, user);
  return changed(unseen, event, seq, (people) => {
    const code = people[user]?.code;
    return code === "running_late" || code === "on_time" ? without(people, user) : people;
  });
}

function changed(
  where: Whereabouts,
  event: string,
  seq: number,
  change: (people: Journeys["people"]) => Journeys["people"],
): Whereabouts {
  const held = where.journeys[event] ?? { seq: 0, people: {} };
  if (seq <= held.seq) return where;
  const people = change(held.people);
  return { ...where, journeys: { ...where.journeys, [event]: { seq, people } } };
}

/** Place, start or both may have changed, of the event or of some of its occurrences; known from an entry, or fetched. */
export function aimedElsewhere(
  where: Whereabouts,
  before: EventState,
  after: EventState,
  seq?: number,
): Whereabouts {
  const now = new Map([after, ...after.occurrences].map(({ core }) => [core.id, core]));
  const moved = [before, ...before.occurrences].filter(({ core }) => {
    const next = now.get(core.id);
    return next === undefined || !isSameAim(core, next);
  });
  return moved.reduce((next, { core }) => {
    const to = seq ?? (next.journeys[core.id]?.seq ?? 0) + 1;
    return changed(next, core.id, to, () => ({}));
  }, where);
}

/** Somebody who is in the event no more, or between whom and the reader a block lies. */
export function withoutPerson(where: Whereabouts, event: EventState, user: string): Whereabouts {
  return idsOf(event).reduce((next, id) => {
    const unseen = withoutPosition(next, id, user);
    const held = unseen.journeys[id];
    if (held?.people[user] === undefined) return unseen;
    const people = without(held.people, user);
    return { ...unseen, journeys: { ...unseen.journeys, [id]: { ...held, people } } };
  }, where);
}

/** An event that is held no more. */
export function withoutEvent(where: Whereabouts, event: EventState): Whereabouts {
  return idsOf(event).reduce<Whereabouts>(
    ({ journeys, positions, friends }, id) => ({
      journeys: without(journeys, id),
      positions: without(positions, id),
      friends,
    }),
    where,
  );
}

function idsOf({ id, occurrences }: EventState): string[] {
  return [id, ...occurrences.map(({ core }) => core.id)];
}

/** Of a pause nothing is shown but that it is one, and at once: the frame that says so may come a second later. */
function withPause(where: Whereabouts, event: string, user: string): Whereabouts {
  const row = where.positions[event]?.[user];
  if (row === undefined) return where;
  const { id, username, heard_ms } = row;
  const paused = { event: row.event, user: row.user, id, username, state: "paused" as const, heard_ms };
  const rows = { ...where.positions[event], [user]: paused };
  return { ...where, positions: { ...where.positions, [event]: rows } };
}

function withoutPosition(where: Whereabouts, event: string, user: string): Whereabouts {
  const rows = where.positions[event];
  if (rows?.[user] === undefined) return where;
  return { ...where, positions: { ...where.positions, [event]: without(rows, user) } };
}
