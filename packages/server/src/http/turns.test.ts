import { expect, test } from "bun:test";
import { Turns } from "./turns.ts";

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test("cheap requests begin at once; when a turn's time is used up the rest wait, in order, one for each turn", async () => {
  let nowMs = 0;
  const turns = new Turns({ monotonic: () => nowMs });
  for (let i = 0; i < 100; i++) expect(turns.begin()).toBeNull();
  nowMs += 11;
  const order: number[] = [];
  for (const i of [1, 2, 3]) {
    const turn = turns.begin();
    expect(turn).not.toBeNull();
    void turn?.then(() => order.push(i));
  }
  expect(order).toEqual([]);
  await nextTurn();
  expect(order).toEqual([1]);
  void turns.begin()?.then(() => order.push(4));
  await nextTurn();
  expect(order).toEqual([1, 2]);
  for (let i = 0; i < 3; i++) await nextTurn();
  expect(order).toEqual([1, 2, 3, 4]);
  await nextTurn();
  expect(turns.begin()).toBeNull();
});
