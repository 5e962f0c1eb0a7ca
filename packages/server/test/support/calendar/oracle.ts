/**
 * When a rule happens, found by looking at every day and asking Temporal about it. Slow, and written without a look at
 * the engine: it knows nothing of jumping, of sets that are not written out, or of days as numbers.
 */
interface OracleRule {
  rule: string;
  /** Local time of the start. */
  start: Temporal.PlainDateTime;
  timeZone: string;
}

type Parts = Record<string, string | undefined>;

const weekdays = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/** Epoch seconds of the instances from the start to `last` (a local day) and to the end of its period, by local time. */
export function oracleInstants({ rule, start, timeZone }: OracleRule, last: Temporal.PlainDate): number[] {
  const parts: Parts = Object.fromEntries(rule.split(";").map((part) => part.split("=")));
  const until = parts["UNTIL"];
  const local = chosenLocals(parts, start, last).filter(
    (time) => Temporal.PlainDateTime.compare(time, start) >= 0,
  );
  const instants = local.map((time) => instantOf(time, timeZone));
  const allowed =
    until === undefined
      ? instants
      : instants.filter((_, index) => isBefore(local[index], instants[index], until));
  return parts["COUNT"] === undefined ? allowed : allowed.slice(0, Number(parts["COUNT"]));
}

