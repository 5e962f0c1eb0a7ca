import { malformed } from "../json-samples.ts";
import type { CorpusRequest } from "./corpus.ts";

/** A repeatable source of chance in [0, 1). */
export type Chance = () => number;

/** A request with up to six changes: in its bytes, its JSON, its fields, its address or its headers. */
export function mutated(seeds: readonly CorpusRequest[], chance: Chance): CorpusRequest {
  let request = pick(seeds, chance);
  for (let left = 1 + below(6, chance); left > 0; left -= 1) {
    request = pick(changes, chance)(request, chance, seeds);
  }
  return request;
}

export function pick<T>(from: readonly T[], chance: Chance): T {
  const one = from[below(from.length, chance)];
  if (one === undefined) throw new Error("nothing to pick from");
  return one;
}

export function below(limit: number, chance: Chance): number {
  return Math.floor(chance() * limit);
}

type Change = (request: CorpusRequest, chance: Chance, seeds: readonly CorpusRequest[]) => CorpusRequest;

/** What stands at the edges of what a reader may meet, as JSON writes it. */
const values: readonly string[] = [
  [
    "0",
    "-0",
    "-1",
    "1",
    "0.5",
    "1e400",
    "-1e400",
    "1e-400",
    "90",
    "90.0000001",
    "-90",
    "180",
    "181",
    "-180.1",
  ],
  [
    "1906567200",
    "1906567200000",
    "1e11",
    "99999999999999999999",
    "2147483647",
    "253402300800",
    "9".repeat(400),
  ],
  ["null", "true", "false", "[]", "{}", "[0,0]", "[null]", '{"lat":1}', '""', '" "', '"NaN"', '"Infinity"'],
  [
    '"49,25"',
    '"1,2,3"',
    '"1.0E-4"',
    '"2030-06-01T18:00:00Z"',
    '"2030-02-30T18:00:00Z"',
    '"2030-06-01 18:00:00"',
  ],
  ['"9999-12-31T23:59:59Z"', '"0000-00-00T00:00:00Z"', '"2030-06-01T24:00:00Z"', '"2030-06-01 12:00:61"'],
  [
    '"2030-06-01T12:60Z"',
    '"2030-06-01T12:00:00+19:00"',
    '"2030-06-01T12:00:00,5-0700"',
    '"2030-06-01T12:00+02"',
  ],
  ['"\\ud800"', '"\\u0000"', '"__proto__"', '"%TIME"', '"👾"'],
  [
    '"location"',
    '"transition"',
    '"encrypted"',
    '"enter"',
    '"visit"',
    '"trip"',
    "[".repeat(30) + "]".repeat(30),
  ],
].flat();

/** Names that some reader asks for. */
const names: readonly string[] = [
  [
    "_type",
    "lat",
    "lon",
    "tst",
    "acc",
    "alt",
    "vel",
    "cog",
    "batt",
    "event",
    "desc",
    "rid",
    "wtst",
    "created_at",
  ],
  [
    "location",
    "coords",
    "latitude",
    "longitude",
    "timestamp",
    "battery",
    "level",
    "speed",
    "heading",
    "bearing",
  ],
  [
    "locations",
    "current",
    "trip",
    "current_location",
    "geometry",
    "coordinates",
    "properties",
    "action",
    "type",
  ],
  ["id", "deviceid", "hdop", "valid", "notificationToken", "spd", "spd_kph", "time", "timeoffset", "dir"],
  ["__proto__", "constructor", "toString", "hasOwnProperty", "length", "topic", ""],
].flat();

const odd = Object.values(malformed).flat();

