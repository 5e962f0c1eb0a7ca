import * as fc from "fast-check";
import { z } from "zod";

type Json = Record<string, unknown>;

/** Values that fit a schema of the contract as far as JSON Schema says it. */
export function validish(schema: z.ZodType): fc.Arbitrary<unknown> {
  return fromJson(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }));
}

function fromJson(schema: Json): fc.Arbitrary<unknown> {
  const alternatives = (schema["anyOf"] ?? schema["oneOf"]) as Json[] | undefined; // as JSON Schema has them
  if (alternatives !== undefined) return fc.oneof(...alternatives.map(fromJson));
  if (Array.isArray(schema["allOf"])) return fromJson((schema["allOf"][0] ?? {}) as Json);
  if (Array.isArray(schema["enum"])) return fc.constantFrom<unknown[]>(...schema["enum"]);
  if ("const" in schema) return fc.constant(schema["const"]);
  switch (schema["type"]) {
    case "object":
      return objectOf(schema);
    case "array":
      return fc.array(fromJson((schema["items"] ?? {}) as Json), { maxLength: 4 });
    case "string":
      return textOf(schema);
    case "integer":
    case "number":
      return numberOf(schema);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function objectOf(schema: Json): fc.Arbitrary<unknown> {
  const properties = Object.entries((schema["properties"] ?? {}) as Record<string, Json>);
  const required = (schema["required"] ?? []) as string[];
  const free = schema["additionalProperties"];
  if (properties.length === 0 && typeof free === "object" && free !== null)
    return fc.dictionary(fc.string({ maxLength: 60 }), fromJson(free as Json), { maxKeys: 4 });
  return fc.record(Object.fromEntries(properties.map(([name, inner]) => [name, fromJson(inner)])), {
    requiredKeys: required,
  });
}

function textOf(schema: Json): fc.Arbitrary<string> {
  const { pattern } = schema;
  if (schema["format"] === "email") return fc.emailAddress();
  if (typeof pattern === "string") return fc.stringMatching(new RegExp(pattern));
  return fc.string({ unit: "grapheme", maxLength: Math.min(Number(schema["maxLength"] ?? 40), 40) });
}

function numberOf(schema: Json): fc.Arbitrary<number> {
  const min = Number(schema["minimum"] ?? -1_000_000);
  const max = Number(schema["maximum"] ?? Math.max(1_000_000, min));
  const least = Math.max(min, Number.MIN_SAFE_INTEGER);
  const most = Math.min(max, Number.MAX_SAFE_INTEGER);
  const near = fc.integer({ min: Math.max(least, 0), max: Math.min(most, 4) });
  const whole = fc.oneof(near, fc.integer({ min: least, max: most }));
  return schema["type"] === "integer" ? whole : fc.oneof(whole, fc.double({ min, max, noNaN: true }));
}

const keys = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "$ne", "where", "id"];

/** What no schema expects: other types, extremes, keys that mean something to JavaScript, and texts that break others. */
export const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown[]>(null, true, false, 0, -0, -1, 0.1, 1e308, -1e308, 5e-324, 2 ** 53, -(2 ** 53)),
  fc.constantFrom<unknown[]>(
    "",
    " ",
    "\u0000",
    "\ud800",
    "\u202e",
    "\ufeff",
    "NaN",
    "Infinity",
    "1e999",
    "-0",
  ),
  fc.constantFrom<unknown[]>("' or 1=1 --", "%", "_", "*", "../..", "${7*7}", "<script>", "\r\nX: y", "%00"),
  fc.constantFrom<unknown[]>(
    [],
    {},
    [[]],
    [null],
    { $ne: null },
    { $gt: "" },
    { toJSON: 1 },
    { length: 1e9 },
  ),
  fc.constantFrom<unknown[]>(
    "a".repeat(300),
    "\u0301".repeat(5_000),
    "👩‍👩‍👧‍👦".repeat(1_000),
    "x".repeat(70_000),
  ),
  fc.constantFrom<unknown[]>(
    nested(31),
    nested(33),
    nested(500),
    Array.from({ length: 1_001 }, () => 0),
  ),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.jsonValue({ maxDepth: 4 }),
);

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}

/** A value with one part of it replaced, added, taken away or wrapped. */
export function mutated(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .tuple(
      value,
      fc.nat(),
      hostile,
      fc.constantFrom("replace", "replace", "replace", "add", "add", "remove", "remove", "wrap", "whole"),
      fc.nat(),
    )
    .map(([original, place, evil, how, key]) => mutate(original, { place, evil, how, key }));
}

interface Mutation {
  place: number;
  evil: unknown;
  how: string;
  key: number;
}

function mutate(value: unknown, mutation: Mutation): unknown {
  const { place, evil, how, key } = mutation;
  if (how === "whole" || typeof value !== "object" || value === null) return how === "wrap" ? [value] : evil;
  if (Array.isArray(value)) return [...value, evil];
  const names = Object.keys(value);
  const name = names[place % Math.max(1, names.length)];
  const entries = Object.entries(value);
  if (how === "add" || name === undefined)
    return fromEntries([...entries, [keys[key % keys.length] ?? "x", evil]]);
  if (how === "remove") return fromEntries(entries.filter(([known]) => known !== name));
  return fromEntries(
    entries.map(([known, inner]) => {
      if (known !== name) return [known, inner];
      if (how === "wrap") return [known, { [name]: inner }];
      return [known, typeof inner === "object" && key % 2 === 0 ? mutate(inner, mutation) : evil];
    }),
  );
}

/** An own `__proto__` stays one, as it does in the text that is sent. */
function fromEntries(entries: [string, unknown][]): Record<string, unknown> {
  return Object.fromEntries(entries);
}

/** As it should be, or not. */
export function oftenMutated(schema: z.ZodType): fc.Arbitrary<unknown> {
  const valid = validish(schema);
  return fc.oneof(valid, mutated(valid));
}
