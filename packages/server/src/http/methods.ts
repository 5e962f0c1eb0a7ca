import { contract, type Endpoint } from "@jarvis/contract";
import { davMethods } from "./dav/resources.ts";
import { ingestMethods, ingestPath } from "./ingest/protocols.ts";

/** Paths that are not calls of the contract; all are read only. */
const ownPaths = ["/", "/docs", "/docs/{asset}", "/openapi.json", "/asyncapi.json", "/realtime"];

/** CalDAV, and the way to it. */
const calendars = /^(?:\/dav(?:\/.*)?|\/\.well-known\/caldav)$/;

interface Resource {
  readonly pattern: RegExp;
  readonly methods: ReadonlySet<string>;
}

const resources = listResources();

/** The methods that a path answers to, for `Allow` (RFC 9110, section 10.2.1); none where there is nothing. */
export function allowedMethods(path: string): string[] {
  const methods = resources.filter(({ pattern }) => pattern.test(path)).map((found) => found.methods);
  return [...methods.reduce((all, some) => all.union(some), new Set<string>())];
}

function listResources(): Resource[] {
  const byPath = new Map<string, Set<string>>(ownPaths.map((path) => [path, withImplied("GET")]));
  for (const { method, path, events } of endpoints()) {
    const methods = events ? [method, "OPTIONS"] : withImplied(method);
    byPath.set(path, new Set([...(byPath.get(path) ?? []), ...methods]));
  }
  const listed = [...byPath].map(([path, methods]) => ({ pattern: toPattern(path), methods }));
  return [
    ...listed,
    { pattern: calendars, methods: new Set(davMethods) },
    { pattern: ingestPath, methods: new Set(ingestMethods) },
  ];
}

function endpoints(): Endpoint[] {
  return Object.values(contract).flatMap((group) => Object.values<Endpoint>(group));
}

/** Whatever can be read answers to HEAD as well, and everything to OPTIONS. */
function withImplied(method: string): Set<string> {
  return new Set(method === "GET" ? ["GET", "HEAD", "OPTIONS"] : [method, "OPTIONS"]);
}

function toPattern(path: string): RegExp {
  const source = path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+");
  return new RegExp(`^${source}$`);
}
