import type { EventId, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { partAt } from "../events/occurrences.ts";
import { originalDate, timesAt } from "../events/series-times.ts";
import { type Component, type Property, toUtc, writeComponent } from "../lib/icalendar.ts";
import { addDays, isShownOnce, localTimeOf } from "../lib/zoned-time.ts";
import { detailProperties, revisionProperties, statusProperties, timeProperties } from "./properties.ts";
import {
  calendarStatus,
  changedMs,
  type Entry,
  isAlike,
  type Range,
  sequenceOf,
  type Times,
  uidOf,
} from "./rules.ts";
import { lastStart } from "./series-end.ts";
import { listOccurrences, listParts, type OccurrenceRow, type PartRow } from "./store.ts";
import type { ZoneUse } from "./zones.ts";

/** What has one UID: an event, or a part of a series with its exceptions. */
export interface Written {
  /** Its name in a collection, without an ending. */
  readonly name: string;
  readonly ics: string;
  readonly zones: readonly ZoneUse[];
  readonly fromMs: number;
  /** null: it has no end. */
  readonly untilMs: number | null;
}

/** A part of a series, with the occurrences that it made. */
interface PartOf {
  readonly ctx: Context;
  readonly series: Entry;
  readonly part: PartRow;
  readonly rows: readonly OccurrenceRow[];
  readonly uid: string;
}

/**
 * A series as calendars know it: each of its parts a rule of its own, what differs as an exception, what the person
 * declined left out. A part of which nothing touches the range is left out.
 */
export async function writeSeries(
  ctx: Context,
  user: UserId,
  series: Entry,
  range: Range,
): Promise<Written[]> {
  const parts = await listParts(ctx.db.read, series.id as EventId); // as it was read
  const all = await listOccurrences(ctx.db.read, user, series.id as EventId);
  const byPart = Map.groupBy(all, (row) => partAt(parts, row.original_start_ms));
  const written: Written[] = [];
  for (const [index, part] of parts.entries()) {
    const rows = byPart.get(part) ?? [];
    if (!rows.some((row) => row.own_rsvp !== "declined" && touches(row, range))) continue;
    const name = index === 0 ? series.id : `${series.id}-${part.from_ms}`;
    written.push(await writePart({ ctx, series, part, rows, uid: uidOf(name) }, name, range));
  }
  return written;
}

function touches({ start_ms, duration_ms }: Times, { fromMs, toMs }: Range): boolean {
  return start_ms < toMs && start_ms + duration_ms > fromMs;
}

async function writePart(of: PartOf, name: string, range: Range): Promise<Written> {
  const { part, rows } = of;
  const last = await lastStart(of.ctx, part, rows, of.series.cancelled === 1);
  const exceptions = rows.filter(
    (row) =>
      row.own_rsvp !== "declined" && row.start_ms + row.duration_ms > range.fromMs && !isRegular(of, row),
  );
  const components = [master(of, last), ...exceptions.map((row) => exception(of, row))];
  const fromYear = Number(localAt(part, rows[0]?.original_start_ms ?? part.from_ms).slice(0, 4));
  return {
    name,
    ics: components.map(writeComponent).join(""),
    zones: part.local_time === null ? [] : [{ zone: part.time_zone, fromYear }],
    fromMs: Math.min(...rows.map(({ start_ms }) => start_ms)),
    untilMs:
      last === null
        ? null
        : Math.max(...rows.map((row) => row.start_ms + row.duration_ms), timesOf(part, last).start_ms),
  };
}

/** By the part's rule, from its first occurrence on. */
function master({ ctx, series, part, rows, uid }: PartOf, last: number | null): Component {
  const first = rows[0]?.original_start_ms ?? part.from_ms;
  const declined = rows.filter(({ own_rsvp }) => own_rsvp === "declined");
  const answered = rows.map(({ own_answered_ms }) => own_answered_ms ?? 0);
  const properties: Property[] = [
    ["uid", {}, "text", uid],
    ...revisionProperties(sequenceOf(series), Math.max(changedMs(series), ...answered), series.created_ms),
    at(part, "dtstart", localAt(part, first)),
    at(part, "dtend", localEnd(part, first)),
    ["rrule", {}, "recur", ruleOf(part, last)],
    ...declined.map((row) => at(part, "exdate", localAt(part, row.original_start_ms))),
    ...detailProperties(part, ctx.publicUrl, series.id),
    ...statusProperties(calendarStatus(series)),
  ];
  return ["vevent", properties, []];
}

/** An occurrence that is not as its part has it. */
function exception({ ctx, series, part, uid }: PartOf, row: OccurrenceRow): Component {
  const changed = Math.max(changedMs(series), row.updated_ms, row.own_answered_ms ?? 0);
  const properties: Property[] = [
    ["uid", {}, "text", uid],
    at(part, "recurrence-id", localAt(part, row.original_start_ms)),
    ...revisionProperties(sequenceOf(series) + row.version - 1, changed, row.created_ms),
    ...timeProperties(row),
    ...detailProperties(row, ctx.publicUrl, series.id),
    ...statusProperties(statusOf(series, row)),
  ];
  return ["vevent", properties, []];
}

/**
 * What was given something of its own stays told, so that taking it back is a change too. And where the clocks are
 * changed, readers do not agree which instant a local time is: there it is told.
 */
function isRegular({ series, part }: PartOf, row: OccurrenceRow): boolean {
  if (row.own_columns !== null || statusOf(series, row) !== calendarStatus(series)) return false;
  const local = localAt(part, row.original_start_ms);
  if (part.local_time !== null && !isShownOnce(local, part.time_zone)) return false;
  return isAlike(row, { ...part, ...timesOf(part, row.original_start_ms) });
}

function statusOf(series: Entry, { cancelled, own_rsvp }: OccurrenceRow) {
  return calendarStatus({ cancelled, rsvp: own_rsvp ?? series.rsvp });
}

function timesOf(part: PartRow, originalMs: number): Times {
  const { start_ms, ...times } = timesAt(part, originalMs);
  return { ...times, start_ms: start_ms ?? originalMs }; // a part always has a time
}

/** A date or a local time, as the part counts in one or the other. */
function at({ local_time, time_zone }: PartRow, name: string, local: string): Property {
  if (local_time === null) return [name, {}, "date", local];
  return [name, { tzid: time_zone }, "date-time", local];
}

/** Where the rule has the occurrence of an original start. */
function localAt(part: PartRow, originalMs: number): string {
  const date = originalDate(part, originalMs);
  return part.local_time === null ? date : `${date}T${part.local_time}`;
}

function localEnd(part: PartRow, originalMs: number): string {
  if (part.local_time === null) return addDays(originalDate(part, originalMs), part.days ?? 1);
  return localTimeOf(timesOf(part, originalMs).start_ms + part.duration_ms, part.time_zone);
}

/** Some readers take an end for another hour where the clocks are changed: it lies well between two days' starts. */
const untilSlackMs = 12 * 60 * 60_000;

/** The part's rule; its end, if it has one, said by the last start that there is. */
function ruleOf(part: PartRow, last: number | null): Readonly<Record<string, string>> {
  const pieces = part.rule.split(";").map((piece) => piece.split("="));
  const endless = pieces.filter(([name]) => name !== "COUNT" && name !== "UNTIL");
  const rule = Object.fromEntries(endless.map(([name = "", value = ""]) => [name.toLowerCase(), value]));
  if (last === null) return rule;
  if (part.local_time === null) return { ...rule, until: localAt(part, last) };
  return { ...rule, until: toUtc(timesOf(part, last).start_ms + untilSlackMs) };
}
