import { valueText } from "./value-text.ts";
import { type Rule, weekdayNames } from "./rule.ts";

/** The rule as it is written; reading it again gives the same rule. */
export function ruleText(rule: Rule): string {
  const parts: (readonly [name: string, value: string | null])[] = [
    ["FREQ", rule.frequency],
    ["INTERVAL", rule.interval === 1 ? null : `${rule.interval}`],
    ["COUNT", rule.count === null ? null : `${rule.count}`],
    ["UNTIL", rule.until === null ? null : valueText(rule.until)],
    ["WKST", rule.weekStart === 0 ? null : (weekdayNames[rule.weekStart] ?? null)],
    ["BYSECOND", list(rule.bySecond)],
    ["BYMINUTE", list(rule.byMinute)],
    ["BYHOUR", list(rule.byHour)],
    [
      "BYDAY",
      list(rule.byDay?.map(({ ordinal, weekday }) => `${ordinal || ""}${weekdayNames[weekday] ?? ""}`)),
    ],
    ["BYMONTHDAY", list(rule.byMonthDay)],
    ["BYYEARDAY", list(rule.byYearDay)],
    ["BYWEEKNO", list(rule.byWeekNo)],
    ["BYMONTH", list(rule.byMonth)],
    ["BYSETPOS", list(rule.bySetPos)],
  ];
  return parts.flatMap(([name, value]) => (value === null ? [] : `${name}=${value}`)).join(";");
}

function list(values: readonly (number | string)[] | null | undefined): string | null {
  return values ? values.join(",") : null;
}
