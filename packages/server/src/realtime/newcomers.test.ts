import { expect, test } from "bun:test";
import { Newcomers } from "./newcomers.ts";

function room() {
  const closed: string[] = [];
  let nowMs = 0;
  const newcomers = new Newcomers<{ close(code: number): void }>({ monotonic: () => nowMs });
  const enter = (count: number, name: string) => {
    const entered = Array.from({ length: count }, () => ({
      close: (code: number) => void closed.push(`${name} ${code}`),
    }));
    for (const each of entered) newcomers.add(each);
    return entered;
  };
  return { closed, newcomers, enter, later: (ms: number) => (nowMs += ms) };
}

test("case 69: beyond 500 the one that has waited longest makes room, and who is known is not counted", () => {
  const { closed, newcomers, enter, later } = room();
  const [known] = enter(1, "known");
  enter(499, "silent");
  later(1_000);
  enter(2, "next");
  expect([closed, newcomers.size]).toEqual([["known 4408", "silent 4408"], 500]);
  for (const each of enter(3, "greeted")) newcomers.delete(each);
  expect([closed.length, newcomers.size]).toEqual([5, 497]);
  if (known !== undefined) newcomers.delete(known);
  enter(3, "last");
  expect([closed.length, newcomers.size]).toEqual([5, 500]);
});

test("case 69: a wave finds room for 4,096, then none is let in until the first are late", () => {
  const { closed, newcomers, enter, later } = room();
  enter(4_095, "first");
  expect([closed, newcomers.isCrowded]).toEqual([[], false]);
  enter(1, "last");
  expect([closed, newcomers.isCrowded]).toEqual([[], true]);
  later(1_000);
  expect(newcomers.isCrowded).toBe(false);
  enter(1, "next");
  expect([closed, newcomers.size]).toEqual([["first 4408"], 4_096]);
});
