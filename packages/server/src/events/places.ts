import type { EventId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { AppError } from "../lib/app-error.ts";
import { countBeyondSeries, findOverfull } from "./occurrences-store.ts";
import { countAccepted } from "./people-store.ts";
import { listParts } from "./series-store.ts";
import { eventFacts } from "./service.ts";

/** Nobody who has accepted loses the place. */
export async function requireCapacity(sql: Sql, event: EventId, capacity: number | null): Promise<void> {
  if (capacity === null) return;
  const accepted = await countAccepted(sql, event);
  if (capacity < accepted) throw tooFew(accepted);
}

function tooFew(accepted: number): AppError {
  const message = `is under the ${accepted} people who have accepted`;
  return new AppError("invalid_input", {
    detail: `capacity ${message}`,
    errors: [{ path: "capacity", message }],
  });
}

/** Asked after the unit has set a capacity: nobody who has accepted loses the place, in no occurrence that is not over. */
export async function requirePlaces(sql: Sql, series: EventId, now: number): Promise<void> {
  const overfull = await isOverfull(sql, series, now);
  if (overfull !== null) throw tooFew(overfull);
}

/** Asked after somebody has taken a place in a whole series, which rolls the unit back where it is one too many. */
export async function requireRoomInAll(sql: Sql, series: EventId, now: number): Promise<void> {
  if ((await isOverfull(sql, series, now)) !== null) throw new AppError("event_full");
}

/** How many have accepted where there are too few places; null: there are enough. A series has as many as its occurrences. */
async function isOverfull(sql: Sql, series: EventId, now: number): Promise<number | null> {
  const accepted = await countAccepted(sql, series);
  const { capacity } = await eventFacts(sql, series);
  const next = (await listParts(sql, series)).find(({ until_ms }) => until_ms !== null);
  for (const places of [capacity, next?.capacity ?? null])
    if (places !== null && accepted > places) return accepted;
  return (await findOverfull(sql, series, accepted, now))?.taken ?? null;
}

/** Asked before somebody takes a place in one occurrence. */
export async function requirePlaceIn(sql: Sql, occurrence: EventId): Promise<void> {
  const { capacity, group_id } = await eventFacts(sql, occurrence);
  if (capacity === null) return;
  const taken = (await countAccepted(sql, group_id)) + (await countBeyondSeries(sql, occurrence));
  if (taken >= capacity) throw new AppError("event_full");
}