function isBefore(
  local: Temporal.PlainDateTime | undefined,
  instant: number | undefined,
  until: string,
): boolean {
  const [, y, mo, d, h, mi, s] = /^(....)(..)(..)(?:T(..)(..)(..))?/.exec(until) ?? [];
  if (local === undefined || instant === undefined) return false;
  if (h === undefined) return local.toPlainDate().toString() <= `${y}-${mo}-${d}`;
  if (until.endsWith("Z")) return instant <= Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`) / 1000;
  return local.toString({ smallestUnit: "second" }) <= `${y}-${mo}-${d}T${h}:${mi}:${s}`;
}

/** Days by period, and BYSETPOS in each. */
function chosenLocals(
  parts: Parts,
  start: Temporal.PlainDateTime,
  last: Temporal.PlainDate,
): Temporal.PlainDateTime[] {
  const periods = new Map<string, Temporal.PlainDateTime[]>();
  const first = firstOfPeriod(start.toPlainDate(), parts);
  const end = lastOfPeriod(last, parts);
  for (let day = first; Temporal.PlainDate.compare(day, end) <= 0; day = day.add({ days: 1 })) {
    if (!suitsDay(day, parts, start)) continue;
    for (const time of timesOf(parts, start)) {
      const local = day.toPlainDateTime(time);
      const period = periodOf(local, start, parts);
      if (period !== null) periods.set(period, [...(periods.get(period) ?? []), local]);
    }
  }
  const positions = list(parts["BYSETPOS"]);
  return [...periods.values()].flatMap((locals) =>
    positions === null
      ? locals
      : locals.filter(
          (_, index) => positions.includes(index + 1) || positions.includes(index - locals.length),
        ),
  );
}

function firstOfPeriod(day: Temporal.PlainDate, parts: Parts): Temporal.PlainDate {
  if (parts["FREQ"] === "YEARLY") return day.with({ month: 1, day: 1 });
  if (parts["FREQ"] === "MONTHLY") return day.with({ day: 1 });
  return parts["FREQ"] === "WEEKLY" ? weekStart(day, parts) : day;
}

/** BYSETPOS counts from the end, too: a period is looked at as a whole. */
function lastOfPeriod(day: Temporal.PlainDate, parts: Parts): Temporal.PlainDate {
  if (parts["FREQ"] === "YEARLY") return day.with({ month: 12, day: 31 });
  if (parts["FREQ"] === "MONTHLY") return day.with({ day: day.daysInMonth });
  return parts["FREQ"] === "WEEKLY" ? weekStart(day, parts).add({ days: 6 }) : day;
}

function weekStart(day: Temporal.PlainDate, parts: Parts): Temporal.PlainDate {
  const first = weekdays.indexOf(parts["WKST"] ?? "MO") + 1;
  let back = day;
  while (back.dayOfWeek !== first) back = back.subtract({ days: 1 });
  return back;
}

/** Names the period that a time lies in; null when INTERVAL leaves it out. */
function periodOf(local: Temporal.PlainDateTime, start: Temporal.PlainDateTime, parts: Parts): string | null {
  const day = local.toPlainDate();
  const from = firstOfPeriod(start.toPlainDate(), parts);
  const interval = Number(parts["INTERVAL"] ?? 1);
  const hours = (time: Temporal.PlainDateTime) => time.round({ smallestUnit: "hour", roundingMode: "floor" });
  const minutes = (time: Temporal.PlainDateTime) =>
    time.round({ smallestUnit: "minute", roundingMode: "floor" });
  const numbers: Record<string, () => number> = {
    YEARLY: () => day.year - from.year,
    MONTHLY: () => (day.year - from.year) * 12 + day.month - from.month,
    WEEKLY: () => from.until(weekStart(day, parts), { largestUnit: "day" }).days / 7,
    DAILY: () => from.until(day, { largestUnit: "day" }).days,
    HOURLY: () => hours(start).until(hours(local), { largestUnit: "hour" }).hours,
    MINUTELY: () => minutes(start).until(minutes(local), { largestUnit: "minute" }).minutes,
    SECONDLY: () => start.until(local, { largestUnit: "second" }).seconds,
  };
  const number = numbers[parts["FREQ"] ?? ""]?.();
  return number === undefined || number % interval !== 0 ? null : String(number);
}

function suitsDay(day: Temporal.PlainDate, parts: Parts, start: Temporal.PlainDateTime): boolean {
  const months = list(parts["BYMONTH"]);
  const monthDays = list(parts["BYMONTHDAY"]);
  const yearDays = list(parts["BYYEARDAY"]);
  const weeks = list(parts["BYWEEKNO"]);
  const named = parts["BYDAY"]?.split(",");
  if (months !== null && !months.includes(day.month)) return false;
  if (
    monthDays !== null &&
    !monthDays.includes(day.day) &&
    !monthDays.includes(day.day - day.daysInMonth - 1)
  )
    return false;
  if (
    yearDays !== null &&
    !yearDays.includes(day.dayOfYear) &&
    !yearDays.includes(day.dayOfYear - day.daysInYear - 1)
  )
    return false;
  if (weeks !== null && !weeks.some((week) => isInWeek(day, week, parts))) return false;
  if (named !== undefined) return named.some((name) => isNamed(day, name, parts));
  if (monthDays !== null || yearDays !== null) return true;
  return suitsStart(day, parts, start);
}

/** What the rule does not say, its start says. */
function suitsStart(day: Temporal.PlainDate, parts: Parts, start: Temporal.PlainDateTime): boolean {
  if (parts["BYWEEKNO"] !== undefined || parts["FREQ"] === "WEEKLY") return day.dayOfWeek === start.dayOfWeek;
  if (parts["FREQ"] === "MONTHLY") return day.day === start.day;
  if (parts["FREQ"] !== "YEARLY") return true;
  return day.day === start.day && (parts["BYMONTH"] !== undefined || day.month === start.month);
}

/** The week of a year that has most of its days; -1 is the last. */
function isInWeek(day: Temporal.PlainDate, week: number, parts: Parts): boolean {
  const middle = weekStart(day, parts).add({ days: 3 });
  const fromStart = Math.ceil(middle.dayOfYear / 7);
  const fromEnd = -Math.ceil((middle.daysInYear - middle.dayOfYear + 1) / 7);
  return week === fromStart || week === fromEnd;
}

function isNamed(day: Temporal.PlainDate, name: string, parts: Parts): boolean {
  const ordinal = Number(name.slice(0, -2) || 0);
  if (weekdays.indexOf(name.slice(-2)) + 1 !== day.dayOfWeek) return false;
  if (ordinal === 0) return true;
  const ofYear = parts["FREQ"] === "YEARLY" && parts["BYMONTH"] === undefined;
  const same = (other: Temporal.PlainDate) =>
    other.year === day.year && (ofYear || other.month === day.month);
  let position = 0;
  for (
    let other = day;
    same(other);
    other = ordinal > 0 ? other.subtract({ days: 7 }) : other.add({ days: 7 })
  )
    position++;
  return position === Math.abs(ordinal);
}

function timesOf(parts: Parts, start: Temporal.PlainDateTime): Temporal.PlainTime[] {
  const finer = ["SECONDLY", "MINUTELY", "HOURLY"].indexOf(parts["FREQ"] ?? "");
  const every = (length: number) => Array.from({ length }, (_, index) => index);
  const hours = list(parts["BYHOUR"]) ?? (finer >= 0 ? every(24) : [start.hour]);
  const minutes = list(parts["BYMINUTE"]) ?? (finer === 0 || finer === 1 ? every(60) : [start.minute]);
  const seconds = list(parts["BYSECOND"]) ?? (finer === 0 ? every(60) : [start.second]);
  return hours.flatMap((hour) =>
    minutes.flatMap((minute) => seconds.map((second) => Temporal.PlainTime.from({ hour, minute, second }))),
  );
}

function list(text: string | undefined): number[] | null {
  return text === undefined ? null : [...new Set(text.split(",").map(Number))].sort((a, b) => a - b);
}

/** The first instant whose clocks show the time; in a gap, the one that the offset before it gives. */
export function instantOf(local: Temporal.PlainDateTime, timeZone: string): number {
  const asUtc = local.toZonedDateTime("UTC").epochMilliseconds;
  const offsetAt = (ms: number) =>
    Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone).offsetNanoseconds / 1e6;
  const before = offsetAt(asUtc - 40 * 3_600_000);
  const offsets = [before, offsetAt(asUtc), offsetAt(asUtc + 40 * 3_600_000)];
  const fitting = offsets.map((offset) => asUtc - offset).filter((ms) => offsetAt(ms) === asUtc - ms);
  return Math.floor(Math.min(...(fitting.length > 0 ? fitting : [asUtc - before])) / 1000);
}
