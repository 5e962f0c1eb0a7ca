import { expect, test } from "bun:test";
import { constants } from "./constants.ts";
import { path, scalingDocument } from "./document.ts";
import { defaults, sizes } from "./inputs.ts";
import { demandOf, nodeCores, otherNodes } from "./model.ts";
import { costOf, firstToBreak, layoutFor, use } from "./plan.ts";
import { measuredRuns, statedError, wholeLoad } from "./runs.ts";

const text = scalingDocument();

test("docs/scaling.md is what the model says: run `node scripts/bun.mjs bench/capacity/document.ts`", async () => {
  expect(await Bun.file(path).text()).toBe(text);
});

test("the document names every constant with how it was taken, and holds no number that is none", () => {
  for (const [name, { taken }] of Object.entries(constants)) {
    expect(text).toContain(`| \`${name}\` |`);
    expect(text).toContain(taken);
  }
  expect(text).not.toMatch(/NaN|undefined|Infinity/);
});

test.each(measuredRuns.map((run) => [run.name, run] as const))(
  "the model says what a server used within the stated error: %s",
  (_, run) => {
    const cores = nodeCores(wholeLoad(run), run.engine);
    expect(Math.abs(cores / run.cores - 1)).toBeLessThan(statedError);
  },
);

test("an installation of any size has room, and one node less of it would not", () => {
  for (const users of sizes) {
    const inputs = { ...defaults, users };
    const layout = layoutFor(inputs);
    const demand = demandOf(inputs, layout.engine, layout.nodes);
    for (const [part, share] of use(demand, layout, inputs))
      expect(share, `${part}, ${users}`).toBeLessThanOrEqual(1);
    if (layout.nodes <= 2) continue;
    const less = { ...layout, nodes: layout.nodes - 1 };
    const shares = use(demandOf(inputs, less.engine, less.nodes), less, inputs);
    expect(Math.max(...shares.map(([, share]) => share)), String(users)).toBeGreaterThan(1);
  }
});

test("more users cost more, and what breaks first does so with more users than there are", () => {
  const costs = sizes.map((users) => costOf({ ...defaults, users }, layoutFor({ ...defaults, users })));
  expect(costs).toEqual(costs.toSorted((a, b) => a - b));
  for (const users of sizes) {
    const inputs = { ...defaults, users };
    expect(firstToBreak(inputs, layoutFor(inputs)).users).toBeGreaterThanOrEqual(users);
  }
});

test("a message goes to other nodes only, to none where there is one, and to all at most", () => {
  expect(otherNodes(1, 1_000)).toBe(0);
  expect(otherNodes(2, 1)).toBeCloseTo(0.5);
  expect(otherNodes(100, 100_000)).toBeCloseTo(99);
});
