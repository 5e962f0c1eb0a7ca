import { calendarHead } from "../../feeds/rendering.ts";
import type { CalendarObject } from "../../feeds/service.ts";
import { zoneParts } from "../../feeds/zones.ts";
import { writeCalendar } from "../../lib/icalendar.ts";
import { collations } from "./filter.ts";
import { calendarServer, caldav, dav, type Name } from "./names.ts";
import { hrefOf, type Kind, type Resource } from "./resources.ts";
import type { Visit } from "./visit.ts";
import { type Node, tag, type Tag } from "./xml-write.ts";

/** Whose property is asked for. */
export interface Subject {
  readonly visit: Visit;
  readonly resource: Resource;
  /** What is there, where the resource is an object. */
  readonly object: CalendarObject | null;
}

type Value = readonly Node[] | null;

interface Property {
  readonly of: readonly Kind[];
  /** Whether `allprop` shows it: RFC 4918's own, as CalDAV wants its own asked for by name. */
  readonly common?: true;
  readonly value: (subject: Subject) => Value | Promise<Value>;
}

const everywhere: readonly Kind[] = ["root", "principal", "calendar", "object"];
const collections: readonly Kind[] = ["root", "principal", "calendar"];
const inCalendar: readonly Kind[] = ["calendar", "object"];

const properties = new Map<Name, Property>([
  [dav("resourcetype"), { of: everywhere, common: true, value: ({ resource }) => typesOf(resource) }],
  [dav("displayname"), { of: collections, common: true, value: displayName }],
  [dav("getetag"), { of: ["object"], common: true, value: ofObject(({ etag }) => etag) }],
  [
    dav("getcontenttype"),
    { of: ["object"], common: true, value: () => ["text/calendar; charset=utf-8; component=VEVENT"] },
  ],
  [
    dav("getcontentlength"),
    { of: ["object"], common: true, value: ofObject(({ ics }) => String(Buffer.byteLength(ics))) },
  ],
  [dav("current-user-principal"), { of: everywhere, value: principal }],
  [dav("principal-URL"), { of: ["principal"], value: principal }],
  [dav("principal-collection-set"), { of: everywhere, value: ({ visit }) => link(visit, "root") }],
  [dav("owner"), { of: ["principal", "calendar", "object"], value: principal }],
  [dav("current-user-privilege-set"), { of: everywhere, value: ({ resource }) => privileges(resource) }],
  [dav("supported-report-set"), { of: everywhere, value: ({ resource }) => reports(resource) }],
  [dav("sync-token"), { of: ["calendar"], value: async ({ visit }) => [await visit.syncToken()] }],
  [calendarServer("getctag"), { of: ["calendar"], value: async ({ visit }) => [await visit.ctag()] }],
  [caldav("calendar-home-set"), { of: ["principal"], value: principal }],
  // Where invitations would go: nobody's address is told, and a principal is one (RFC 6638, section 2.4.1).
  [caldav("calendar-user-address-set"), { of: ["principal"], value: principal }],
  [caldav("calendar-timezone"), { of: ["calendar"], value: timeZone }],
  [
    caldav("supported-calendar-component-set"),
    { of: ["calendar"], value: () => [tag(caldav("comp"), [], { name: "VEVENT" })] },
  ],
  [
    caldav("supported-calendar-data"),
    {
      of: ["calendar"],
      value: () => [tag(caldav("calendar-data"), [], { "content-type": "text/calendar", version: "2.0" })],
    },
  ],
  [
    caldav("supported-collation-set"),
    { of: inCalendar, value: () => collations.map((name) => tag(caldav("supported-collation"), [name])) },
  ],
]);

function ofObject(text: (object: CalendarObject) => string): Property["value"] {
  return ({ object }) => (object === null ? null : [text(object)]);
}

function principal({ visit }: Subject): Value {
  return link(visit, "principal");
}

function link({ user }: Visit, kind: "root" | "principal"): Value {
  return [tag(dav("href"), [hrefOf(user, { kind })])];
}

function typesOf({ kind }: Resource): Tag[] {
  const names: Readonly<Record<Kind, readonly Name[]>> = {
    root: [dav("collection")],
    principal: [dav("collection"), dav("principal")],
    calendar: [dav("collection"), caldav("calendar")],
    object: [],
  };
  return names[kind].map((name) => tag(name));
}

async function displayName({ visit, resource }: Subject): Promise<Value> {
  return [resource.kind === "principal" ? (await visit.person()).username : "Jarvis"];
}

/** The person's zone, which whole days are read in, from some time back to some time ahead. */
async function timeZone({ visit }: Subject): Promise<Value> {
  const { timeZone: name } = await visit.person();
  const now = visit.ctx.clock.now();
  const fromYear = new Date(now).getUTCFullYear() - 1;
  return [writeCalendar(calendarHead, zoneParts([{ zone: name, fromYear }], now))];
}

/** Read, and nothing else: clients then offer no changes. */
function privileges({ kind }: Resource): Tag[] {
  const names = [dav("read"), dav("read-current-user-privilege-set")];
  if (kind === "calendar") names.push(caldav("read-free-busy"));
  return names.map((name) => tag(dav("privilege"), [tag(name)]));
}

const reportsOf: Readonly<Record<Kind, readonly Name[]>> = {
  root: [],
  principal: [],
  calendar: [
    caldav("calendar-query"),
    caldav("calendar-multiget"),
    caldav("free-busy-query"),
    dav("sync-collection"),
  ],
  object: [caldav("calendar-query"), caldav("calendar-multiget")],
};

function reports({ kind }: Resource): Tag[] {
  return reportsOf[kind].map((name) => tag(dav("supported-report"), [tag(dav("report"), [tag(name)])]));
}

export function hasReport({ kind }: Resource, report: Name): boolean {
  return reportsOf[kind].includes(report);
}

export async function findProperty(subject: Subject, name: Name): Promise<Value> {
  const property = properties.get(name);
  return property?.of.includes(subject.resource.kind) ? property.value(subject) : null;
}

export function namesOf({ kind }: Resource, which: "all" | "common"): Name[] {
  const some = [...properties].filter(
    ([, { of, common }]) => of.includes(kind) && (which === "all" || common),
  );
  return some.map(([name]) => name);
}
