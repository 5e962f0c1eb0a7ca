import type { EntryData, FriendPositionFrame, PositionFrame } from "@jarvis/contract";
import type { EventCore } from "./event-state.ts";

/** What was said last of somebody's way to an event, and when (unix milliseconds, by the server). */
export type Journey = Omit<EntryData<"travel">, "user" | "event"> & { readonly at_ms: number };

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
  readonly friends: Readonly<Record<string, Seen<FriendPositionFrame>>>;
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
