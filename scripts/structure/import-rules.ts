import type { Breach } from "./file-rules.ts";
import type { Edge } from "./graph.ts";
import {
  features,
  isTest,
  layers,
  packageImports,
  type Place,
  placeOf,
  purePackages,
  queryBuilders,
} from "./layout.ts";
import type { Source } from "./source.ts";

/** One import of one file: which rule it breaks and what to do, or nothing. */
type ImportRule = (from: string, edge: Edge) => readonly [rule: string, remedy: string] | undefined;

const rules: readonly ImportRule[] = [
  resolves,
  staysInPackage,
  packageIsAllowed,
  pointsDown,
  storeIsPrivate,
  rulesArePure,
  queriesAreInStores,
  honoIsInHttp,
];

export function checkImports(source: Source, edges: readonly Edge[]): Breach[] {
  return edges.flatMap((edge) =>
    rules.flatMap((check) => {
      const found = check(source.path, edge);
      return found
        ? [{ path: source.path, line: edge.statement.line, rule: found[0], remedy: found[1] }]
        : [];
    }),
  );
}

function resolves(_from: string, { statement, target }: Edge) {
  if (target || !statement.specifier.startsWith(".")) return undefined;
  return ["unresolved", `${statement.specifier} does not exist (write the .ts extension)`] as const;
}

function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\//.exec(path)?.[1];
}

function staysInPackage(from: string, { statement, target }: Edge) {
  const own = packageOf(from);
  if (!own || !target || !statement.specifier.startsWith(".") || packageOf(target) === own) return undefined;
  return ["import-direction", "name the other package instead of reaching into its files"] as const;
}

function packageIsAllowed(from: string, { statement }: Edge) {
  const own = packageOf(from);
  if (!own || isTest(from) || !from.startsWith(`packages/${own}/src/`)) return undefined;
  if (statement.specifier.startsWith(".")) return undefined;
  const allowed = packageImports[own];
  if (allowed && !allowed.has(statement.specifier))
    return ["import-direction", `${own} may import only ${[...allowed].join(", ")}`] as const;
  if (own === "server" && /^@jarvis\/(?!contract(?:\/examples)?$)/.test(statement.specifier))
    return ["import-direction", "of this project's packages the server imports the contract alone"] as const;
  return undefined;
}

/** Both ends of an import between two files of the server that are no tests. */
function serverEdge(from: string, target: string | undefined): [Place, Place] | undefined {
  const source = placeOf(from);
  const place = target ? placeOf(target) : undefined;
  return source && place && !isTest(from) && source.rank >= 0 && place.rank >= 0
    ? [source, place]
    : undefined;
}

function pointsDown(from: string, { target }: Edge) {
  const places = serverEdge(from, target);
  if (!places) return undefined;
  const [source, place] = places;
  if (source.layer === place.layer || source.rank < place.rank) return undefined;
  if (source.rank === place.rank && layers[source.rank]?.mutual) return undefined;
  return ["import-direction", `${source.layer} may not import ${place.layer}: imports point down`] as const;
}

function storeIsPrivate(from: string, { target }: Edge) {
  const places = serverEdge(from, target);
  if (!places) return undefined;
  const [source, place] = places;
  if (source.layer === place.layer || !features.has(place.layer)) return undefined;
  if (place.part === "store") return ["private-store", `ask ${place.layer}/service.ts instead`] as const;
  if (features.has(source.layer) && place.part === "routes")
    return ["private-store", `use ${place.layer}/service.ts or rules.ts`] as const;
  return undefined;
}

function rulesArePure(from: string, { statement, target }: Edge) {
  if (placeOf(from)?.part !== "rules") return undefined;
  const place = target ? placeOf(target) : undefined;
  const pure =
    statement.specifier === "@jarvis/contract" ||
    purePackages.has(statement.specifier) ||
    place?.part === "rules" ||
    (place?.layer === "lib" && statement.typeOnly);
  if (pure) return undefined;
  return [
    "pure-rules",
    "rules import the contract, types of lib/ and other rules; pass the rest in",
  ] as const;
}

function queriesAreInStores(from: string, { statement, target }: Edge) {
  const source = placeOf(from);
  if (!source || isTest(from)) return undefined;
  if (source.part === "store" || source.layer === "db" || source.layer === "streams") return undefined;
  const place = target ? placeOf(target) : undefined;
  const builds =
    /^(?:kysely(?:\/|$)|bun:sqlite$)/.test(statement.specifier) || queryBuilders.has(place?.inner ?? "");
  return builds ? (["queries", "put the query into a store.ts and call it"] as const) : undefined;
}

function honoIsInHttp(from: string, { statement }: Edge) {
  const source = placeOf(from);
  if (!source || isTest(from) || source.layer === "http") return undefined;
  return /^hono(?:\/|$)/.test(statement.specifier) ? (["http", "only http/ knows Hono"] as const) : undefined;
}
