import type { EntryData, Rsvp } from "@jarvis/contract";
import type { EventCore, EventPerson, EventState, Occurrence } from "./event-state.ts";

interface Listed extends EventCore {
  readonly people: readonly { readonly id: string | null; readonly rsvp: Rsvp }[];
}

/** An occurrence with the answers that differ from those to the series. */
export function toOccurrence(core: EventCore, listed: Listed, people: readonly EventPerson[]): Occurrence {
  const series = new Map(people.map(({ id, rsvp }) => [id, rsvp]));
  const own = listed.people.flatMap(({ id, rsvp }) =>
    id !== null && series.get(id) !== rsvp ? [[id, rsvp] as const] : [],
  );
  return { core, answers: Object.fromEntries(own) };
}

/** Somebody's answer to one occurrence. */
export function occurrenceAnswered(
  event: EventState,
  { user, rsvp, event: id }: EntryData<"rsvp">,
): EventState {
  const series = event.people.find((person) => person.id === user)?.rsvp;
  return mapOccurrence(event, id, ({ core, answers }) => ({
    core,
    answers: series === rsvp ? without(answers, user) : { ...answers, [user]: rsvp },
  }));
}

function without(answers: Occurrence["answers"], user: string): Occurrence["answers"] {
  return Object.fromEntries(Object.entries(answers).filter(([other]) => other !== user));
}

/** The event as it is now, or one of its occurrences. Of a series nobody is told which occurrences have changed with it. */
export function coreChanged(event: EventState, core: EventCore): EventState {
  if (core.id !== event.id) return mapOccurrence(event, core.id, ({ answers }) => ({ core, answers }));
  const stale = event.stale || core.recurrence !== null || event.core.recurrence !== null;
  return { ...event, core, stale };
}

/** Whoever is in it no more has no answers. */
export function withoutAnswers(event: EventState, user: string): EventState {
  if (event.occurrences.every(({ answers }) => !(user in answers))) return event;
  const occurrences = event.occurrences.map(({ core, answers }) => ({
    core,
    answers: without(answers, user),
  }));
  return { ...event, occurrences };
}

/** One that is not known is fetched with the others. */
function mapOccurrence(
  event: EventState,
  id: string | undefined,
  change: (occurrence: Occurrence) => Occurrence,
): EventState {
  if (event.occurrences.every(({ core }) => core.id !== id)) return { ...event, stale: true };
  const changed = event.occurrences.map((one) => (one.core.id === id ? change(one) : one));
  return { ...event, occurrences: sortOccurrences(changed) };
}

export function sortOccurrences(occurrences: readonly Occurrence[]): Occurrence[] {
  return [...occurrences].sort(
    (a, b) => Number(a.core.start_time) - Number(b.core.start_time) || (a.core.id < b.core.id ? -1 : 1),
  );
}
