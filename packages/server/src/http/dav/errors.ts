import type { Name } from "./names.ts";
import { caldav, dav } from "./names.ts";
import { type Node, tag, toXml } from "./xml-write.ts";

/** A precondition that does not hold, named as its RFC has it (RFC 4918, section 16). */
export class PreconditionFailed extends Error {
  readonly status: number;
  readonly precondition: Name;
  readonly children: readonly Node[];

  constructor(precondition: Name, { status = 403, children = [] as readonly Node[] } = {}) {
    super(precondition);
    this.status = status;
    this.precondition = precondition;
    this.children = children;
  }

  toResponse(headers: Record<string, string>): Response {
    const body = toXml(tag(dav("error"), [tag(this.precondition, this.children)]));
    return new Response(body, { status: this.status, headers: { ...headers, ...xmlHeaders } });
  }
}

export const xmlHeaders = {
  "content-type": "application/xml; charset=utf-8",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
} as const;

/** Of a filter that is understood and not served (RFC 4791, section 7.8): answering something else would be wrong. */
export function unsupportedFilter(name: Name): PreconditionFailed {
  return new PreconditionFailed(caldav("supported-filter"), { children: [tag(name)] });
}

export function invalidFilter(): PreconditionFailed {
  return new PreconditionFailed(caldav("valid-filter"));
}

/** The calendar is read only: the privilege that everything else would need (RFC 3744, section 7.1.1). */
export function readOnly(href: string): PreconditionFailed {
  const resource = tag(dav("resource"), [
    tag(dav("href"), [href]),
    tag(dav("privilege"), [tag(dav("write"))]),
  ]);
  return new PreconditionFailed(dav("need-privileges"), { children: [resource] });
}

/** More than one answer may hold (RFC 5323, section 5.17; RFC 4791, section 7.8). */
export function tooManyMatches(): PreconditionFailed {
  return new PreconditionFailed(dav("number-of-matches-within-limits"));
}
