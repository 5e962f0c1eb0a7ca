import type { CalendarObject } from "../../feeds/service.ts";
import { nextTurn } from "../../lib/turn.ts";
import { calendarData, type DataRequest, parseDataRequest } from "./calendar-data.ts";
import type { Expansion } from "./instances.ts";
import { type Found, propertiesResponse } from "./multistatus.ts";
import { caldav, dav, type Name } from "./names.ts";
import { findProperty, namesOf, type Subject } from "./properties.ts";
import { propertyNames } from "./property-names.ts";
import { hrefOf, type Resource } from "./resources.ts";
import type { Visit } from "./visit.ts";
import { childOf, type Element } from "./xml-read.ts";
import type { Tag } from "./xml-write.ts";

/** What a report shows of each object. */
export interface Shown {
  readonly names: readonly Name[];
  readonly data: DataRequest | null;
}

const calendarDataName = caldav("calendar-data");
const any: Resource = { kind: "object", name: "" };

export function shownBy(report: Element): Shown {
  const prop = childOf(report, dav("prop"));
  if (prop !== undefined) {
    const data = childOf(prop, calendarDataName);
    return { names: propertyNames(prop), data: data === undefined ? null : parseDataRequest(data) };
  }
  const all = childOf(report, dav("allprop")) !== undefined;
  return { names: all ? namesOf(any, "common") : [dav("getetag")], data: null };
}

/** How many objects are described before others have their turn. */
const atOnce = 50;

export async function describeObjects(
  visit: Visit,
  objects: readonly CalendarObject[],
  shown: Shown,
  expansion: Expansion,
): Promise<Tag[]> {
  const responses: Tag[] = [];
  for (const object of objects) {
    responses.push(await describe(visit, object, shown, expansion));
    if (responses.length % atOnce === 0) await nextTurn();
  }
  return responses;
}

async function describe(
  visit: Visit,
  object: CalendarObject,
  shown: Shown,
  expansion: Expansion,
): Promise<Tag> {
  const resource: Resource = { kind: "object", name: object.name };
  const subject: Subject = { visit, resource, object };
  const found: Found[] = [];
  for (const name of shown.names)
    found.push([
      name,
      name === calendarDataName
        ? [await calendarData(object.ics, shown.data, expansion)]
        : await findProperty(subject, name),
    ]);
  return propertiesResponse(hrefOf(visit.user, resource), found);
}