const changes: readonly Change[] = [
  inBody(cut),
  inBody(doubled),
  inBody((text, chance) => spliced(text, pick(values, chance), chance)),
  inBody((text, chance) => spliced(text, String.fromCharCode(below(256, chance)), chance)),
  inBody(value),
  inBody(value),
  inBody(name),
  inBody(member),
  inBody((_, chance) => pick(odd, chance)),
  inBody((text, chance) => text.slice(0, below(text.length + 1, chance))),
  inBody((text, chance) => wrapped(text, chance)),
  (request, chance, seeds) => ({ ...request, body: pick(seeds, chance).body }),
  (request, chance) => ({ ...request, target: field(request.target, chance) }),
  (request, chance) => ({ ...request, target: field(request.target, chance) }),
  (request) => ({
    ...request,
    body: request.target.split("?")[1] ?? "",
    target: request.target.split("?")[0] ?? "",
  }),
  (request, chance) => ({ ...request, method: pick(["GET", "POST", "PUT", "PATCH", "DELETE"], chance) }),
  (request, chance) => ({ ...request, headers: { ...request.headers, "content-type": pick(types, chance) } }),
];

const types: readonly string[] = [
  ["application/json", "application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"],
  ["application/json; charset=utf-16", "application/octet-stream", "x", "*/*", "application/geo+json"],
].flat();

function inBody(change: (body: string, chance: Chance) => string): Change {
  return (request, chance) => ({ ...request, body: change(request.body, chance).slice(0, 200_000) });
}

function cut(text: string, chance: Chance): string {
  const from = below(text.length + 1, chance);
  return text.slice(0, from) + text.slice(from + 1 + below(20, chance));
}

function doubled(text: string, chance: Chance): string {
  const from = below(text.length + 1, chance);
  const piece = text.slice(from, from + 1 + below(200, chance));
  return text.slice(0, from) + piece.repeat(1 + below(4, chance)) + text.slice(from);
}

function spliced(text: string, piece: string, chance: Chance): string {
  const from = below(text.length + 1, chance);
  return text.slice(0, from) + piece + text.slice(from);
}

/** Another value after one of the colons, or of the equals signs of a form. */
function value(text: string, chance: Chance): string {
  return replacedAt(
    text,
    /:(?:"[^"]*"|[-\w.]+)|=[^&]*/g,
    chance,
    (old) => old.slice(0, 1) + unquoted(old, chance),
  );
}

function unquoted(old: string, chance: Chance): string {
  const written = pick(values, chance);
  return old.startsWith("=") ? encodeURIComponent(written.replaceAll('"', "")) : written;
}

function name(text: string, chance: Chance): string {
  return replacedAt(text, /"\w+":|(?:^|&)\w+=/g, chance, (old) =>
    old.endsWith(":") ? `"${pick(names, chance)}":` : `&${pick(names, chance)}=`,
  );
}

/** One member more, at the beginning of an object. */
function member(text: string, chance: Chance): string {
  return replacedAt(text, /\{/g, chance, () => `{"${pick(names, chance)}":${pick(values, chance)},`);
}

function wrapped(text: string, chance: Chance): string {
  const times = pick([1, 2, 31, 32, 33, 5_000], chance);
  return pick(
    [
      "[".repeat(times) + text + "]".repeat(times),
      `{"locations":[${Array.from({ length: Math.min(times * 40, 1_200) }, () => text.slice(0, 150)).join(",")}]}`,
      `{"location":${text}}`,
    ],
    chance,
  );
}

/** One field of the query made another, dropped or added. */
function field(target: string, chance: Chance): string {
  const [path = "", query = ""] = target.split("?");
  const parts = query === "" ? [] : query.split("&");
  const at = below(parts.length + 1, chance);
  const written = encodeURIComponent(pick(values, chance).replaceAll('"', ""));
  const kept = chance() < 0.5 ? (parts[at]?.split("=")[0] ?? "lat") : pick(names, chance);
  parts.splice(at, below(2, chance), ...(chance() < 0.8 ? [`${kept}=${written}`] : []));
  return `${path}?${parts.join("&")}`;
}

function replacedAt(text: string, pattern: RegExp, chance: Chance, change: (old: string) => string): string {
  const found = [...text.matchAll(pattern)];
  if (found.length === 0) return spliced(text, pick(values, chance), chance);
  const { 0: old, index } = pick(found, chance);
  return text.slice(0, index) + change(old) + text.slice(index + old.length);
}
