import type { Event, EventId, EventStatus, Role, Rsvp, UserId } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Sql } from "../db/database.ts";
import { AppError, notFound } from "../lib/app-error.ts";
import { isId, parseOccurrenceId } from "../lib/ids.ts";
import { nextTurn } from "../lib/turn.ts";
import { type AnswerRow, findOccurrenceMembership, listAnswers } from "./occurrences-store.ts";
import { listInvitations, listPeople } from "./people-store.ts";
import { byEvent, type EventCore, peopleOfOccurrence, renderEvent, renderEventCore } from "./render.ts";
import { canChange, isParticipant, seriesStatus } from "./rules.ts";
import { findComing, hasMore } from "./series-store.ts";
import {
  type Absence,
  type EventRow,
  findEvent,
  findMembership,
  listReadable,
  listReadableOfAll,
  listStandings,
} from "./store.ts";

export { claimInvitations } from "./invitations.ts";
export { extendSeries } from "./series-horizon.ts";

declare const proven: unique symbol;

/** Proof, made here alone, that somebody takes part in an event at the moment of the unit or read that asked. */
export interface EventParticipant {
  /** The event that was asked for: an occurrence has a time, place and answers of its own. */
  readonly event: EventId;
  /** Whose people, chat and stream it has: the series of an occurrence, else the event itself. */
  readonly group: EventId;
  readonly kind: EventRow["kind"];
  readonly user: UserId;
  readonly role: Role;
  readonly rsvp: Rsvp;
  readonly cancelled: boolean;
  readonly [proven]: true;
}

/** Throws `not_found` for a stranger, for somebody who declined, left or was removed, and for an event that is not there. */
export async function requireParticipant(sql: Sql, user: UserId, event: EventId): Promise<EventParticipant> {
  if (!isId(event)) return requireInOccurrence(sql, user, event);
  const row = await findMembership(sql, event, user);
  if (row === undefined || !isParticipant(row)) throw notFound();
  const { role, rsvp, cancelled, kind, group_id: group } = row;
  // The proof has no value of its own: only its type says that the check above was made.
  return { event, group, kind, user, role, rsvp, cancelled: cancelled === 1 } as EventParticipant;
}

/** Whoever declines one occurrence stays in the series, and so reads it. */
async function requireInOccurrence(sql: Sql, user: UserId, event: EventId): Promise<EventParticipant> {
  const row = parseOccurrenceId(event) && (await findOccurrenceMembership(sql, event, user));
  if (!row || !isParticipant(row)) throw notFound();
  const { role, kind, group_id: group } = row;
  const cancelled = row.cancelled === 1 || row.group_cancelled === 1;
  // As above.
  return { event, group, kind, user, role, rsvp: row.own_rsvp ?? row.rsvp, cancelled } as EventParticipant;
}

/** As `requireParticipant`, where only an event with a chat and people of its own will do: no occurrence is found. */
export async function requireMember(sql: Sql, user: UserId, group: EventId): Promise<EventParticipant> {
  if (!isId(group)) throw notFound();
  return requireParticipant(sql, user, group);
}

/** Refuses for an occurrence what is its series' alone: people, roles, polls, photos. */
export function requireWhole({ kind }: EventParticipant): void {
  if (kind === "occurrence")
    throw new AppError("unsupported", { detail: "This is the series', not of one occurrence" });
}

/** Refuses a change of a cancelled event, which is kept to be read. */
export function requireNotCancelled(participant: EventParticipant): void {
  if (participant.cancelled) throw new AppError("forbidden", { detail: "The event is cancelled" });
}

/** Owner and hosts change an event and invite people, until it is cancelled. */
export async function requireChange(sql: Sql, user: UserId, event: EventId): Promise<EventParticipant> {
  const participant = await requireParticipant(sql, user, event);
  if (!canChange(participant.role))
    throw new AppError("forbidden", { detail: "Only the event's owner and hosts do this" });
  requireNotCancelled(participant);
  return participant;
}

/** The events whose streams and chats somebody may read now. */
export async function readableEvents(sql: Sql, user: UserId): Promise<EventId[]> {
  return (await listReadable(sql, user)).map(({ event_id }) => event_id);
}

/** The same of many people, in one query. */
export async function readableEventsOf(
  sql: Sql,
  users: readonly UserId[],
): Promise<Map<UserId, Set<EventId>>> {
  const readable = new Map(users.map((user) => [user, new Set<EventId>()]));
  for (const { user_id, event_id } of await listReadableOfAll(sql, users))
    readable.get(user_id)?.add(event_id);
  return readable;
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

/** Two queries for any number, three where there are occurrences. */
async function renderTogether(
  ctx: Pick<Context, "clock" | "publicUrl">,
  sql: Sql,
  viewer: UserId,
  rows: readonly EventRow[],
): Promise<Event[]> {
  const groups = [...new Set(rows.map(({ group_id }) => group_id))];
  const people = byEvent(await listPeople(sql, viewer, groups));
  const invitations = byEvent(await listInvitations(sql, groups));
  const answers = await answersFor(sql, rows);
  const statuses = await statusesOf(sql, rows, ctx.clock.now());
  const reading = { viewer, now: ctx.clock.now(), publicUrl: ctx.publicUrl };
  return rows.flatMap((row) => {
    const present = people.get(row.group_id) ?? [];
    if (!present.some((person) => person.user_id === viewer && isParticipant(person))) return [];
    const coming = peopleOfOccurrence(present, answers.get(row.id) ?? []);
    return [renderEvent(row, coming, invitations.get(row.group_id) ?? [], reading, statuses.get(row.id))];
  });
}

async function answersFor(sql: Sql, rows: readonly EventRow[]): Promise<Map<EventId, AnswerRow[]>> {
  const occurrences = rows.flatMap(({ id, kind }) => (kind === "occurrence" ? [id] : []));
  return occurrences.length === 0 ? new Map() : byEvent(await listAnswers(sql, occurrences));
}

/** The status of series: that of the occurrence that is now or comes next. */
async function statusesOf(
  sql: Sql,
  rows: readonly EventRow[],
  now: number,
): Promise<Map<EventId, EventStatus>> {
  const statuses = new Map<EventId, EventStatus>();
  for (const row of rows) {
    if (row.kind !== "series") continue;
    const coming = await findComing(sql, row.id, now);
    const goesOn = coming === undefined && (await hasMore(sql, row.id));
    statuses.set(row.id, seriesStatus(row, coming, goesOn, now));
  }
  return statuses;
}

/** What of an event is the same for everybody; undefined where it is not there (any more). */
export async function findEventCore(
  ctx: Pick<Context, "clock" | "db">,
  event: EventId,
): Promise<EventCore | undefined> {
  const row = await findEvent(ctx.db.read, event);
  if (row === undefined) return undefined;
  const now = ctx.clock.now();
  return renderEventCore(row, now, (await statusesOf(ctx.db.read, [row], now)).get(event));
}
