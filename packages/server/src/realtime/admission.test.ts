import { expect, test } from "bun:test";
import { Admission } from "./admission.ts";
import { comeBackMs, comeBackReason } from "./come-back.ts";

function arrivals(count: number) {
  const order: number[] = [];
  const all = Array.from({ length: count }, (_, i) => ({ admitted: () => void order.push(i) }));
  return { order, all };
}

test("case 73: lets so many in at once, the others in the order in which they came, and no more than may wait", () => {
  const admission = new Admission<{ admitted(): void }>(2, 4);
  const { order, all } = arrivals(8);
  expect(all.map((each) => admission.enter(each))).toEqual([
    true,
    true,
    true,
    true,
    true,
    true,
    false,
    false,
  ]);
  expect([order, admission.active, admission.waiting]).toEqual([[0, 1], 2, 4]);
  const [first, , third] = all;
  if (first === undefined || third === undefined) throw new Error("eight came");
  expect(admission.isCrowded).toBe(true);
  admission.leave(third); // gone before its turn
  admission.leave(first);
  admission.leave(first);
  expect([order, admission.active, admission.waiting]).toEqual([[0, 1, 3], 2, 2]);
  expect(admission.isCrowded).toBe(false);
  for (const each of all) admission.leave(each);
  expect([order, admission.active, admission.waiting]).toEqual([[0, 1, 3, 4, 5], 0, 0]);
});

test("case 73: who is sent away comes back at random, within a time that grows with the number of the others", () => {
  const at = (fraction: number, others: number) =>
    comeBackMs({ id: String, token: String, fraction: () => fraction }, others, 200);
  expect([at(0, 10_000), at(0.5, 0), at(0.5, 1_000), at(0.5, 4_000), at(0.999, 1_000_000)]).toEqual([
    0, 500, 2_500, 10_000, 29_970,
  ]);
  // A close frame has room for 123 bytes.
  expect(comeBackReason(29_970)).toBe('{"retry_after_ms":29970}');
});
