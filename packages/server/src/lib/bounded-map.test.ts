import { expect, test } from "bun:test";
import { BoundedMap } from "./bounded-map.ts";

test("forgets what was used least recently", () => {
  const map = new BoundedMap<string, number>(2);
  map.set("a", 1);
  map.set("b", 2);
  expect(map.get("a")).toBe(1);
  map.set("c", 3);
  expect([map.get("a"), map.get("b"), map.get("c"), map.size]).toEqual([1, undefined, 3, 2]);
});

test("deletes one, or all that match", () => {
  const map = new BoundedMap<string, number>(9);
  for (const [index, key] of ["a", "b", "c", "d"].entries()) map.set(key, index);
  expect([map.delete("a"), map.delete("a")]).toEqual([true, false]);
  map.deleteWhere((value) => value > 1);
  expect([map.get("b"), map.get("c"), map.size]).toEqual([1, undefined, 1]);
});
