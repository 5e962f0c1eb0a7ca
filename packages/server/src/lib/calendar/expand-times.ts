import type { Budget } from "./budget.ts";
import { dayOf, daySeconds, secondOfDay } from "./civil.ts";
import { dayFilter, dayParts } from "./day-filter.ts";
import type { Rule } from "./rule.ts";
import type { Span, Visit } from "./span.ts";
import { placesChosen, TimesOfDay } from "./times-of-day.ts";

/** Rules of hours, minutes and seconds: each is a period. Days, hours and minutes that have no instance are stepped over. */
export function expandTimes(rule: Rule, span: Span, budget: Budget, visit: Visit): void {
  const unit = unitSeconds(rule);
  const step = unit * rule.interval;
  const base = Math.floor(span.start / unit) * unit;
  const periodFrom = (wall: number) => base + Math.ceil(Math.max(0, wall - base) / step) * step;
  const next = nextSuitable(rule, span.start);
  const offsets = offsetsWithin(rule, unit, span.start);
  let wall = periodFrom(rule.count === null ? span.from - unit : base);
  while (wall <= span.to) {
    budget.spend();
    const suitable = next(wall);
    if (suitable > wall) {
      wall = periodFrom(suitable);
      continue;
    }
    for (const offset of offsets) {
      budget.spend();
      if (!visit(wall + offset)) return;
    }
    wall += step;
  }
}

function unitSeconds({ frequency }: Rule): number {
  if (frequency === "HOURLY") return 3600;
  return frequency === "MINUTELY" ? 60 : 1;
}

/** The instances of a period that suits, as seconds after its beginning. */
function offsetsWithin(rule: Rule, unit: number, start: number): number[] {
  const times = new TimesOfDay(
    {
      byHour: [0],
      byMinute: unit === 3600 ? rule.byMinute : [0],
      bySecond: unit === 1 ? [0] : rule.bySecond,
    },
    start,
  );
  const places = rule.bySetPos === null ? Array.from({ length: times.size }, (_, index) => index) : null;
  return (places ?? placesChosen(rule.bySetPos ?? [], times.size)).map((place) => times.at(place));
}

/** Of a period its own beginning when the rule has it, else a later wall time before which it has none. */
function nextSuitable(rule: Rule, start: number): (wall: number) => number {
  const isDay = dayFilter(rule, dayParts(rule, dayOf(start)));
  const has = (list: readonly number[] | null, value: number) => list?.includes(value) ?? true;
  let suitableDay = Number.NaN;
  return (wall) => {
    const day = dayOf(wall);
    if (day !== suitableDay) {
      if (!isDay(day)) return (day + 1) * daySeconds;
      suitableDay = day;
    }
    const time = secondOfDay(wall);
    if (!has(rule.byHour, Math.floor(time / 3600))) return Math.floor(wall / 3600 + 1) * 3600;
    if (rule.frequency === "HOURLY") return wall;
    if (!has(rule.byMinute, Math.floor(time / 60) % 60)) return Math.floor(wall / 60 + 1) * 60;
    return rule.frequency === "MINUTELY" || has(rule.bySecond, time % 60) ? wall : wall + 1;
  };
}
