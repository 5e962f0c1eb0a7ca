import { type Component, propertiesOf } from "./components.ts";
import { daySeconds } from "./civil.ts";
import { aboutSeconds, parseDuration } from "./durations.ts";
import { type Problems, Unreadable } from "./problems.ts";
import { whenIn } from "./when.ts";
import type { Zones } from "./zones.ts";

/** Instants in seconds. */
export interface BusyPeriod {
  readonly start: number;
  readonly end: number;
}

/** Periods of a VFREEBUSY. What is not said to be free is busy, whatever kind of busy it is (3.2.9). */
export function busyPeriods(component: Component, zones: Zones, problems: Problems): BusyPeriod[] {
  return propertiesOf(component, "FREEBUSY").flatMap(({ value, parameters }) => {
    if (parameters.get("FBTYPE")?.toUpperCase() === "FREE") return [];
    const tzid = parameters.get("TZID");
    const texts = value.split(",").filter((text) => text.trim() !== "");
    return texts.flatMap((text) => problems.attempt(() => periodOf(text, tzid, zones)) ?? []);
  });
}

function periodOf(text: string, tzid: string | undefined, zones: Zones): BusyPeriod {
  const [begin = "", end = ""] = text.split("/");
  const start = whenIn(begin, tzid, zones).instant;
  const length = parseDuration(end);
  const until = length === null ? whenIn(end, tzid, zones).instant : start + aboutSeconds(length);
  if (until < start) throw new Unreadable("bad_date");
  if (until - start > maxLengthS) throw new Unreadable("too_long");
  return { start, end: until };
}

/** Nobody is busy for longer without an hour's sleep: whoever writes so means something else. */
export const maxLengthS = 366 * daySeconds;
