import { expect, test } from "bun:test";
import { Newcomers } from "./newcomers.ts";

function newcomer(closed: string[], name: string) {
  return { close: (code: number) => void closed.push(`${name} ${code}`) };
}

test("case 69: the one that has waited longest makes room, and who is known is not counted", () => {
  const closed: string[] = [];
  const newcomers = new Newcomers<ReturnType<typeof newcomer>>(3, 4408);
  const [a, b, c, d, e, f] = ["a", "b", "c", "d", "e", "f"].map((name) => newcomer(closed, name));
  if (!a || !b || !c || !d || !e || !f) throw new Error("six were made");
  for (const each of [a, b, c]) newcomers.add(each);
  expect(closed).toEqual([]);
  newcomers.add(d);
  expect(closed).toEqual(["a 4408"]);
  newcomers.delete(b);
  newcomers.add(e);
  expect([closed, newcomers.size]).toEqual([["a 4408"], 3]);
  newcomers.add(f);
  expect([closed, newcomers.size]).toEqual([["a 4408", "c 4408"], 3]);
});
