import { limits, type UserId } from "@jarvis/contract";
import type { Context } from "../../context.ts";
import { AppError, notFound } from "../../lib/app-error.ts";
import { readBytes, toText } from "../body.ts";
import { authorize } from "./authorize.ts";
import { readOnly } from "./errors.ts";
import { propfind } from "./propfind.ts";
import { maxReportBytes, report } from "./report.ts";
import { hrefOf, type Resource, resourceAt } from "./resources.ts";
import { Visit } from "./visit.ts";
import { parseXml } from "./xml-read.ts";

/** What is done with a calendar from outside, and is refused alike whatever it is done to. */
const changing = new Set([
  ...["PUT", "POST", "PATCH", "DELETE", "PROPPATCH", "MKCOL", "MKCALENDAR", "COPY", "MOVE", "LOCK", "UNLOCK"],
  ...["ACL", "BIND", "UNBIND", "REBIND", "LINK", "UNLINK"],
]);

export interface Arrived {
  readonly request: Request;
  readonly address: string;
  /** Reads a body in the time that it has. */
  readonly inTime: <T>(read: () => Promise<T>) => Promise<T>;
}

/** Answers one request below `/dav/`. What an `OPTIONS` is told is the same for everybody and everywhere. */
export async function serve(ctx: Context, arrived: Arrived): Promise<Response> {
  const { request, address } = arrived;
  if (request.method === "OPTIONS") return new Response(null, { headers: { allow: allowed } });
  const user = await authorize(ctx, request, address);
  const path = new URL(request.url).pathname;
  if (changing.has(request.method)) throw readOnly(path);
  const resource = resourceAt(path, user);
  const visit = new Visit(ctx, user);
  if (resource === null || !(await visit.exists(resource))) throw notFound();
  const response = await answer(visit, resource, arrived);
  return withLocation(response, path, user, resource);
}

export const allowed = "OPTIONS, GET, HEAD, PROPFIND, REPORT";

async function answer(visit: Visit, resource: Resource, arrived: Arrived): Promise<Response> {
  const { method, headers } = arrived.request;
  const depth = headers.get("depth")?.trim().toLowerCase() ?? null;
  if (method === "PROPFIND") {
    const text = await textOf(arrived, limits.bodyBytes);
    return propfind(visit, resource, depth, text.trim() === "" ? null : parseXml(text));
  }
  if (method === "REPORT") {
    const text = await textOf(arrived, maxReportBytes);
    return report(visit, resource, depth, { element: parseXml(text), bytes: Buffer.byteLength(text) });
  }
  if (method === "GET" || method === "HEAD") return download(visit, resource, headers);
  throw new AppError("method_not_allowed");
}

async function textOf({ request, inTime }: Arrived, maxBytes: number): Promise<string> {
  return toText(await inTime(() => readBytes(request, maxBytes)));
}

/** A collection has no content of its own. */
async function download(visit: Visit, resource: Resource, headers: Headers): Promise<Response> {
  const object = resource.kind === "object" ? await visit.object(resource.name) : undefined;
  if (object === undefined) throw new AppError("method_not_allowed");
  const told = { etag: object.etag, "cache-control": "private, no-cache" };
  if (hasTag(headers.get("if-none-match"), object.etag))
    return new Response(null, { status: 304, headers: told });
  return new Response(object.ics, {
    headers: {
      ...told,
      "content-type": "text/calendar; charset=utf-8; component=VEVENT",
      "content-disposition": 'attachment; filename="event.ics"',
      "cross-origin-resource-policy": "same-origin",
      "x-content-type-options": "nosniff",
    },
  });
}

/** Weakly compared, as it is for reading (RFC 9110, section 13.1.2). */
function hasTag(header: string | null, etag: string): boolean {
  const tags = (header ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(etag);
}

/** A collection's own address ends with a slash (RFC 4918, section 5.2). */
function withLocation(response: Response, path: string, user: UserId, resource: Resource): Response {
  const own = hrefOf(user, resource);
  if (own === `${path}/`) response.headers.set("content-location", own);
  return response;
}
