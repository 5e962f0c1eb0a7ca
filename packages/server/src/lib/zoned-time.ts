/**
 * Local times and instants. A local time in a gap (clocks going forward) is read with the offset from before the gap, a
 * repeated one is the first, as RFC 5545 has it.
 */

/** The instant at which a day, `2026-03-08`, begins there: not at midnight everywhere. */
export function startOfDay(date: string, timeZone: string): number {
  return Temporal.PlainDate.from(date).toZonedDateTime(timeZone).epochMilliseconds;
}

/** The instant of a local time, `2026-03-08T18:00:00`. */
export function instantOf(local: string, timeZone: string): number {
  return Temporal.PlainDateTime.from(local).toZonedDateTime(timeZone).epochMilliseconds;
}

/** The local time of an instant, to the second. */
export function localTimeOf(ms: number, timeZone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(ms)
    .toZonedDateTimeISO(timeZone)
    .toPlainDateTime()
    .toString({ smallestUnit: "second" });
}

export function addDays(date: string, days: number): string {
  return Temporal.PlainDate.from(date).add({ days }).toString();
}

/** How many days lie between two dates; negative where the second comes first. */
export function daysBetween(from: string, to: string): number {
  return Temporal.PlainDate.from(from).until(Temporal.PlainDate.from(to)).days;
}

/** Whether clocks there show a local time exactly once: not left out, and not repeated. */
export function isShownOnce(local: string, timeZone: string): boolean {
  const read = (disambiguation: "earlier" | "later") =>
    Temporal.PlainDateTime.from(local).toZonedDateTime(timeZone, { disambiguation }).epochMilliseconds;
  return read("earlier") === read("later");
}
