import { join } from "node:path";
import { findBun } from "./bun.mjs";
import { capture } from "./capture.mjs";
import { fullTests, quickTests } from "./test-files.mjs";
import { runTests } from "./test-run.mjs";

/**
 * @typedef {import("./test-run.mjs").Outcome} Outcome
 * @typedef {import("./test-run.mjs").Run} Run
 * @typedef {{ name: string, run: (run: Run) => Promise<Outcome> }} Step
 */

const minute = 60_000;

/** @type {Step[]} */
export const quickSteps = [
  check("types", "tsc", ["--noEmit", "-p", "."]),
  check("lint", "oxlint", ["--type-aware", "--deny-warnings", "."]),
  check("format", "biome", ["format", "--max-diagnostics=none", "."]),
  { name: "structure", run: ({ root }) => runCheck(root, findBun(), ["scripts/check-structure.ts"]) },
  tests("tests", { pattern: quickTests, testLimitMs: 15_000, limitMs: 10 * minute }),
];

/** @type {Step[]} */
export const fullSteps = [
  tests("full tests", { pattern: fullTests, testLimitMs: 5 * minute, limitMs: 32 * minute }),
];

/**
 * A step of tests. `env` goes to its processes, so that a second step can run the same files in another setting.
 * @param {string} name
 * @param {import("./test-run.mjs").Plan} plan
 * @returns {Step}
 */
function tests(name, plan) {
  return { name, run: (run) => runTests(run, plan) };
}

/**
 * @param {string} name
 * @param {string} tool
 * @param {string[]} args
 * @returns {Step}
 */
function check(name, tool, args) {
  return { name, run: ({ root }) => runCheck(root, join(root, "node_modules", ".bin", tool), args) };
}

/**
 * @param {string} root
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<Outcome>}
 */
async function runCheck(root, command, args) {
  const { ok, output } = await capture(root, command, args, 5 * minute, {});
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: [], output };
}
