import type { EventId } from "@jarvis/contract";
import { occurrenceId } from "../lib/ids.ts";
import { type OwnKey, ownKeysIn } from "./recurrence-rules.ts";
import { changedColumns } from "./rules.ts";
import { ownTimes, timesAt } from "./series-times.ts";
import type { PartRow } from "./series-store.ts";
import type { EventRow } from "./store.ts";

/** The part that says what takes place at an original start. */
export function partAt(parts: readonly PartRow[], originalMs: number): PartRow | undefined {
  return parts.findLast(({ from_ms }) => from_ms <= originalMs) ?? parts[0];
}

/** A new occurrence, as its part has it. */
export function newOccurrence(series: EventRow, part: PartRow, originalMs: number, now: number): EventRow {
  return {
    ...placeAndWords(part),
    ...timesAt(part, originalMs),
    id: occurrenceId(series.id, originalMs) as EventId, // made here, so it is one
    owner_id: series.owner_id,
    time_zone: part.time_zone,
    capacity: part.capacity,
    cancelled: 0,
    version: 1,
    created_ms: now,
    updated_ms: now,
    kind: "occurrence",
    group_id: series.id,
    original_start_ms: originalMs,
    recurrence: null,
    own_columns: null,
  };
}

function placeAndWords(part: PartRow) {
  const { name, description, place_name, place_address, place_latitude, place_longitude } = part;
  return { name, description, place_name, place_address, place_latitude, place_longitude };
}

/** An occurrence after its part has changed: what it was given for itself stays. Null: nothing of it is different. */
export function rewritten(row: EventRow, part: PartRow, now: number): EventRow | null {
  const own = ownKeysIn(row.own_columns);
  const wanted = { ...columnsFrom(row, part, own), capacity: part.capacity };
  const changed = changedColumns<Partial<EventRow>>(row, wanted);
  if (Object.keys(changed).length === 0) return null;
  return { ...row, ...changed, version: row.version + 1, updated_ms: now };
}

function columnsFrom(row: EventRow, part: PartRow, own: ReadonlySet<OwnKey>): Partial<EventRow> {
  const { name, description, ...place } = placeAndWords(part);
  const time_zone = own.has("time_zone") ? row.time_zone : part.time_zone;
  return {
    ...(own.has("name") ? {} : { name }),
    ...(own.has("description") ? {} : { description }),
    ...(own.has("place") ? {} : place),
    ...timesFrom(row, part, time_zone, own),
    time_zone,
  };
}

/** Hours are those of the part's clocks, in whatever zone they are shown; whole days are spent in the occurrence's own zone. */
function timesFrom(
  row: EventRow,
  part: PartRow,
  timeZone: string,
  own: ReadonlySet<OwnKey>,
): Partial<EventRow> {
  const zoned = part.local_time === null ? { ...part, time_zone: timeZone } : part;
  const times = own.has("start") ? ownTimes(row, timeZone) : timesAt(zoned, row.original_start_ms ?? 0);
  if (times.all_day === 1) return times;
  // A part of whole days says nothing of how long hours last; nor does what was whole days before.
  const keepsDuration = part.days !== null || (own.has("duration") && row.all_day === 0);
  return { ...times, duration_ms: keepsDuration ? row.duration_ms : part.duration_ms };
}
