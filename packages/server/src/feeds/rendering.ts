import type { EventId, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { type Component, type Property, writeCalendar, writeComponent } from "../lib/icalendar.ts";
import { nextTurn } from "../lib/turn.ts";
import { detailProperties, revisionProperties, statusProperties, timeProperties } from "./properties.ts";
import { calendarStatus, changedMs, type Entry, feedRange, type Range, sequenceOf, uidOf } from "./rules.ts";
import { type Written, writeSeries } from "./series.ts";
import { type Key, listEntries, listKeys } from "./store.ts";
import { zoneParts } from "./zones.ts";

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

/** A calendar to subscribe to. */
export function calendarText(written: readonly Written[], now: number): string {
  return textOf(feedHead, written, now);
}

/** One object of a calendar collection (RFC 4791, section 4.1). */
export function objectText(written: Written, now: number): string {
  return textOf(calendarHead, [written], now);
}

function textOf(head: readonly Property[], written: readonly Written[], now: number): string {
  const zones = zoneParts(
    written.flatMap((part) => part.zones),
    now,
  );
  return writeCalendar(head, [...zones, ...written.map(({ ics }) => ics)]);
}

/** What somebody's calendar has at this moment. */
export function readKeys(ctx: Context, user: UserId): Promise<Key[]> {
  return listKeys(ctx.db.read, user, feedRange(ctx.clock.now()));
}

/** So many are read and written before others have their turn. */
const together = 50;

/** Events and series as calendars have them, for somebody who takes part in them; what they no longer do is left out. */
export async function* writeEntries(
  ctx: Context,
  user: UserId,
  keys: readonly { id: EventId }[],
): AsyncGenerator<Written> {
  const range = feedRange(ctx.clock.now());
  for (let next = 0; next < keys.length; next += together) {
    if (next > 0) await nextTurn();
    const events = keys.slice(next, next + together).map(({ id }) => id);
    for (const entry of await listEntries(ctx.db.read, user, events)) {
      if (entry.kind === "single") yield writeSingle(ctx, entry);
      else yield* await writeInTurn(ctx, user, entry, range);
    }
  }
}

/** A series has hundreds of occurrences. */
async function writeInTurn(ctx: Context, user: UserId, series: Entry, range: Range): Promise<Written[]> {
  await nextTurn();
  return writeSeries(ctx, user, series, range);
}

function writeSingle(ctx: Context, entry: Entry): Written {
  const { id, start_ms: fromMs, duration_ms } = entry;
  const ics = writeComponent(eventComponent(entry, ctx.publicUrl, id));
  return { name: id, ics, zones: [], fromMs, untilMs: fromMs + duration_ms };
}

/** An event by itself; of an occurrence, the chat is its series'. */
export function eventComponent(entry: Entry, publicUrl: string, chat: string): Component {
  const properties: Property[] = [
    ["uid", {}, "text", uidOf(entry.id)],
    ...revisionProperties(sequenceOf(entry), changedMs(entry), entry.created_ms),
    ...timeProperties(entry),
    ...detailProperties(entry, publicUrl, chat),
    ...statusProperties(calendarStatus(entry)),
  ];
  return ["vevent", properties, []];
}
