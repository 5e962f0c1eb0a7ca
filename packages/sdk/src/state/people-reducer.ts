import type { EntryData } from "@jarvis/contract";
import { authorErased, authorRenamed } from "./chat-reducer.ts";
import type { EventPerson, EventState } from "./event-state.ts";
import { withoutAnswers } from "./occurrences.ts";

type PeopleChange = EntryData<"people">;

export function peopleChanged(event: EventState, change: PeopleChange): EventState {
  switch (change.op) {
    case "added":
    case "role":
      return { ...event, people: putPerson(event.people, toPerson(change.person)) };
    case "renamed":
      return renamed(event, change.user, change.username);
    case "erased":
      return { ...gone(event, change.user), chat: authorErased(event.chat, change.user) };
    case "removed":
      if ("user" in change) return gone(event, change.user);
      return { ...event, people: event.people.filter(({ invitation }) => invitation !== change.invitation) };
    default:
      return event; // of a newer server
  }
}

export function rsvpChanged(event: EventState, { user, username, rsvp }: EntryData<"rsvp">): EventState {
  const known = event.people.find(({ id }) => id === user);
  const person = known ?? { id: user, username, role: "guest", rsvp, invitation: null };
  const people = putPerson(event.people, { ...person, username: username ?? person.username, rsvp });
  return rsvp === "declined" ? { ...withoutTraces(event, user), people } : { ...event, people };
}

function renamed(event: EventState, user: string, username: string): EventState {
  const people = event.people.map((person) => (person.id === user ? { ...person, username } : person));
  return { ...event, people, chat: authorRenamed(event.chat, user, username) };
}

function gone(event: EventState, user: string): EventState {
  const left = withoutAnswers(withoutTraces(event, user), user);
  return { ...left, people: event.people.filter(({ id }) => id !== user) };
}

/** Whoever no longer takes part has no read marker and no request open. */
function withoutTraces(event: EventState, user: string): EventState {
  const { [user]: _, ...read } = event.chat.read;
  const { incoming, outgoing } = event.requests;
  const others = (id: string) => id !== user;
  const requests = { incoming: incoming.filter(others), outgoing: outgoing.filter(others) };
  return { ...event, chat: { ...event.chat, read }, requests };
}

function putPerson(people: readonly EventPerson[], person: EventPerson): EventPerson[] {
  const others = people.filter(({ id, invitation }) =>
    person.id === null ? invitation !== person.invitation : id !== person.id,
  );
  return sortPeople([...others, person]);
}

/** The owner first, then people, then open invitations: entries do not tell since when somebody has been invited. */
export function sortPeople(people: readonly EventPerson[]): EventPerson[] {
  return [...people].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

function rank({ id, role, invitation }: EventPerson): string {
  return `${role === "owner" ? 0 : 1}${id === null ? 1 : 0}${id ?? invitation ?? ""}`;
}

export function toPerson(person: EventPerson): EventPerson {
  const { id, username, role, rsvp, invitation } = person;
  return { id, username, role, rsvp, invitation };
}
