import type { EventId, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import {
  type Component,
  type Property,
  toText,
  toUtc,
  writeCalendar,
  writeComponent,
} from "../lib/icalendar.ts";
import { nextTurn } from "../lib/turn.ts";
import { calendarStatus, changedMs, type Entry, feedRange, sequenceOf, uidOf } from "./rules.ts";
import { listEntries, listKeys } from "./store.ts";

export const calendarHead: readonly Property[] = [
  ["version", {}, "text", "2.0"],
  ["prodid", {}, "text", "-//Jarvis//Jarvis//EN"],
];

/** How often to come back, as RFC 7986 says it and as Outlook does; and what the calendar is called, in both ways. */
const feedHead: readonly Property[] = [
  ...calendarHead,
  ["refresh-interval", {}, "duration", "PT1H"],
  ["x-published-ttl", {}, "unknown", "PT1H"],
  ["name", {}, "unknown", "Jarvis"],
  ["x-wr-calname", {}, "unknown", "Jarvis"],
];

/** A calendar to subscribe to, of parts that have been written already. */
export function calendarText(parts: readonly string[]): string {
  return writeCalendar(feedHead, parts);
}

/** One object of a calendar collection (RFC 4791, section 4.1). */
export function objectText(parts: readonly string[]): string {
  return writeCalendar(calendarHead, parts);
}

/** What somebody's calendar has at this moment. */
export function readKeys(ctx: Context, user: UserId) {
  return listKeys(ctx.db.read, user, feedRange(ctx.clock.now()));
}

/** So many are read and written before others have their turn. */
const together = 200;

/** Events as a calendar shows them to somebody who takes part in them; what they no longer do is left out. */
export async function* renderEntries(
  ctx: Context,
  user: UserId,
  keys: readonly { id: EventId }[],
): AsyncGenerator<{ entry: Entry; ics: string }> {
  for (let next = 0; next < keys.length; next += together) {
    if (next > 0) await nextTurn();
    const events = keys.slice(next, next + together).map(({ id }) => id);
    for (const entry of await listEntries(ctx.db.read, user, events))
      yield { entry, ics: writeComponent(eventComponent(entry, ctx.publicUrl)) };
  }
}

function eventComponent(entry: Entry, publicUrl: string): Component {
  const properties: Property[] = [
    ["uid", {}, "text", uidOf(entry.id)],
    ...revision(entry),
    ...timesOf(entry),
    ...details(entry),
    ["url", {}, "uri", `${publicUrl}/chat/${entry.id}`],
    ...standing(entry),
  ];
  return ["vevent", properties, []];
}

function revision(entry: Entry): Property[] {
  const changed = toUtc(changedMs(entry));
  return [
    ["sequence", {}, "integer", sequenceOf(entry)],
    ["dtstamp", {}, "date-time", changed],
    ["created", {}, "date-time", toUtc(entry.created_ms)],
    ["last-modified", {}, "date-time", changed],
  ];
}

function timesOf({ start_ms, duration_ms, start_date, end_date }: Entry): Property[] {
  if (start_date !== null && end_date !== null)
    return [
      ["dtstart", {}, "date", start_date],
      ["dtend", {}, "date", end_date],
    ];
  return [
    ["dtstart", {}, "date-time", toUtc(start_ms)],
    ["dtend", {}, "date-time", toUtc(start_ms + duration_ms)],
  ];
}

function details(entry: Entry): Property[] {
  const { place_latitude: latitude, place_longitude: longitude } = entry;
  const where = [entry.place_name, entry.place_address].filter((part) => part !== null && part !== "");
  const properties: Property[] = [["summary", {}, "text", toText(entry.name)]];
  if (entry.description !== "") properties.push(["description", {}, "text", toText(entry.description)]);
  if (where.length > 0) properties.push(["location", {}, "text", toText(where.join(", "))]);
  if (latitude !== null && longitude !== null)
    properties.push(["geo", {}, "float", [degrees(latitude), degrees(longitude)]]);
  return properties;
}

/** A decimetre; and it keeps JavaScript from writing an exponent, which iCalendar does not have. */
function degrees(value: number): number {
  return Number(value.toFixed(6)) + 0;
}

/** Only what somebody has accepted keeps their time taken. */
function standing(entry: Entry): Property[] {
  const status = calendarStatus(entry);
  return [
    ["status", {}, "text", status],
    ["transp", {}, "text", status === "CONFIRMED" ? "OPAQUE" : "TRANSPARENT"],
  ];
}
