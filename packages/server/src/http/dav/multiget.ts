import { AppError } from "../../lib/app-error.ts";
import type { CalendarObject } from "../../feeds/service.ts";
import { multistatus, statusResponse } from "./multistatus.ts";
import { dav } from "./names.ts";
import { describeObjects, shownBy } from "./report-properties.ts";
import { resourceAt } from "./resources.ts";
import type { Visit } from "./visit.ts";
import { childrenOf, type Element } from "./xml-read.ts";

const maxHrefs = 1_000;

/** `calendar-multiget` (RFC 4791, section 7.9): objects by their addresses; for one that is not there, 404. */
export async function calendarMultiget(visit: Visit, report: Element): Promise<Response> {
  const hrefs = [...new Set(childrenOf(report, dav("href")).map(({ text }) => text.trim()))];
  if (hrefs.length === 0 || hrefs.length > maxHrefs)
    throw new AppError("invalid_input", { detail: `1 to ${maxHrefs} objects may be asked for` });
  const shown = shownBy(report);
  const names = hrefs.map((href) => nameIn(href, visit)).filter((name) => name !== null);
  const objects = new Map((await visit.objectsNamed(names)).map((object) => [object.name, object]));
  const found = new Map<string, CalendarObject>();
  const missing: string[] = [];
  for (const href of hrefs) {
    const name = nameIn(href, visit);
    const object = name === null ? undefined : objects.get(name);
    if (object === undefined) missing.push(href);
    else found.set(object.name, object);
  }
  const responses = await describeObjects(visit, [...found.values()], shown, await visit.expansion());
  return multistatus([...responses, ...missing.map((href) => statusResponse(href, 404))]);
}

/** An address may be whole, with whatever name a proxy has for us, or a path alone. */
function nameIn(href: string, { user }: Visit): string | null {
  const path = URL.parse(href, "http://localhost")?.pathname;
  const resource = path === undefined ? null : resourceAt(path, user);
  return resource?.kind === "object" ? resource.name : null;
}
