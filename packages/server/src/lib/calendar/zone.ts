import { civilDate, dayOf, daySeconds, secondOfDay } from "./civil.ts";

/** What the clocks of a place show. Instants are seconds since 1970. */
export interface Zone {
  /**
   * The instant of a wall time. One that a change of the clocks leaves out is read with the offset before the change,
   * of one that comes twice the first is meant (RFC 5545, 3.3.5).
   */
  instantOf(wall: number): number;
  wallOf(instant: number): number;
}

export const utc: Zone = { instantOf: (wall) => wall, wallOf: (instant) => instant };

/** No gap of any zone was longer: Samoa and Kwajalein each left a day out. */
export const longestGap = 24 * 3600;

/** What Temporal can say of local times; calendars have no use for the rest. */
const farthest = 8_640_000_000_000 - 2 * 86_400;

/** A zone of the IANA database by its name, or null. */
export function ianaZone(name: string): Zone | null {
  // Offsets ("+02:00") are zones to Temporal and none to a calendar.
  if (!/^[A-Za-z]/.test(name)) return null;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
  const offsets = new Map<number, number | null>();
  return {
    instantOf(wall) {
      const day = dayOf(wall);
      let offset = offsets.get(day);
      if (offset === undefined) {
        offset = offsetOfDay(name, day);
        // A calendar of ten years has fewer days; one of thousands begins anew.
        if (offsets.size > 4096) offsets.clear();
        offsets.set(day, offset);
      }
      return offset === null ? instantIn(name, wall) : wall - offset;
    },
    wallOf: (instant) => wallIn(name, instant),
  };
}

/** Of a day that no change of the clocks is near to: asked once, as calendars have many events on it. */
function offsetOfDay(name: string, day: number): number | null {
  const before = (day - 1) * daySeconds;
  if (Math.abs(before) > farthest) return null;
  const zoned = Temporal.Instant.fromEpochMilliseconds(before * 1000).toZonedDateTimeISO(name);
  const change = zoned.getTimeZoneTransition("next");
  if (change !== null && change.epochMilliseconds < (before + 3 * daySeconds) * 1000) return null;
  return Math.floor(zoned.offsetNanoseconds / 1e9);
}

function instantIn(name: string, wall: number): number {
  if (Math.abs(wall) > farthest) return wall;
  const { year, month, day } = civilDate(dayOf(wall));
  const time = secondOfDay(wall);
  const hour = Math.floor(time / 3600);
  const minute = Math.floor(time / 60) % 60;
  const local = new Temporal.PlainDateTime(year, month, day, hour, minute, time % 60);
  return Math.floor(local.toZonedDateTime(name, { disambiguation: "compatible" }).epochMilliseconds / 1000);
}

function wallIn(name: string, instant: number): number {
  if (Math.abs(instant) > farthest) return instant;
  const { offsetNanoseconds } = Temporal.Instant.fromEpochMilliseconds(instant * 1000).toZonedDateTimeISO(
    name,
  );
  return instant + Math.floor(offsetNanoseconds / 1e9);
}
