import { gzipSync } from "node:zlib";
import { daySeconds } from "./civil.ts";
import { aboutSeconds, type Length } from "./durations.ts";
import type { Range } from "./event-busy.ts";
import type { EventGroup } from "./event-groups.ts";
import type { EventTimes } from "./event-times.ts";
import type { BusyPeriod } from "./free-busy.ts";
import { ruleText } from "./rule-text.ts";
import { valueText } from "./value-text.ts";
import type { ReducedZone } from "./vtimezone.ts";
import type { When } from "./when.ts";

interface KeptParts {
  readonly groups: readonly EventGroup[];
  readonly periods: readonly BusyPeriod[];
  readonly zones: readonly ReducedZone[];
  readonly range: Range;
}

/** A change of the person's zone moves floating times by a day and two hours at most. */
const slack = 2 * daySeconds;

/**
 * The calendar again, of times alone and compressed. Every line is written from numbers that were read, so that nothing
 * of the text can get into it; UIDs become numbers, and what is over or never busy is left out.
 */
export function keptText({ groups, periods, zones, range }: KeptParts): Uint8Array {
  const since = range.from - slack;
  const lines = ["BEGIN:VCALENDAR", "VERSION:2.0", ...zones.flatMap(zoneLines)];
  groups.forEach((group, index) => {
    for (const event of needed(group, since)) lines.push(...eventLines(event, `${index + 1}`));
  });
  const coming = periods.filter(({ end }) => end > since);
  if (coming.length > 0) lines.push(...periodLines(coming));
  lines.push("END:VCALENDAR", "");
  return gzipSync(lines.join("\r\n"), { level: 1 });
}

function needed({ masters, replacements }: EventGroup, since: number): EventTimes[] {
  const series = masters.filter(
    (event) => !isOver(event, since) && (event.isBusy || replacements.length > 0),
  );
  const others = replacements.filter((event) =>
    series.length > 0 ? true : event.isBusy && !isOver(event, since),
  );
  return [...series, ...others];
}

function isOver({ start, length, rules, extra }: EventTimes, since: number): boolean {
  return rules.length === 0 && extra.length === 0 && start.instant + aboutSeconds(length) < since;
}

function eventLines(event: EventTimes, uid: string): string[] {
  const { start, length, rules, exceptRules, extra, except, stands, sequence, isBusy } = event;
  return [
    "BEGIN:VEVENT",
    `UID:${uid}`,
    ...(sequence > 0 ? [`SEQUENCE:${sequence}`] : []),
    ...(stands === null
      ? []
      : [`RECURRENCE-ID${stands.following ? ";RANGE=THISANDFUTURE" : ""}${whenText(stands.id)}`]),
    `DTSTART${whenText(start)}`,
    // An exact length is not the same as one of days where clocks change between.
    `DURATION:${lengthText(length)}`,
    ...rules.map((rule) => `RRULE:${ruleText(rule)}`),
    ...exceptRules.map((rule) => `EXRULE:${ruleText(rule)}`),
    ...extra.map(
      (each) => `RDATE${whenText(each.when)}${each.length === null ? "" : `/${lengthText(each.length)}`}`,
    ),
    ...except.map((when) => `EXDATE${whenText(when)}`),
    ...(isBusy ? [] : ["TRANSP:TRANSPARENT"]),
    "END:VEVENT",
  ];
}

function whenText({ kind, wall, named }: Pick<When, "kind" | "wall" | "named">): string {
  return `${named === null ? "" : `;TZID=${named.id}`}:${valueText({ kind, wall })}`;
}

function lengthText({ days, seconds }: Length): string {
  return `P${days}DT${seconds}S`;
}

function periodLines(periods: readonly BusyPeriod[]): string[] {
  const text = (instant: number) => valueText({ kind: "utc", wall: instant });
  const lines = periods.map(({ start, end }) => `FREEBUSY:${text(start)}/${text(end)}`);
  return ["BEGIN:VFREEBUSY", ...lines, "END:VFREEBUSY"];
}

function zoneLines({ id, observances }: ReducedZone): string[] {
  const lines = observances.flatMap(({ start, before, after, rules, dates }) => [
    "BEGIN:STANDARD",
    `DTSTART:${valueText({ kind: "local", wall: start })}`,
    `TZOFFSETFROM:${offsetText(before)}`,
    `TZOFFSETTO:${offsetText(after)}`,
    ...rules.map((rule) => `RRULE:${ruleText(rule)}`),
    ...dates.map((wall) => `RDATE:${valueText({ kind: "local", wall })}`),
    "END:STANDARD",
  ]);
  return ["BEGIN:VTIMEZONE", `TZID:${id}`, ...lines, "END:VTIMEZONE"];
}

function offsetText(seconds: number): string {
  const size = Math.abs(seconds);
  const parts = [Math.floor(size / 3600), Math.floor(size / 60) % 60, size % 60];
  return `${seconds < 0 ? "-" : "+"}${parts.map((part) => `${part}`.padStart(2, "0")).join("")}`;
}
