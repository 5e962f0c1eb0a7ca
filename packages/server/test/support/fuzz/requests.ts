import type { Endpoint } from "@jarvis/contract";
import * as fc from "fast-check";
import type { Cast } from "../matrix/cast.ts";
import { endpoints } from "../matrix/cells.ts";
import { type Id, id, textOfId, withIds } from "./ids.ts";
import { hostile, oftenMutated } from "./values.ts";

/** A request before the world in which it is made. */
export interface Draft {
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly params: Readonly<Record<string, Id>>;
  readonly query: unknown;
  readonly extraQuery: string;
  readonly body: unknown;
  readonly fields: Readonly<Record<string, Id>>;
  readonly headers: Record<string, string>;
  readonly raw: string | null;
}

const headers = fc.oneof(
  { weight: 12, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Record<string, string>[]>(
      { "content-type": "text/plain" },
      { "content-type": "application/json; charset=utf-16" },
      { "content-type": "application/jsonx" },
      { "if-match": '"1"' },
      { "if-match": "W/1" },
      { "if-match": "*" },
      { "idempotency-key": "a" },
      { "idempotency-key": "x".repeat(300) },
      { authorization: "Bearer a.b.c" },
      { authorization: "Basic eDp5" },
      { accept: "text/html" },
      { "x-http-method-override": "DELETE" },
      { "content-encoding": "gzip" },
      { range: "bytes=0-1" },
    ),
  },
);

const extraQuery = fc.oneof(
  { weight: 8, arbitrary: fc.constant("") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "limit=1&limit=2",
      "cursor=%zz",
      "cursor=e30",
      "%",
      "__proto__=1",
      "a[b][c]=1",
    ),
  },
);

const raw = fc.oneof(
  { weight: 20, arbitrary: fc.constant(null) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "",
      "{",
      "[",
      "nul",
      '{"a":1',
      "\ufeff{}",
      "{}{}",
      '"',
      "[".repeat(60_000),
      "0x1",
    ),
  },
);

function ofDocument(type: string): fc.Arbitrary<Record<string, string>> {
  return fc.constantFrom(
    { "content-type": type },
    { "content-type": `${type.toUpperCase()}; charset=utf-8` },
  );
}

const calendarLine = fc.oneof(
  fc.constantFrom(
    "BEGIN:VEVENT",
    "END:VEVENT",
    "DTSTART:20300601T100000Z",
    "DTSTART;TZID=Nowhere/Never:20300601T100000",
    "DTEND:20300601T090000Z",
    "DURATION:-P1D",
    "RRULE:FREQ=SECONDLY",
    "RRULE:FREQ=YEARLY;BYDAY=1,2",
    "EXDATE:20300230",
    "UID:1",
    "SUMMARY:\u0000",
    " folded",
    ":",
    'X-A;B="',
  ),
  fc.string({ maxLength: 80 }),
);

/** Lines that may be a calendar. */
const calendarText = fc
  .array(calendarLine, { maxLength: 30 })
  .map((lines) => ["BEGIN:VCALENDAR", ...lines, "END:VCALENDAR"].join("\r\n"));

const byEndpoint = endpoints.map(({ name, endpoint }) =>
  fc.record<Draft>({
    name: fc.constant(name),
    endpoint: fc.constant(endpoint),
    params: fc.record({ first: id, second: id }),
    query: endpoint.query === undefined ? fc.constant({}) : oftenMutated(endpoint.query),
    extraQuery,
    body:
      endpoint.body === undefined ? fc.oneof(fc.constant(undefined), hostile) : oftenMutated(endpoint.body),
    fields: fc.record({ user: id, from: id, option: id }),
    headers:
      endpoint.document === undefined ? headers : fc.oneof(headers, ofDocument(endpoint.document.type)),
    raw: endpoint.document === undefined ? raw : fc.oneof(raw, calendarText),
  }),
);

/** A request of any endpoint of the contract. */
export const request: fc.Arbitrary<Draft> = fc.oneof(...byEndpoint);

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
  readonly headers: Record<string, string>;
}

export function toRequest(draft: Draft, cast: Cast): Request {
  const { endpoint, params, fields, body } = draft;
  const ids = [params["first"], params["second"]];
  let index = 0;
  const path = endpoint.path.replaceAll(/\{\w+\}/g, () => {
    const named = ids[index++] ?? "missing";
    return encodeURIComponent(textOfId(named, cast).toWellFormed());
  });
  const query = [toQuery(draft.query), draft.extraQuery].filter((part) => part !== "").join("&");
  const text = draft.raw ?? (body === undefined ? undefined : JSON.stringify(withIds(body, fields, cast)));
  const hasBody = text !== undefined && endpoint.method !== "GET";
  return {
    method: endpoint.method,
    path: query === "" ? path : `${path}?${query}`,
    body: hasBody ? text : undefined,
    headers: {
      authorization: `Bearer ${cast.me.token}`,
      ...(hasBody ? { "content-type": "application/json" } : {}),
      ...draft.headers,
    },
  };
}

/** A long poll would wait for a clock that nobody moves. */
function toQuery(query: unknown): string {
  if (typeof query !== "object" || query === null) return encodeURIComponent(textOf(query)).slice(0, 6_000);
  const parts = Object.entries(query).map(
    ([name, value]) => `${encode(name)}=${name === "wait" ? "0" : encode(textOf(value))}`,
  );
  return parts.join("&").slice(0, 6_000);
}

function encode(text: string): string {
  return encodeURIComponent(text.slice(0, 3_000).toWellFormed());
}

function textOf(value: unknown): string {
  return (typeof value === "string" ? value : (JSON.stringify(value) ?? "")).slice(0, 3_000).toWellFormed();
}
