import type { EventId, Role, Rsvp, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { AppError, notFound } from "../lib/app-error.ts";
import { isId } from "../lib/ids.ts";
import { isParticipant } from "./rules.ts";
import {
  type Absence,
  type EventRow,
  findEvent,
  findMembership,
  listAbsences,
  listReadable,
} from "./store.ts";

export { renderEventCore } from "./render.ts";

declare const proven: unique symbol;

/** Proof, made here alone, that somebody takes part in an event at the moment of the unit or read that asked. */
export interface EventParticipant {
  readonly event: EventId;
  readonly user: UserId;
  readonly role: Role;
  readonly rsvp: Rsvp;
  readonly cancelled: boolean;
  readonly [proven]: true;
}

/** Throws `not_found` for a stranger, for somebody who declined, left or was removed, and for an event that is not there. */
export async function requireParticipant(sql: Sql, user: UserId, event: EventId): Promise<EventParticipant> {
  const row = isId(event) ? await findMembership(sql, event, user) : undefined;
  if (row === undefined || !isParticipant(row)) throw notFound();
  const { role, rsvp, cancelled } = row;
  // The proof has no value of its own: only its type says that the check above was made.
  return { event, user, role, rsvp, cancelled: cancelled === 1 } as EventParticipant;
}

/** Refuses a change of a cancelled event, which is kept to be read. */
export function requireNotCancelled(participant: EventParticipant): void {
  if (participant.cancelled) throw new AppError("forbidden", { detail: "The event is cancelled" });
}

/** The events whose streams and chats somebody may read now. */
export async function readableEvents(sql: Sql, user: UserId): Promise<EventId[]> {
  return (await listReadable(sql, user)).map(({ event_id }) => event_id);
}

/** While they were removed: these entries and messages are not theirs, oldest first; the last may be open. */
export function absencesOf(sql: Sql, user: UserId, event: EventId): Promise<Absence[]> {
  return listAbsences(sql, event, user);
}

/** The event's own row, for whoever has already proven that they may read it. */
export async function eventFacts(sql: Sql, event: EventId): Promise<EventRow> {
  const row = await findEvent(sql, event);
  if (row === undefined) throw notFound();
  return row;
}
