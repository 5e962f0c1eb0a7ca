import {
  type EventStatus,
  limits,
  locationWindow,
  type Message,
  type Role,
  type Rsvp,
  toWireNumber,
  type UserId,
} from "@jarvis/contract";

const day = 24 * 60 * 60_000;
/** How long a new invitation of somebody who left or declined reaches nobody. */
export const silentMs = 30 * day;

/** When an event takes place; truth values are 0 or 1, as the store has them. */
export interface Times {
  start_ms: number | null;
  duration_ms: number;
  cancelled: number;
  /** A series takes place in its occurrences alone. */
  kind?: "single" | "series" | "occurrence";
}

/** How somebody stands in an event. */
export interface Membership {
  role: Role;
  rsvp: Rsvp;
  state: "in" | "left" | "removed";
  delivered: number;
  invitation_id: string | null;
  left_ms: number | null;
}

/** Status follows the clock: it is never stored, apart from `cancelled`. */
export function statusOf(event: Times, now: number): EventStatus {
  if (event.cancelled === 1) return "cancelled";
  if (event.start_ms === null || now < event.start_ms) return "pending";
  return now < event.start_ms + event.duration_ms ? "active" : "passed";
}

/** A series is as its occurrence that is now, or comes next; over once there is none, and will be none. */
export function seriesStatus(
  series: Times,
  coming: Times | undefined,
  goesOn: boolean,
  now: number,
): EventStatus {
  if (series.cancelled === 1) return "cancelled";
  if (coming === undefined) return goesOn ? "pending" : "passed";
  return statusOf(coming, now);
}

/** When people may see each other's positions, end excluded; null for a cancelled or a timeless event. */
export function windowOf(event: Times): { fromMs: number; untilMs: number } | null {
  if (event.cancelled === 1 || event.start_ms === null || event.kind === "series") return null;
  return {
    fromMs: event.start_ms - locationWindow.beforeMs,
    untilMs: event.start_ms + event.duration_ms + locationWindow.afterMs,
  };
}

/** Whether somebody takes part, and so reads the event and its chat: invited included, declined not. */
export function isParticipant(person: Pick<Membership, "state" | "delivered" | "rsvp">): boolean {
  return person.state === "in" && person.delivered === 1 && person.rsvp !== "declined";
}

/** Owner and hosts change an event and invite people. */
export function canChange(role: Role): boolean {
  return role !== "guest";
}

/** Nobody removes the owner, only the owner removes hosts, guests remove nobody. */
export function canRemove(actor: Role, target: Role): boolean {
  if (target === "owner") return false;
  return actor === "owner" || (actor === "host" && target === "guest");
}

/** Whether a person may answer: those invited, and those who left or declined by themselves, but nobody who was removed. */
export function canAnswer(person: Pick<Membership, "state" | "delivered" | "left_ms">): boolean {
  if (person.state === "removed") return false;
  return person.delivered === 1 || person.left_ms !== null;
}

/** Whether somebody who left or declined shortly before is to hear nothing of a new invitation. */
export function isSilent(person: Pick<Membership, "left_ms">, now: number): boolean {
  return person.left_ms !== null && now - person.left_ms < silentMs;
}

/** Until an invitation by e-mail is answered, people see the address alone, not whose account holds it. */
export function isAddressOnly(person: Pick<Membership, "invitation_id" | "rsvp">): boolean {
  return person.invitation_id !== null && person.rsvp === "none";
}

export interface EmailSight {
  self: boolean;
  /** In either direction. */
  blocked: boolean;
  friend: boolean;
  /** Both have accepted this event. */
  bothAccepted: boolean;
  /** It is the event owner's address: all invited see it. */
  owner: boolean;
  /** The viewer typed it as an invitation. */
  typed: boolean;
}

/** Whether somebody sees a person's e-mail in an event. */
export function canSeeEmail(sight: EmailSight): boolean {
  if (sight.self) return true;
  if (sight.blocked) return false;
  return sight.friend || sight.bothAccepted || sight.owner || sight.typed;
}

/** Whether an invitation may reach this person at all. */
export function isWelcome(
  person: { id: UserId; invites_from: "everyone" | "friends" },
  inviter: { friends: ReadonlySet<UserId>; blocked: ReadonlySet<UserId> },
): boolean {
  if (inviter.blocked.has(person.id)) return false;
  return person.invites_from === "everyone" || inviter.friends.has(person.id);
}

/** What of the wanted columns differs from the row: writing the same again is no new version. */
export function changedColumns<Row extends object>(row: Row, wanted: Partial<Row>): Partial<Row> {
  const changed = { ...wanted };
  for (const key in wanted) if (wanted[key] === row[key]) delete changed[key];
  return changed;
}

/** What of an event its people have agreed on. */
interface Agreement extends Times {
  name: string;
  place_name: string | null;
  place_address: string | null;
  place_latitude: number | null;
  place_longitude: number | null;
  all_day: number;
  start_date: string | null;
  end_date: string | null;
}

type SystemMessage = NonNullable<Message["system"]>;

/** What the chat is told of a change: one message for each thing that had been agreed and is not so any more. */
export function agreementsChanged(before: Agreement, after: Agreement): SystemMessage[] {
  const told: SystemMessage[] = [];
  if (after.name !== before.name) told.push({ code: "renamed", params: { name: after.name } });
  if (hasMoved(before, after)) told.push({ code: "time_changed", params: timeParams(after) });
  if (isElsewhere(before, after))
    told.push({ code: "place_changed", params: { name: after.place_name ?? "" } });
  if (after.cancelled !== before.cancelled) told.push({ code: "cancelled", params: {} });
  return told;
}

/** What the chat is told once people have found their time. */
export function timeSet(event: TimeAgreed): SystemMessage {
  return { code: "time_set", params: timeParams(event) };
}

type TimeAgreed = Pick<Agreement, "start_ms" | "duration_ms" | "start_date" | "end_date">;

function timeParams(event: TimeAgreed): Record<string, string> {
  const { start_date, end_date } = event;
  return {
    start_time: event.start_ms === null ? "" : toWireNumber(event.start_ms / 1000),
    duration: toWireNumber(event.duration_ms / 1000),
    ...(start_date === null || end_date === null ? {} : { start_date, end_date }),
  };
}

function hasMoved(before: Agreement, after: Agreement): boolean {
  if (before.start_ms === null) return false;
  // Whole days are floating: another zone does not move them.
  if (before.all_day === 1 && after.all_day === 1)
    return before.start_date !== after.start_date || before.end_date !== after.end_date;
  return after.start_ms !== before.start_ms || after.duration_ms !== before.duration_ms;
}

const placeColumns = ["place_name", "place_address", "place_latitude", "place_longitude"] as const;

function isElsewhere(before: Agreement, after: Agreement): boolean {
  return before.place_latitude !== null && placeColumns.some((column) => after[column] !== before[column]);
}

/** Whether a range in unix seconds runs forward and is not too long; an open one may be. */
export function isSpanAllowed(from: number | undefined, to: number | undefined): boolean {
  if (from === undefined || to === undefined) return true;
  return from <= to && to - from <= limits.rangeDays * 24 * 60 * 60;
}
