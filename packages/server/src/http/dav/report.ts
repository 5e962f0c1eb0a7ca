import { limits } from "@jarvis/contract";
import { AppError } from "../../lib/app-error.ts";
import { bodyTooLarge } from "../body.ts";
import { PreconditionFailed } from "./errors.ts";
import { freeBusyQuery } from "./free-busy.ts";
import { calendarMultiget } from "./multiget.ts";
import { caldav, dav } from "./names.ts";
import { hasReport } from "./properties.ts";
import { calendarQuery } from "./query.ts";
import type { Resource } from "./resources.ts";
import { syncCollection } from "./sync.ts";
import type { Visit } from "./visit.ts";
import type { Element } from "./xml-read.ts";

/** A `calendar-multiget` of as many objects as it may name. */
export const maxReportBytes = 256 * 1024;

export interface Report {
  readonly element: Element;
  readonly bytes: number;
}

/** Each report where `supported-report-set` lists it (RFC 3253, section 3.6). */
export function report(
  visit: Visit,
  resource: Resource,
  depth: string | null,
  { element, bytes }: Report,
): Promise<Response> {
  if (depth !== null && !["0", "1", "infinity"].includes(depth))
    throw new AppError("invalid_input", { detail: "Depth is 0, 1 or infinity" });
  if (!hasReport(resource, element.name)) throw new PreconditionFailed(dav("supported-report"));
  if (element.name === caldav("calendar-multiget")) return calendarMultiget(visit, element);
  if (bytes > limits.bodyBytes) throw bodyTooLarge(limits.bodyBytes);
  if (element.name === caldav("calendar-query")) return calendarQuery(visit, resource, depth, element);
  if (element.name === caldav("free-busy-query")) return freeBusyQuery(visit, depth, element);
  return syncCollection(visit, element);
}
