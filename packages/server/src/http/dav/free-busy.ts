import { AppError } from "../../lib/app-error.ts";
import { limits } from "@jarvis/contract";
import { invalidFilter, tooManyMatches } from "./errors.ts";
import { parseRange } from "./filter.ts";
import { allInstancesOf, type Instance } from "./instances.ts";
import { parseCalendar, printCalendar, type Property, propertyOf } from "./jcal.ts";
import { caldav } from "./names.ts";
import type { Range } from "./times.ts";
import type { Visit } from "./visit.ts";
import { childOf, type Element } from "./xml-read.ts";

const dayMs = 24 * 60 * 60_000;
const maxPeriods = 5_000;

type BusyType = "BUSY" | "BUSY-TENTATIVE";

interface Period {
  startMs: number;
  endMs: number;
}

/** `free-busy-query` (RFC 4791, section 7.10): when the person is taken, and nothing of what by. */
export async function freeBusyQuery(visit: Visit, depth: string | null, report: Element): Promise<Response> {
  if (!["1", "infinity"].includes(depth ?? "0"))
    throw new AppError("invalid_input", { detail: "Depth is 1 for the objects of a calendar" });
  const element = childOf(report, caldav("time-range"));
  if (element === undefined) throw invalidFilter();
  const range = parseRange(element);
  if (!(range.endMs - range.startMs <= limits.rangeDays * dayMs)) throw tooManyMatches();
  const periods = await busyPeriods(visit, range);
  return new Response(printFreeBusy(range, periods, visit.ctx.clock.now()), {
    headers: {
      "content-type": "text/calendar; charset=utf-8",
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
    },
  });
}

async function busyPeriods(visit: Visit, range: Range): Promise<Record<BusyType, Period[]>> {
  const expansion = await visit.expansion();
  const found: Record<BusyType, Period[]> = { BUSY: [], "BUSY-TENTATIVE": [] };
  let left = maxPeriods;
  for (const { ics } of await visit.objects()) {
    const instances = await allInstancesOf(parseCalendar(ics), range, expansion, left);
    left -= instances.length;
    for (const instance of instances) {
      const type = busyTypeOf(instance);
      if (type !== null && instance.endMs !== null)
        found[type].push(clamped(instance, instance.endMs, range));
    }
  }
  return { BUSY: merged(found.BUSY), "BUSY-TENTATIVE": merged(found["BUSY-TENTATIVE"]) };
}

function busyTypeOf({ component }: Instance): BusyType | null {
  const status = propertyOf(component, "status")?.[3];
  const transparent = propertyOf(component, "transp")?.[3] === "TRANSPARENT";
  if (transparent || status === "CANCELLED") return null;
  return status === "TENTATIVE" ? "BUSY-TENTATIVE" : "BUSY";
}

function clamped({ startMs }: Instance, endMs: number, range: Range): Period {
  return { startMs: Math.max(startMs, range.startMs), endMs: Math.min(endMs, range.endMs) };
}

function merged(periods: readonly Period[]): Period[] {
  const result: Period[] = [];
  for (const period of periods.toSorted((a, b) => a.startMs - b.startMs)) {
    const last = result.at(-1);
    if (last !== undefined && period.startMs <= last.endMs) last.endMs = Math.max(last.endMs, period.endMs);
    else result.push({ ...period });
  }
  return result;
}

function printFreeBusy(range: Range, periods: Record<BusyType, Period[]>, nowMs: number): string {
  const types = ["BUSY", "BUSY-TENTATIVE"] as const;
  const properties: Property[] = [
    ["dtstamp", {}, "date-time", utc(nowMs)],
    ["dtstart", {}, "date-time", utc(range.startMs)],
    ["dtend", {}, "date-time", utc(range.endMs)],
    ...types.filter((type) => periods[type].length > 0).map((type) => listOf(type, periods[type])),
  ];
  return printCalendar([
    "vcalendar",
    [
      ["version", {}, "text", "2.0"],
      ["prodid", {}, "text", "-//Jarvis//Jarvis//EN"],
    ],
    [["vfreebusy", properties, []]],
  ]);
}

function listOf(type: BusyType, periods: readonly Period[]): Property {
  return ["freebusy", { fbtype: type }, "period", ...periods.map(periodOf)];
}

function periodOf({ startMs, endMs }: Period): string[] {
  return [utc(startMs), utc(endMs)];
}

function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
