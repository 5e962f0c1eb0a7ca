// `npm test`: types, lint, format, structure and the quick tests. `--full`: the slow tests alone.
// `--only <step>` runs one step; `--root <directory>` checks another tree than this one. Tests run in as many processes
// as there are cores, or as `--processes <n>` or TEST_PROCESSES say; `--weigh` notes how long the files took, for
// the next runs to divide them well.
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { writeWeights } from "./test-batches.mjs";
import { fullSteps, quickSteps } from "./test-steps.mjs";

const { values } = parseArgs({
  options: {
    full: { type: "boolean", default: false },
    only: { type: "string" },
    processes: {
      type: "string",
      default: process.env["TEST_PROCESSES"] ?? `${availableParallelism()}`,
    },
    weigh: { type: "boolean", default: false },
    root: { type: "string", default: fileURLToPath(new URL("..", import.meta.url)) },
  },
});
const all = values.full ? fullSteps : quickSteps;
const steps = all.filter((step) => values.only === undefined || step.name === values.only);
if (steps.length === 0) {
  console.error(`There is no step "${values.only}". Steps: ${all.map((step) => step.name).join(", ")}`);
  process.exit(2);
}
if (!/^[1-9]\d?$/.test(values.processes)) {
  console.error(`"${values.processes}" is no number of processes.`);
  process.exit(2);
}

const run = { root: resolve(values.root), processes: Number(values.processes) };
const started = performance.now();
const total = { passed: 0, failed: 0, skipped: 0 };
/** @type {string[]} */
const failures = [];
for (const step of steps) {
  const began = performance.now();
  const outcome = await outcomeOf(step);
  const { passed, failed, skipped } = outcome;
  report(step.name, performance.now() - began, outcome);
  if (values.full)
    for (const { name, seconds } of outcome.times ?? [])
      console.log(`       ${seconds.toFixed(1)} s ${name}`);
  if (values.weigh && outcome.fileSeconds) writeWeights(run.root, outcome.fileSeconds);
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped.length;
  failures.push(...(outcome.failures ?? []));
}
// Once more at the end: of a long log often only that is kept.
for (const test of failures) console.log(`FAILED ${test}`);
console.log(`Took ${seconds(performance.now() - started)}.`);
console.log(summary(total));
process.exitCode = total.failed > 0 ? 1 : 0;

/**
 * A step that cannot even start (no Bun, no disk) is a failed step, not the end of the run.
 * @param {import("./test-steps.mjs").Step} step
 * @returns {Promise<import("./test-steps.mjs").Outcome>}
 */
async function outcomeOf(step) {
  try {
    return await step.run(run);
  } catch (error) {
    return {
      passed: 0,
      failed: 1,
      skipped: [],
      output: error instanceof Error ? error.message : String(error),
    };
  }
}

/**
 * @param {string} name
 * @param {number} ms
 * @param {import("./test-steps.mjs").Outcome} outcome
 */
function report(name, ms, { passed, failed, skipped, output }) {
  if (failed > 0) console.log(output.trimEnd());
  const counts = passed + failed > 1 ? `  ${summary({ passed, failed, skipped: skipped.length })}` : "";
  console.log(`${failed > 0 ? "FAILED" : "ok    "} ${name.padEnd(10)} ${seconds(ms)}${counts}`);
  for (const test of skipped) console.log(`       skipped: ${test}`);
}

/** @param {{ passed: number, failed: number, skipped: number }} counts */
function summary({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** @param {number} ms */
function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}
