/** A VTIMEZONE that says what the runtime knows of a zone from 2000 to 2030, one observance for each change. */
export function vtimezoneOf(timeZone: string, id = timeZone): string[] {
  let zoned = Temporal.Instant.from("2000-01-01T00:00Z").toZonedDateTimeISO(timeZone);
  const lines = ["BEGIN:VTIMEZONE", `TZID:${id}`];
  lines.push(...observance(zoned.toPlainDateTime(), zoned.offset, zoned.offset));
  for (;;) {
    const next = zoned.getTimeZoneTransition("next");
    if (next === null || next.year > 2030) return [...lines, "END:VTIMEZONE"];
    const before = next.subtract({ nanoseconds: 1 });
    lines.push(
      ...observance(
        next.toPlainDateTime().add({ nanoseconds: before.offsetNanoseconds - next.offsetNanoseconds }),
        before.offset,
        next.offset,
      ),
    );
    zoned = next;
  }
}

function observance(onset: Temporal.PlainDateTime, before: string, after: string): string[] {
  return [
    "BEGIN:STANDARD",
    `DTSTART:${onset.toString({ smallestUnit: "second" }).replaceAll(/[-:]/g, "")}`,
    `TZOFFSETFROM:${before.replace(":", "")}`,
    `TZOFFSETTO:${after.replace(":", "")}`,
    "END:STANDARD",
  ];
}
