import { type EventId, type OptionId, toWireNumber, type UserExport, type UserId } from "@jarvis/contract";
import { renderOption, voteIn } from "../polls/rules.ts";

type Membership = UserExport["events"][number];
type LocationRequest = UserExport["location_requests"][number];

interface MembershipRow {
  id: string;
  name: string;
  start_ms: number | null;
  duration_ms: number;
  role: Membership["role"];
  rsvp: Membership["rsvp"];
  state: Membership["state"];
  delivered: number;
  invited_ms: number;
  answered_ms: number | null;
  left_ms: number | null;
  answers: number;
}

/** What the event is, is told to who may read it; of the others only that the person was there. */
export function toMembership(row: MembershipRow): Membership {
  // An invitation that reaches nobody has changed nothing for who left before.
  const state = row.delivered === 1 ? row.state : "left";
  const reads = state === "in" && row.rsvp !== "declined";
  return {
    id: row.id,
    name: reads ? row.name : null,
    start_time: reads && row.start_ms !== null ? toWireNumber(row.start_ms / 1000) : null,
    duration: reads ? toWireNumber(row.duration_ms / 1000) : null,
    role: row.role,
    rsvp: row.rsvp,
    state,
    invited_ms: row.invited_ms,
    answered_ms: row.answered_ms,
    left_ms: row.left_ms,
    answers: row.answers,
  };
}

interface VoteRow {
  event: EventId;
  votes: string;
  option: OptionId;
  slot: number;
  start_ms: number | null;
  duration_ms: number | null;
  date: string | null;
}

/** Where the caller has voted on this option, what. */
export function toOwnVotes({ event, votes, option, slot, ...time }: VoteRow): UserExport["votes"] {
  const vote = voteIn(votes, slot);
  if (vote === undefined) return [];
  const { id: _, ...when } = renderOption({ id: option, ...time });
  return [{ event, option, ...when, vote }];
}

type OwnMessage = UserExport["messages"][number];

interface MessageRow extends Omit<OwnMessage, "mentions" | "system"> {
  mentions: string | null;
  system: string | null;
}

/** The columns hold JSON that this server wrote by the contract's own types. */
export function toOwnMessage({ mentions, system, ...rest }: MessageRow): OwnMessage {
  return {
    ...rest,
    mentions: mentions === null ? [] : (JSON.parse(mentions) as string[]),
    system: system === null ? null : (JSON.parse(system) as OwnMessage["system"]),
  };
}

interface FixRow {
  event_id: string;
  latitude: number;
  longitude: number;
  accuracy: number | null;
  altitude: number | null;
  speed: number | null;
  heading: number | null;
  battery: number | null;
  at_ms: number;
  received_ms: number;
}

export function toPosition(row: FixRow): UserExport["positions"][number] {
  const { event_id, accuracy, altitude, speed, heading, battery, at_ms, received_ms } = row;
  return {
    event: event_id === "" ? null : event_id,
    latitude: toWireNumber(row.latitude),
    longitude: toWireNumber(row.longitude),
    accuracy,
    altitude,
    speed,
    heading,
    battery,
    at_ms,
    received_ms,
  };
}

type View = UserExport["views"][number];

/** Through a share, there was no event. */
export function toView({ event, sharer, viewer, at_ms }: View): View {
  return { event: event === "" ? null : event, sharer, viewer, at_ms };
}

interface RequestRow {
  event_id: string;
  from_id: UserId;
  to_id: UserId;
  state: LocationRequest["state"];
  created_ms: number;
  answered_ms: number | null;
}

/** A request that was kept silent looks open to who made it, and reached nobody. */
export function toLocationRequests(row: RequestRow, user: UserId): LocationRequest[] {
  const isSilent = row.state === "declined" && row.answered_ms === null;
  if (isSilent && row.from_id !== user) return [];
  const { event_id: event, from_id: from, to_id: to, created_ms, answered_ms } = row;
  return [{ event, from, to, state: isSilent ? "pending" : row.state, created_ms, answered_ms }];
}

type Start = UserExport["starts"][number];

export function toStart(
  row: Omit<Start, "latitude" | "longitude"> & { latitude: number; longitude: number },
): Start {
  return { ...row, latitude: toWireNumber(row.latitude), longitude: toWireNumber(row.longitude) };
}
