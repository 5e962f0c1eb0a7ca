import { limits, type UserId } from "@jarvis/contract";
import type { Context } from "../../context.ts";
import { AppError, notFound } from "../../lib/app-error.ts";
import { readBytes, toText } from "../body.ts";
import { authorize, type Opened, unauthenticated } from "./authorize.ts";
import { readOnly } from "./errors.ts";
import { propfind } from "./propfind.ts";
import { maxReportBytes, report } from "./report.ts";
import { davMethods, hrefOf, type Resource, resourceAt } from "./resources.ts";
import { Visit } from "./visit.ts";
import { parseXml } from "./xml-read.ts";

/** What is done with a calendar from outside, and is refused alike whatever it is done to. */
const changing = new Set(
  "PUT POST PATCH DELETE PROPPATCH MKCOL MKCALENDAR COPY MOVE LOCK UNLOCK ACL BIND UNBIND REBIND LINK UNLINK".split(
    " ",
  ),
);

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
  const opened = await authorize(ctx, request, address);
  const { user } = opened;
  const path = new URL(request.url).pathname;
  if (changing.has(request.method)) throw readOnly(path);
  const resource = resourceAt(path, user);
  if (resource === null) throw notFound();
  const answer = await readQuestion(arrived);
  const response = await unchanged(ctx, opened, async (visit) => {
    if (!(await visit.exists(resource))) throw notFound();
    return answer(visit, resource);
  });
  return withLocation(response, path, user, resource);
}

export const allowed = davMethods.join(", ");

const attempts = 5;

/**
 * What changes while an answer is written makes it begin again: nothing is told that somebody was not to see any more,
 * and no half of an answer is older than the other.
 */
async function unchanged(
  ctx: Context,
  opened: Opened,
  answer: (visit: Visit) => Promise<Response>,
): Promise<Response> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const visit = new Visit(ctx, opened.user);
    const response = await answer(visit);
    if (!(await opened.isOpen())) throw unauthenticated();
    if (await visit.isWhole()) return response;
  }
  throw new AppError("unavailable", { detail: "The calendar is changing just now", retryAfterS: 1 });
}

type Answer = (visit: Visit, resource: Resource) => Promise<Response>;

/** Reads what is asked, body and all. */
async function readQuestion(arrived: Arrived): Promise<Answer> {
  const { method, headers } = arrived.request;
  const depth = headers.get("depth")?.trim().toLowerCase() ?? null;
  if (method === "PROPFIND") {
    const text = await textOf(arrived, limits.bodyBytes);
    const body = text.trim() === "" ? null : parseXml(text);
    return (visit, resource) => propfind(visit, resource, depth, body);
  }
  if (method === "REPORT") {
    const text = await textOf(arrived, maxReportBytes);
    const asked = { element: parseXml(text), bytes: Buffer.byteLength(text) };
    return (visit, resource) => report(visit, resource, depth, asked);
  }
  if (method === "GET" || method === "HEAD") return (visit, resource) => download(visit, resource, headers);
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
  const tags = new Set((header ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, "")));
  return tags.has("*") || tags.has(etag);
}

/** A collection's own address ends with a slash (RFC 4918, section 5.2). */
function withLocation(response: Response, path: string, user: UserId, resource: Resource): Response {
  const own = hrefOf(user, resource);
  if (own === `${path}/`) response.headers.set("content-location", own);
  return response;
}
