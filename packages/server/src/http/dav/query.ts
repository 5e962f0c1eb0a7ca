import type { CalendarObject } from "../../feeds/service.ts";
import { AppError } from "../../lib/app-error.ts";
import { readComponents } from "../../lib/calendar/components.ts";
import { ianaZone } from "../../lib/calendar/zone.ts";
import { nextTurn } from "../../lib/turn.ts";
import { invalidFilter, PreconditionFailed } from "./errors.ts";
import { parseFilter } from "./filter.ts";
import { matches } from "./filter-match.ts";
import { parseCalendar } from "./jcal.ts";
import { multistatus } from "./multistatus.ts";
import { caldav } from "./names.ts";
import { describeObjects, shownBy } from "./report-properties.ts";
import type { Resource } from "./resources.ts";
import type { Visit } from "./visit.ts";
import { childOf, type Element } from "./xml-read.ts";

/** `calendar-query` (RFC 4791, section 7.8): the objects that meet a filter. */
export async function calendarQuery(
  visit: Visit,
  resource: Resource,
  depth: string | null,
  report: Element,
): Promise<Response> {
  requireDepth(resource, depth);
  const filterElement = childOf(report, caldav("filter"));
  if (filterElement === undefined) throw invalidFilter();
  const filter = parseFilter(filterElement);
  const shown = shownBy(report);
  const expansion = await visit.expansion(timeZoneOf(report));
  const found: CalendarObject[] = [];
  for (const [index, object] of (await objectsAt(visit, resource)).entries()) {
    if (await matches(parseCalendar(object.ics), filter, expansion)) found.push(object);
    if (index % 50 === 49) await nextTurn();
  }
  return multistatus(await describeObjects(visit, found, shown, expansion));
}

/** A calendar of depth 0 is the calendar without its objects: a client that asks so would take it for empty. */
function requireDepth({ kind }: Resource, depth: string | null): void {
  const allowed = kind === "calendar" ? ["1", "infinity"] : ["0", "1", "infinity"];
  if (!allowed.includes(depth ?? "0"))
    throw new AppError("invalid_input", { detail: "Depth is 1 for the objects of a calendar" });
}

async function objectsAt(visit: Visit, resource: Resource): Promise<readonly CalendarObject[]> {
  return resource.kind === "object" ? visit.objectsNamed([resource.name]) : visit.objects();
}

/** What whole days are read in, where the client says: a zone of the IANA database, by its name. */
function timeZoneOf(report: Element): string | null {
  const element = childOf(report, caldav("timezone"));
  if (element === undefined) return null;
  const name = zoneNameIn(element.text);
  if (name === null) throw new PreconditionFailed(caldav("valid-calendar-data"));
  return name;
}

function zoneNameIn(ics: string): string | null {
  const name = readComponents(new TextEncoder().encode(ics))?.zones[0]?.id;
  return name !== undefined && ianaZone(name) !== null ? name : null;
}
