import { event, eventId, type EventTime, type GoogleEvent } from "./answers.ts";
import { sha256 } from "../ids.ts";
import { type BadTime, isZone, type Moment, momentOf, roughMs } from "./moments.ts";

export type SkipReason = BadTime | "bad_rule" | "too_many_events";

/** A time that somebody is busy. An exception of a series (`master`) stands in for its instance at `original`. */
export interface BusyItem {
  readonly is: "busy";
  readonly start: Moment;
  readonly end: Moment;
  readonly master?: string;
  readonly original?: Moment;
  /** Of a series: its `RRULE`, `RDATE` and `EXDATE` lines, and the zone whose local time it keeps. */
  readonly rules?: readonly string[];
  readonly zone?: string;
}

/** An instance of a series at which the person is free: deleted, declined, or shown as available. */
interface FreeItem {
  readonly is: "free";
  readonly master: string;
  readonly original: Moment;
}

interface SkippedItem {
  readonly is: "skipped";
  readonly reason: SkipReason;
}

/** All that is kept of an event: times alone, under a hash of its id. */
export type Item = BusyItem | FreeItem | SkippedItem;

/** What becomes of an event: `free` and `deleted` leave nothing to keep, and a deleted series has no exceptions any more. */
export type Change = readonly [id: string, item: Item | "free" | "deleted"];

/** What an entry of `events.list` changes; undefined for one that has not even an id. */
export function changeOf(entry: unknown, calendarZone: string | undefined): Change | undefined {
  const parsed = event.safeParse(entry);
  if (parsed.success) return [keyOf(parsed.data.id), itemOf(parsed.data, calendarZone)];
  const known = eventId.safeParse(entry);
  return known.success ? [keyOf(known.data.id), { is: "skipped", reason: "bad_date" }] : undefined;
}

/** Ids may be chosen by whoever made the event, so that they could say something. */
export function keyOf(id: string): string {
  return sha256(id).slice(0, 12).toBase64({ alphabet: "base64url", omitPadding: true });
}

function itemOf(entry: GoogleEvent, calendarZone: string | undefined): Change[1] {
  const original = originalOf(entry, calendarZone);
  if (original !== null && typeof original === "object" && "fault" in original) {
    return { is: "skipped", reason: original.fault };
  }
  if (original === null && entry.status === "cancelled") return "deleted";
  if (!isBusy(entry)) return original === null ? "free" : { is: "free", ...original };
  return busyItem(entry, calendarZone, original);
}

type Origin = Pick<FreeItem, "master" | "original">;

function originalOf(entry: GoogleEvent, zone: string | undefined): Origin | { fault: BadTime } | null {
  const { recurringEventId, originalStartTime } = entry;
  if (recurringEventId === undefined || originalStartTime === undefined) return null;
  const original = momentOf(originalStartTime, zone);
  return typeof original === "object" ? original : { master: keyOf(recurringEventId), original };
}

const freeTypes: ReadonlySet<string> = new Set(["workingLocation", "birthday"]);

function isBusy({ status, transparency, eventType, attendees }: GoogleEvent): boolean {
  if (status === "cancelled" || transparency === "transparent") return false;
  if (eventType !== undefined && freeTypes.has(eventType)) return false;
  return !(attendees ?? []).some(
    ({ self, responseStatus }) => self === true && responseStatus === "declined",
  );
}

function busyItem(entry: GoogleEvent, calendarZone: string | undefined, origin: Origin | null): Item {
  const start = momentOf(entry.start, calendarZone);
  const end = momentOf(entry.end, calendarZone);
  const fault = faultIn(start) ?? faultIn(end);
  if (fault !== undefined) return { is: "skipped", reason: fault };
  if (typeof start === "object" || typeof end === "object") throw new Error("a time is faulty or not");
  if (typeof start !== typeof end || roughMs(end) < roughMs(start))
    return { is: "skipped", reason: "bad_date" };
  const times = { is: "busy", start, end } as const;
  if (origin !== null) return { ...times, ...origin };
  return entry.recurrence === undefined ? times : series(times, entry.recurrence, entry.start, calendarZone);
}

function faultIn(moment: Moment | { fault: BadTime }): BadTime | undefined {
  return typeof moment === "object" ? moment.fault : undefined;
}

/** One content line of iCalendar, of characters that can be nothing else. */
const maxRulesLength = 32_000;
const ruleShape = /^(?:RRULE|RDATE|EXDATE)[;:][A-Za-z0-9;:=,+/_-]{1,4000}$/;

function series(
  times: Pick<BusyItem, "is" | "start" | "end">,
  rules: string[],
  time: EventTime | undefined,
  calendarZone: string | undefined,
): Item {
  if (rules.length === 0) return times;
  const length = rules.reduce((sum, rule) => sum + rule.length, 0);
  if (length > maxRulesLength || !rules.every((rule) => ruleShape.test(rule)))
    return { is: "skipped", reason: "bad_rule" };
  if (typeof times.start === "string") return { ...times, rules };
  const zone = time?.timeZone ?? calendarZone;
  return isZone(zone) ? { ...times, rules, zone } : { is: "skipped", reason: "unknown_zone" };
}
