import { xmlHeaders } from "./errors.ts";
import { dav, type Name } from "./names.ts";
import { type Node, type Tag, tag, toXml } from "./xml-write.ts";

/** A property as it is shown; null: there is none of that name. */
export type Found = readonly [name: Name, value: readonly Node[] | null];

const statusText = {
  200: "HTTP/1.1 200 OK",
  404: "HTTP/1.1 404 Not Found",
  507: "HTTP/1.1 507 Insufficient Storage",
};

export function propertiesResponse(href: string, found: readonly Found[]): Tag {
  const present = found.flatMap(([name, value]) => (value === null ? [] : [tag(name, value)]));
  const absent = found.flatMap(([name, value]) => (value === null ? [tag(name)] : []));
  const stats = [
    // One has to be there (RFC 4918, section 14.24).
    ...(present.length > 0 || absent.length === 0 ? [propstat(present, 200)] : []),
    ...(absent.length > 0 ? [propstat(absent, 404)] : []),
  ];
  return tag(dav("response"), [tag(dav("href"), [href]), ...stats]);
}

function propstat(properties: readonly Tag[], status: 200 | 404): Tag {
  return tag(dav("propstat"), [tag(dav("prop"), properties), tag(dav("status"), [statusText[status]])]);
}

export function statusResponse(href: string, status: 404 | 507, error: readonly Tag[] = []): Tag {
  const more = error.length === 0 ? [] : [tag(dav("error"), error)];
  return tag(dav("response"), [tag(dav("href"), [href]), tag(dav("status"), [statusText[status]]), ...more]);
}

export function multistatus(children: readonly Tag[]): Response {
  return new Response(toXml(tag(dav("multistatus"), children)), { status: 207, headers: xmlHeaders });
}
