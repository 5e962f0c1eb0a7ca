import * as fc from "fast-check";
import type { Cast } from "../matrix/cast.ts";

/** An id by what it is of, so that a seed gives the same request in another world. */
export type Id =
  | "me"
  | "owner"
  | "guest"
  | "asker"
  | "event"
  | "foreign"
  | "missing"
  | "option"
  | { text: string };

export const id: fc.Arbitrary<Id> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<Id[]>("me", "event") },
  {
    weight: 4,
    arbitrary: fc.constantFrom<Id[]>(
      "me",
      "owner",
      "guest",
      "asker",
      "event",
      "foreign",
      "missing",
      "option",
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      text: fc.oneof(
        fc.constantFrom(
          "1",
          "3",
          "0",
          "-1",
          "__proto__",
          "constructor",
          "\u0000",
          "\ud800",
          "..",
          "%2e%2e",
          "*",
        ),
        fc.string({ unit: "binary", minLength: 1, maxLength: 250 }),
        fc.constant("a".repeat(5_000)),
      ),
    }),
  },
);

export function textOfId(one: Id, cast: Cast): string {
  if (typeof one === "object") return one.text;
  const of = cast[one];
  return typeof of === "string" ? of : of.id;
}

/** Puts real ids where a schema knew only of texts. */
export function withIds(value: unknown, fields: Readonly<Record<string, Id>>, cast: Cast): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const named = Object.hasOwn(fields, name) && typeof inner === "string" ? fields[name] : undefined;
      return [name, named === undefined ? inner : textOfId(named, cast)];
    }),
  );
}
