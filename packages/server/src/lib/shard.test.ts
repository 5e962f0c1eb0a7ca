import { expect, test } from "bun:test";
import { shardOf } from "./shard.ts";

test("is the published FNV-1a, and spreads ids evenly", () => {
  const whole = 2 ** 32;
  // Of the reference: http://www.isthe.com/chongo/tech/comp/fnv/
  expect([shardOf("", whole), shardOf("a", whole), shardOf("foobar", whole)]).toEqual([
    0x811c9dc5, 0xe40c292c, 0xbf9cf968,
  ]);
  const counts = Array<number>(16).fill(0);
  for (let i = 0; i < 16_000; i++) {
    const shard = shardOf(Bun.randomUUIDv7(), 16);
    counts[shard] = (counts[shard] ?? 0) + 1;
  }
  for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(200);
});
