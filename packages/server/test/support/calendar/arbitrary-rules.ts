import {
  type Arbitrary,
  constant,
  constantFrom,
  integer,
  oneof,
  option,
  record,
  tuple,
  uniqueArray,
} from "fast-check";
import { oracleInstants } from "./oracle.ts";

/** Clocks that go an hour, half an hour, at midnight, never, in the other half of the year, or left out a day. */
const zoneNames = [
  "Australia/Lord_Howe",
  "Pacific/Chatham",
  "Europe/London",
  "America/Vancouver",
  "Asia/Kathmandu",
  "Pacific/Apia",
  "America/Sao_Paulo",
  "Africa/Casablanca",
  "America/Havana",
  "Asia/Beirut",
  "UTC",
];

export interface DrawnRule {
  rule: string;
  start: Temporal.PlainDateTime;
  timeZone: string;
  /** Last local day that is looked at. */
  last: Temporal.PlainDate;
}

const weekdays = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
/** Years in which these zones change their clocks. */
const years = [2011, 2017, 2024, 2025, 2026];

const start = record({
  year: constantFrom(...years),
  day: integer({ min: 0, max: 365 }),
  hour: constantFrom(0, 1, 2, 3, 9, 18, 23),
  minute: constantFrom(0, 15, 30, 59),
}).map(({ year, day, hour, minute }) =>
  Temporal.PlainDate.from({ year, month: 1, day: 1 }).add({ days: day }).toPlainDateTime({ hour, minute }),
);

function some(min: number, max: number, negative = false): Arbitrary<string> {
  const value = negative
    ? oneof(integer({ min, max }), integer({ min: -max, max: -min }))
    : integer({ min, max });
  return uniqueArray(value, { minLength: 1, maxLength: 4 }).map((values) => values.join(","));
}

function byDay(ordinals: number): Arbitrary<string> {
  const plain = constantFrom(...weekdays);
  const counted = tuple(integer({ min: -ordinals, max: ordinals }), plain).map(
    ([n, name]) => `${n || ""}${name}`,
  );
  return uniqueArray(ordinals === 0 ? plain : oneof(plain, counted), { minLength: 1, maxLength: 4 }).map(
    (names) => names.join(","),
  );
}

const maybe = <T>(arbitrary: Arbitrary<T>) => option(arbitrary, { nil: undefined, freq: 2 });

const times = { BYHOUR: maybe(some(0, 23)), BYMINUTE: maybe(some(0, 59)), BYSECOND: constant(undefined) };
const common = { BYMONTH: maybe(some(1, 12)), WKST: maybe(constantFrom(...weekdays)) };

const byFrequency = {
  YEARLY: oneof(
    record({ ...common, ...times, BYMONTHDAY: maybe(some(1, 31, true)), BYDAY: maybe(byDay(5)) }),
    record({ ...common, ...times, BYYEARDAY: some(1, 366, true), BYDAY: maybe(byDay(0)) }),
    record({ ...common, ...times, BYWEEKNO: some(1, 53, true), BYDAY: maybe(byDay(0)) }),
    record({ ...times, BYDAY: byDay(53) }),
  ),
  MONTHLY: record({ ...common, ...times, BYMONTHDAY: maybe(some(1, 31, true)), BYDAY: maybe(byDay(5)) }),
  WEEKLY: record({ ...common, ...times, BYDAY: maybe(byDay(0)) }),
  DAILY: record({ ...common, ...times, BYMONTHDAY: maybe(some(1, 31, true)), BYDAY: maybe(byDay(0)) }),
  HOURLY: record({ ...common, ...times, BYMONTHDAY: maybe(some(1, 31, true)), BYDAY: maybe(byDay(0)) }),
  MINUTELY: record({ ...times, BYHOUR: some(0, 23), BYDAY: maybe(byDay(0)) }),
};
/** How many days are looked at: enough for several periods, and few enough for an oracle that looks at every day. */
const daysOf = { YEARLY: 1200, MONTHLY: 400, WEEKLY: 120, DAILY: 90, HOURLY: 20, MINUTELY: 4 };

const frequency = constantFrom("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY");

export const drawnRule: Arbitrary<DrawnRule> = frequency.chain((name) =>
  record({
    parts: byFrequency[name] as Arbitrary<Record<string, string | undefined>>,
    interval: constantFrom(1, 1, 2, 3),
    positions: maybe(some(1, 5, true)),
    end: oneof(
      constant(null),
      record({ count: integer({ min: 1, max: 30 }) }),
      record({
        untilDays: integer({ min: 0, max: daysOf[name] }),
        kind: constantFrom("date", "local", "utc"),
      }),
    ),
    start,
    timeZone: constantFrom(...zoneNames),
  }).map(({ parts, interval, positions, end, start: begin, timeZone }) => {
    const named = Object.entries(parts).filter((part): part is [string, string] => part[1] !== undefined);
    const by = named.filter(([key]) => key !== "WKST");
    const rule = [`FREQ=${name}`, ...named.map((part) => part.join("="))];
    if (interval > 1) rule.push(`INTERVAL=${interval}`);
    if (positions !== undefined && by.length > 0) rule.push(`BYSETPOS=${positions}`);
    if (end !== null && "count" in end) rule.push(`COUNT=${end.count}`);
    const drawn = {
      rule: rule.join(";"),
      start: begin,
      timeZone,
      last: begin.toPlainDate().add({ days: daysOf[name] }),
    };
    if (end !== null && "untilDays" in end) drawn.rule += `;UNTIL=${untilOf(drawn, end)}`;
    return drawn;
  }),
);

/** In UTC it is an instance, on which a rule must not end too early. */
function untilOf(drawn: DrawnRule, { untilDays, kind }: { untilDays: number; kind: string }): string {
  const compact = (text: string) => text.replaceAll(/[-:]/g, "");
  const local = compact(drawn.start.add({ days: untilDays }).toString({ smallestUnit: "second" }));
  const instants = kind === "utc" ? oracleInstants(drawn, drawn.last) : [];
  const instant = instants[untilDays % Math.max(1, instants.length)];
  if (instant !== undefined) return compact(new Date(instant * 1000).toISOString()).replace(".000", "");
  return kind === "date" ? local.slice(0, 8) : local;
}
