import {
  type Event,
  type EventId,
  type EventStatus,
  type InvitationId,
  type Person,
  type Place,
  toWireNumber,
  type UserId,
} from "@jarvis/contract";
import type { AnswerRow } from "./occurrences-store.ts";
import type { InvitationRow, PersonRow } from "./people-store.ts";
import { canSeeEmail, isAddressOnly, statusOf } from "./rules.ts";
import type { EventRow } from "./store.ts";

/** What of an event is the same for everybody who reads it; also the content of an `event` entry. */
export type EventCore = Pick<
  Event,
  | "id"
  | "version"
  | "name"
  | "description"
  | "start_time"
  | "duration"
  | "time_zone"
  | "all_day"
  | "start_date"
  | "end_date"
  | "recurrence"
  | "series"
  | "original_start_time"
  | "status"
  | "capacity"
  | "place"
  | "updated_ms"
>;

/** `status` is that of a series: its occurrences say it. */
export function renderEventCore(row: EventRow, now: number, status = statusOf(row, now)): EventCore {
  return {
    id: row.id,
    version: row.version,
    name: row.name,
    description: row.description,
    start_time: toSeconds(row.start_ms),
    duration: toWireNumber(row.duration_ms / 1000),
    time_zone: row.time_zone,
    all_day: row.all_day === 1,
    start_date: row.start_date,
    end_date: row.end_date,
    recurrence: row.recurrence,
    series: row.kind === "occurrence" ? row.group_id : null,
    original_start_time: toSeconds(row.original_start_ms),
    status,
    capacity: row.capacity,
    place: renderPlace(row),
    updated_ms: row.updated_ms,
  };
}

function toSeconds(ms: number | null): string | null {
  return ms === null ? null : toWireNumber(ms / 1000);
}

function renderPlace(row: EventRow): Place | null {
  if (row.place_latitude === null || row.place_longitude === null) return null;
  return {
    name: row.place_name ?? "",
    address: row.place_address ?? "",
    latitude: toWireNumber(row.place_latitude),
    longitude: toWireNumber(row.place_longitude),
  };
}

/** A reader, and what an answer needs beside the store. */
export interface Reading {
  viewer: UserId;
  now: number;
  publicUrl: string;
}

/** The event as one reader may see it, of all its people and open invitations. */
export function renderEvent(
  row: EventRow,
  people: readonly PersonRow[],
  invitations: readonly InvitationRow[],
  reading: Reading,
  status?: EventStatus,
): Event {
  const seen = visiblePeople(row, people, invitations, reading.viewer);
  const labels = (rsvp: Person["rsvp"]) => seen.filter((person) => person.rsvp === rsvp).map(labelOf);
  const owner = seen.find((person) => person.role === "owner");
  const me = people.find((person) => person.user_id === reading.viewer);
  return {
    ...renderEventCore(row, reading.now, status),
    owner: owner === undefined ? row.owner_id : labelOf(owner),
    accepted: labels("accepted"),
    maybe: labels("maybe"),
    invited: labels("none"),
    declined: labels("declined"),
    people: seen,
    my_rsvp: me?.rsvp ?? "none",
    chat_url: `${reading.publicUrl}/chat/${row.group_id}`,
  };
}

/** What stands for a person in the lists: the e-mail where it may be shown, else an id. */
function labelOf(person: Person): string {
  return person.email ?? person.id ?? person.invitation ?? "";
}

function visiblePeople(
  event: EventRow,
  people: readonly PersonRow[],
  invitations: readonly InvitationRow[],
  viewer: UserId,
): Person[] {
  const open = new Set(invitations.map(({ id }) => id));
  const accepted = people.some((person) => person.user_id === viewer && person.rsvp === "accepted");
  const reached = new Map<InvitationId, PersonRow>();
  const seen: Person[] = [];
  for (const row of people) {
    const isHidden = row.delivered === 0 && row.invited_by !== viewer;
    if (isAddressOnly(row) && row.invitation_id !== null && open.has(row.invitation_id))
      reached.set(row.invitation_id, row);
    else if (!isHidden) seen.push(renderPerson(row, viewer, accepted, event.owner_id));
  }
  // All addresses stand together, in the order of their typing: their place does not tell which has an account.
  for (const invitation of invitations) {
    const row = reached.get(invitation.id);
    if (row?.delivered === 0 && row.invited_by !== viewer) continue;
    seen.push(renderInvitation(invitation, viewer, row?.user_id === viewer));
  }
  return seen;
}

function renderPerson(row: PersonRow, viewer: UserId, viewerAccepted: boolean, owner: UserId): Person {
  const shown = canSeeEmail({
    self: row.user_id === viewer,
    blocked: row.blocked_id !== null || row.blocker_id !== null,
    friend: row.friend_id !== null,
    bothAccepted: viewerAccepted && row.rsvp === "accepted",
    owner: row.user_id === owner,
    typed: row.invitation_id !== null && row.invited_by === viewer,
  });
  const { username, role, rsvp } = row;
  return { id: row.user_id, username, email: shown ? row.email : null, role, rsvp, invitation: null };
}

function renderInvitation(invitation: InvitationRow, viewer: UserId, self: boolean): Person {
  const email = self || invitation.invited_by === viewer ? invitation.email : null;
  return { id: null, username: null, email, role: "guest", rsvp: "none", invitation: invitation.id };
}

/** The people of a series as they stand to one of its occurrences: with what they answered for it alone. */
export function peopleOfOccurrence(
  people: readonly PersonRow[],
  answers: readonly AnswerRow[],
): readonly PersonRow[] {
  if (answers.length === 0) return people;
  const own = new Map(answers.map(({ user_id, rsvp }) => [user_id, rsvp]));
  return people.map((person) => ({ ...person, rsvp: own.get(person.user_id) ?? person.rsvp }));
}

/** Rows of several events by event, in their order. */
export function byEvent<T extends { event_id: EventId }>(rows: readonly T[]): Map<EventId, T[]> {
  return Map.groupBy(rows, (row) => row.event_id);
}
