import { expect, test } from "bun:test";
import { checkHistory, noAnomalies } from "./support/history.ts";

const sends = ["a", "b", "c"].map((text, i) => ({ clientId: text, text, seq: i + 1 }));
const good = [
  { seq: 1, text: "a" },
  { seq: 2, text: "b" },
  { seq: 3, text: "c" },
];

test("a history without fault has no anomaly, whatever became of an unanswered send", () => {
  expect(checkHistory({ sends, readers: { x: good, y: good } })).toEqual(noAnomalies);
  const unknown = [...sends, { clientId: "d", text: "d", seq: null }];
  expect(checkHistory({ sends: unknown, readers: { x: good } })).toEqual(noAnomalies);
  expect(checkHistory({ sends: unknown, readers: { x: [...good, { seq: 4, text: "d" }] } })).toEqual(
    noAnomalies,
  );
});

test.each([
  ["lost", good.slice(0, 2)],
  ["duplicate", [...good, { seq: 3, text: "c" }]],
  ["duplicate", [...good, { seq: 4, text: "c" }]],
  ["hole", [good[0], good[2]]],
  ["inversion", [good[1], good[0], good[2]]],
  ["phantom", [...good, { seq: 4, text: "never sent" }]],
] as const)("finds what is %s", (kind, seen) => {
  const found = checkHistory({ sends, readers: { x: seen.flatMap((one) => one ?? []) } });
  expect(found[kind].length).toBeGreaterThan(0);
});

test("finds readers that disagree", () => {
  const swapped = [
    { seq: 1, text: "b" },
    { seq: 2, text: "a" },
    { seq: 3, text: "c" },
  ];
  expect(checkHistory({ sends, readers: { x: good, y: swapped } }).inversion.length).toBeGreaterThan(0);
});
