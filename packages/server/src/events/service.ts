import type { Event, EventId, Role, Rsvp, UserId } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Sql } from "../db/database.ts";
import { AppError, notFound } from "../lib/app-error.ts";
import { isId } from "../lib/ids.ts";
import { nextTurn } from "../lib/turn.ts";
import { listInvitations, listPeople } from "./people-store.ts";
import { byEvent, renderEvent } from "./render.ts";
import { canChange, isParticipant } from "./rules.ts";
import {
  type Absence,
  type EventRow,
  findEvent,
  findMembership,
  listReadable,
  listStandings,
} from "./store.ts";

export { claimInvitations } from "./invitations.ts";
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

/** Owner and hosts change an event and invite people, until it is cancelled. */
export async function requireChange(sql: Sql, user: UserId, event: EventId): Promise<EventParticipant> {
  const participant = await requireParticipant(sql, user, event);
  if (!canChange(participant.role)) throw new AppError("forbidden");
  requireNotCancelled(participant);
  return participant;
}

/** The events whose streams and chats somebody may read now. */
export async function readableEvents(sql: Sql, user: UserId): Promise<EventId[]> {
  return (await listReadable(sql, user)).map(({ event_id }) => event_id);
}

/** Entries and messages of a time when somebody was removed, which are not theirs; the last may be open. */
export type Away = Pick<Absence, "from_entry" | "from_message" | "to_entry" | "to_message">;

/** Those of these events that somebody may read now, each with the times of which they may not, oldest first. */
export async function readableOf(
  sql: Sql,
  user: UserId,
  events: readonly EventId[],
): Promise<Map<EventId, Away[]>> {
  const readable = new Map<EventId, Away[]>();
  for (const row of await listStandings(sql, user, events)) {
    if (!isParticipant(row)) continue;
    const aways = readable.get(row.event) ?? [];
    readable.set(row.event, aways);
    const { from_entry, from_message, to_entry, to_message } = row;
    if (from_entry !== null && from_message !== null)
      aways.push({ from_entry, from_message, to_entry, to_message });
  }
  return readable;
}

/** The event's own row, for whoever has already proven that they may read it. */
export async function eventFacts(sql: Sql, event: EventId): Promise<EventRow> {
  const row = await findEvent(sql, event);
  if (row === undefined) throw notFound();
  return row;
}

/** Access information, as this caller may see it. */
export async function getEvent(ctx: Context, viewer: Viewer, event: EventId): Promise<Event> {
  await requireParticipant(ctx.db.read, viewer.id, event);
  const row = await eventFacts(ctx.db.read, event);
  const [rendered] = await renderEvents(ctx, ctx.db.read, viewer.id, [row]);
  if (rendered === undefined) throw notFound();
  return rendered;
}

/** So many events are rendered together … */
const eventsTogether = 8;
/** … and after so many people in them, others get their turn. */
const peopleInOneGo = 1_000;

/**
 * Events as somebody who reads them may see them; whether they may is the caller's to have asked. An event that they
 * lose while others have their turn is left out.
 */
export async function renderEvents(
  ctx: Pick<Context, "clock" | "publicUrl">,
  sql: Sql,
  viewer: UserId,
  rows: readonly EventRow[],
): Promise<Event[]> {
  const rendered: Event[] = [];
  let peopleSinceTurn = 0;
  for (let next = 0; next < rows.length; next += eventsTogether) {
    if (peopleSinceTurn >= peopleInOneGo) {
      await nextTurn();
      peopleSinceTurn = 0;
    }
    const events = await renderTogether(ctx, sql, viewer, rows.slice(next, next + eventsTogether));
    for (const { people } of events) peopleSinceTurn += people.length;
    rendered.push(...events);
  }
  return rendered;
}

/** Two queries for any number. */
async function renderTogether(
  ctx: Pick<Context, "clock" | "publicUrl">,
  sql: Sql,
  viewer: UserId,
  rows: readonly EventRow[],
): Promise<Event[]> {
  const ids = rows.map(({ id }) => id);
  const people = byEvent(await listPeople(sql, viewer, ids));
  const invitations = byEvent(await listInvitations(sql, ids));
  const reading = { viewer, now: ctx.clock.now(), publicUrl: ctx.publicUrl };
  return rows.flatMap((row) => {
    const present = people.get(row.id) ?? [];
    if (!present.some((person) => person.user_id === viewer && isParticipant(person))) return [];
    return [renderEvent(row, present, invitations.get(row.id) ?? [], reading)];
  });
}
