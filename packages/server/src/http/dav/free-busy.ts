import { limits } from "@jarvis/contract";
import { calendarHead } from "../../feeds/rendering.ts";
import { AppError } from "../../lib/app-error.ts";
import { type Property, toUtc, writeComponent } from "../../lib/icalendar.ts";
import { mergeSpans, type Span } from "../../schedule/span-rules.ts";
import { invalidFilter, tooManyMatches } from "./errors.ts";
import { parseRange } from "./filter.ts";
import { allInstancesOf, type Instance } from "./instances.ts";
import { parseCalendar, propertyOf } from "./jcal.ts";
import { caldav } from "./names.ts";
import type { Range } from "./times.ts";
import type { Visit } from "./visit.ts";
import { childOf, type Element } from "./xml-read.ts";

const dayMs = 24 * 60 * 60_000;
const maxPeriods = 5_000;

type BusyType = "BUSY" | "BUSY-TENTATIVE";

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

async function busyPeriods(visit: Visit, range: Range): Promise<Record<BusyType, Span[]>> {
  const expansion = await visit.expansion();
  const found: Record<BusyType, Span[]> = { BUSY: [], "BUSY-TENTATIVE": [] };
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
  return { BUSY: mergeSpans(found.BUSY), "BUSY-TENTATIVE": mergeSpans(found["BUSY-TENTATIVE"]) };
}

function busyTypeOf({ component }: Instance): BusyType | null {
  const status = propertyOf(component, "status")?.[3];
  const transparent = propertyOf(component, "transp")?.[3] === "TRANSPARENT";
  if (transparent || status === "CANCELLED") return null;
  return status === "TENTATIVE" ? "BUSY-TENTATIVE" : "BUSY";
}

function clamped({ startMs }: Instance, endMs: number, range: Range): Span {
  return { fromMs: Math.max(startMs, range.startMs), toMs: Math.min(endMs, range.endMs) };
}

function printFreeBusy(range: Range, periods: Record<BusyType, Span[]>, nowMs: number): string {
  const types = ["BUSY", "BUSY-TENTATIVE"] as const;
  const properties: Property[] = [
    ["dtstamp", {}, "date-time", toUtc(nowMs)],
    ["dtstart", {}, "date-time", toUtc(range.startMs)],
    ["dtend", {}, "date-time", toUtc(range.endMs)],
    ...types.filter((type) => periods[type].length > 0).map((type) => listOf(type, periods[type])),
  ];
  return writeComponent(["vcalendar", calendarHead, [["vfreebusy", properties, []]]]);
}

function listOf(type: BusyType, periods: readonly Span[]): Property {
  return ["freebusy", { fbtype: type }, "period", ...periods.map(periodOf)];
}

function periodOf({ fromMs, toMs }: Span): string[] {
  return [toUtc(fromMs), toUtc(toMs)];
}
