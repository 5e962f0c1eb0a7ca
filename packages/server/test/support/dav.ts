import { type Element, parseXml } from "../../src/http/dav/xml-read.ts";
import type { Person, World } from "./world.ts";

export const D = "DAV:";
export const C = "urn:ietf:params:xml:ns:caldav";
export const CS = "http://calendarserver.org/ns/";

export interface DavAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** What is in the multistatus, by address. */
  readonly responses: ReadonlyMap<string, DavResource>;
  /** The name of the precondition that did not hold, as `{namespace}local`. */
  readonly precondition: string | undefined;
  readonly syncToken: string | undefined;
}

interface DavResource {
  /** Of the whole resource, where it has one. */
  readonly status: number | undefined;
  /** Properties that are there: `{namespace}local` to the element. */
  readonly found: ReadonlyMap<string, Element>;
  readonly missing: readonly string[];
}

interface DavOptions {
  readonly depth?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
  /** What is presented; null: nothing. */
  readonly authorization?: string | null;
}

export interface Subscriber {
  readonly secret: string;
  readonly principal: string;
  readonly calendar: string;
  readonly authorization: string;
  request(method: string, path: string, options?: DavOptions): Promise<DavAnswer>;
  /** Addresses that a `calendar-query` with this filter finds, without the collection's. */
  query(filter: string, more?: string): Promise<string[]>;
}

export function basic(password: string, user = "anybody"): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/** Somebody whose phone knows the secret of their calendar. */
export async function subscribe(
  world: World,
  person: Person,
  kind: "calendar" | "freebusy" = "calendar",
): Promise<Subscriber> {
  const made = await person.call("POST", `/user/${person.id}/calendar`);
  if (made.status !== 201) throw new Error(`no calendar was opened: ${made.status}`);
  const secret = kind === "calendar" ? made.response.secret : freeBusySecretIn(made.response.freebusy_url);
  const principal = `/dav/${person.id}/`;
  const authorization = basic(secret);
  const subscriber: Subscriber = {
    secret,
    principal,
    calendar: `${principal}events/`,
    authorization,
    request: (method, path, options) => davRequest(world.url, method, path, { authorization, ...options }),
    async query(filter, more = "") {
      const answer = await subscriber.request("REPORT", subscriber.calendar, {
        depth: "1",
        body: queryBody(filter, more),
      });
      if (answer.status !== 207) throw new Error(`${answer.status} ${answer.text}`);
      return [...answer.responses.keys()].map((href) => href.slice(subscriber.calendar.length));
    },
  };
  return subscriber;
}

function freeBusySecretIn(url: string): string {
  return /([^/]+)\.ics$/.exec(url)?.[1] ?? "";
}

/** `filter` is what stands in the `comp-filter` of VCALENDAR. */
export function queryBody(filter: string, more = ""): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<c:calendar-query xmlns:d="${D}" xmlns:c="${C}"><d:prop><d:getetag/>${more}</d:prop>
<c:filter><c:comp-filter name="VCALENDAR">${filter}</c:comp-filter></c:filter></c:calendar-query>`;
}

export async function davRequest(
  origin: string,
  method: string,
  path: string,
  { depth, body, headers, authorization }: DavOptions = {},
): Promise<DavAnswer> {
  const response = await fetch(origin + path, {
    method,
    redirect: "manual",
    headers: {
      ...(depth === undefined ? {} : { depth }),
      ...(body === undefined ? {} : { "content-type": "application/xml; charset=utf-8" }),
      ...(authorization ? { authorization } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  const isXml = response.headers.get("content-type")?.startsWith("application/xml") ?? false;
  return {
    status: response.status,
    headers: response.headers,
    text,
    ...(isXml ? parts(parseXml(text)) : nothing),
  };
}

const nothing = { responses: new Map(), precondition: undefined, syncToken: undefined };

function parts(root: Element) {
  const responses = root.children.filter(({ name }) => name === `{${D}}response`);
  return {
    responses: new Map(responses.map((one) => [textIn(one, "href") ?? "", resourceIn(one)])),
    precondition: root.name === `{${D}}error` ? root.children[0]?.name : undefined,
    syncToken: textIn(root, "sync-token"),
  };
}

function textIn(element: Element, local: string): string | undefined {
  return element.children.find(({ name }) => name === `{${D}}${local}`)?.text;
}

function resourceIn(response: Element): DavResource {
  const stats = response.children.filter(({ name }) => name === `{${D}}propstat`);
  const properties = (status: number) =>
    stats
      .filter((stat) => statusIn(stat) === status)
      .flatMap((stat) => stat.children.filter(({ name }) => name === `{${D}}prop`))
      .flatMap(({ children }) => children);
  return {
    status: statusIn(response),
    found: new Map(properties(200).map((element) => [element.name, element])),
    missing: properties(404).map(({ name }) => name),
  };
}

function statusIn(element: Element): number | undefined {
  const text = textIn(element, "status");
  return text === undefined ? undefined : Number(text.split(" ")[1]);
}

export function propfindBody(...names: string[]): string {
  const asked = names.map((name) => `<${name}/>`).join("");
  return `<propfind xmlns="${D}" xmlns:C="${C}" xmlns:CS="${CS}"><prop>${asked}</prop></propfind>`;
}

/** An event that begins in so many hours, for one. */
export async function plan(world: World, person: Person, name: string, inHours: number, more: object = {}) {
  const start = Math.floor(world.clock.now() / 1_000) + inHours * 3_600;
  const { status, response } = await person.call("POST", "/event", {
    name,
    start_time: start,
    duration: 3_600,
    ...more,
  });
  if (status !== 201) throw new Error(`the event was not made: ${status}`);
  return { id: String(response.id), startMs: start * 1_000 };
}
