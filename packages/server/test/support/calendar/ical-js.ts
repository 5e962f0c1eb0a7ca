import ICAL from "ical.js";
import { instantOf } from "./oracle.ts";
import type { Sample } from "./corpus.ts";
import { vtimezoneOf } from "./vtimezone-of.ts";

/** Busy times as ical.js finds them; floating times are of the sample's zone. */
export function icalJsBusy({ text, timeZone, from, to }: Sample): [start: number, end: number][] {
  register(timeZone);
  const calendar = new ICAL.Component(ICAL.parse(text));
  const events = calendar.getAllSubcomponents("vevent").map((component) => new ICAL.Event(component));
  const masters = events.filter((event) => !event.isRecurrenceException());
  for (const master of masters)
    for (const other of events)
      if (other !== master && other.uid === master.uid) master.relateException(other);
  return masters.flatMap((master) => busyOf(master, timeZone, { from, to }));
}

function register(timeZone: string): void {
  if (ICAL.TimezoneService.has(timeZone)) return;
  const component = new ICAL.Component(ICAL.parse(vtimezoneOf(timeZone).join("\r\n")));
  ICAL.TimezoneService.register(new ICAL.Timezone(component), timeZone);
}

function busyOf(
  event: ICAL.Event,
  timeZone: string,
  { from, to }: { from: number; to: number },
): [number, number][] {
  if (!event.isRecurring())
    return isBusy(event) ? [[epoch(event.startDate, timeZone), epoch(event.endDate, timeZone)]] : [];
  const found: [number, number][] = [];
  const iterator = event.iterator();
  for (let next: unknown = iterator.next(); next; next = iterator.next()) {
    if (next instanceof ICAL.Period) {
      found.push([epoch(next.start, timeZone), epoch(next.getEnd(), timeZone)]);
      continue;
    }
    if (!(next instanceof ICAL.Time)) throw new Error("neither a time nor a period");
    if (epoch(next, timeZone) > to) break;
    const { startDate, endDate, item } = event.getOccurrenceDetails(next);
    const times: [number, number] = [epoch(startDate, timeZone), epoch(endDate, timeZone)];
    if (isBusy(item) && times[1] > from) found.push(times);
  }
  return found;
}

function isBusy({ component }: ICAL.Event): boolean {
  return (
    component.getFirstPropertyValue("transp") !== "TRANSPARENT" &&
    component.getFirstPropertyValue("status") !== "CANCELLED"
  );
}

function epoch(time: ICAL.Time, timeZone: string): number {
  if (time.zone.tzid !== "floating" && !time.isDate) return time.toUnixTime();
  const { year, month, day, hour, minute, second } = time;
  return instantOf(new Temporal.PlainDateTime(year, month, day, hour, minute, second), timeZone);
}
