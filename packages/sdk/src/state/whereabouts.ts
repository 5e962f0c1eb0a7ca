import type { PositionFrame } from "@jarvis/contract";
import type { EventCore } from "./event-state.ts";

/** What was said last of somebody's way to an event. */
export interface Journey {
  readonly code: "running_late" | "on_time" | "arrived" | "leave_now";
  /** By how much they will be late, and within what of it in 8 of 10 cases. */
  readonly late_s?: number | undefined;
  readonly margin_s?: number | undefined;
  /** Of `leave_now`, to the person alone: how long they may still stay. */
  readonly leave_in_s?: number | undefined;
  readonly at_ms: number;
}

/** A position as it was heard; how old it is, `positionAt` says. */
export type Seen<T> = Omit<T, "type"> & {
  /** Unix milliseconds of this machine. */
  readonly heard_ms: number;
};

/** Of one event, or one occurrence of a series. */
export interface Journeys {
  /** The entry that was last taken into account: those before it are in here. */
  readonly seq: number;
  /** By user id. */
  readonly people: Readonly<Record<string, Journey>>;
}

/** Where people are and how they come along: last values, and what was said of their way. */
export interface Whereabouts {
  /** By id of the event or occurrence; from the entries since it was loaded. */
  readonly journeys: Readonly<Record<string, Journeys>>;
  /** Of watched events, by event and person. */
  readonly positions: Readonly<Record<string, Readonly<Record<string, Seen<PositionFrame>>>>>;
  /** Of watched friends who share beside events, by user id. */
  readonly friends: Readonly<Record<string, Seen<FriendPosition>>>;
}

export interface FriendPosition {
  readonly type: "friend_position";
  readonly user: string;
  readonly latitude: string;
  readonly longitude: string;
  readonly accuracy: number | null;
  readonly at_ms: number;
  readonly speed: number | null;
  readonly battery: number | null;
}

export const nowhere: Whereabouts = { journeys: {}, positions: {}, friends: {} };

export function without<T>(record: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
  if (!(key in record)) return record;
  const { [key]: _, ...rest } = record;
  return rest;
}

/** When and where people are to arrive: once it changes, what was said of their way there is void. */
export function isSameAim(a: EventCore, b: EventCore): boolean {
  const aim = ({ start_time, place, status }: EventCore) =>
    JSON.stringify([start_time, place?.latitude, place?.longitude, status === "cancelled"]);
  return aim(a) === aim(b);
}
