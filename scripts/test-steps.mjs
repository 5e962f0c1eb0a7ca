import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findBun } from "./bun.mjs";
import { readReport } from "./junit.mjs";
import { fullTests, listTestFiles, quickTests } from "./test-files.mjs";

/**
 * @typedef {{ passed: number, failed: number, skipped: string[], output: string, failures?: string[], times?: [string, number][] }} Outcome
 * @typedef {{ name: string, run: (root: string) => Promise<Outcome> }} Step
 */

const minute = 60_000;

/** @type {Step[]} */
export const quickSteps = [
  check("types", "tsc", ["--noEmit", "-p", "."]),
  check("lint", "oxlint", ["--type-aware", "--deny-warnings", "."]),
  check("format", "biome", ["format", "--max-diagnostics=none", "."]),
  { name: "structure", run: async (root) => runCheck(root, findBun(), ["scripts/check-structure.ts"]) },
  { name: "tests", run: (root) => runTests(root, quickTests, 15_000, 10 * minute) },
];

/** @type {Step[]} */
export const fullSteps = [
  {
    name: "full tests",
    run: (root) => runTests(root, fullTests, 5 * minute, 32 * minute),
  },
];

/**
 * @param {string} name
 * @param {string} tool
 * @param {string[]} args
 * @returns {Step}
 */
function check(name, tool, args) {
  return { name, run: (root) => runCheck(root, join(root, "node_modules", ".bin", tool), args) };
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

/**
 * Runs `bun test` and counts by its report, trusting neither the report nor the exit code alone.
 * @param {string} root
 * @param {RegExp} pattern
 * @param {number} testLimitMs
 * @param {number} limitMs
 * @returns {Promise<Outcome>}
 */
async function runTests(root, pattern, testLimitMs, limitMs) {
  const files = listTestFiles(root, pattern);
  if (files.length === 0) return { passed: 0, failed: 1, skipped: [], output: "No test file was found.\n" };
  const directory = mkdtempSync(join(tmpdir(), "jarvis-test-"));
  try {
    const xml = join(directory, "report.xml");
    const report = ["--reporter=junit", `--reporter-outfile=${xml}`];
    const args = ["--no-orphans", "test", "--only-failures", `--timeout=${testLimitMs}`, ...report];
    // With CI set, Bun refuses `test.only`, which would hide every other test.
    const run = await capture(root, findBun(), [...args, ...files.map((file) => `./${file}`)], limitMs, {
      CI: "true",
    });
    return judge(run, readReport(xml), files);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * @param {{ ok: boolean, output: string }} run
 * @param {import("./junit.mjs").Report | undefined} report
 * @param {string[]} files
 * @returns {Outcome}
 */
function judge({ ok, output }, report, files) {
  if (!report) return { passed: 0, failed: 1, skipped: [], output: `${output}bun test left no report.\n` };
  const silent = files.filter((file) => !report.files.has(file));
  const notes = silent.map((file) => `No test ran in ${file}.\n`);
  let failed = report.failed.length + silent.length;
  if (!ok && failed === 0) {
    failed = 1;
    notes.push("bun test failed although every test it reported passed.\n");
  }
  const { passed, skipped, times } = report;
  return { passed, failed, skipped, output: output + notes.join(""), failures: report.failed, times };
}

/**
 * @param {string} root
 * @param {string} command
 * @param {string[]} args
 * @param {number} limitMs
 * @param {Record<string, string>} env
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
function capture(root, command, args, limitMs, env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: limitMs,
      killSignal: "SIGKILL",
      shell: process.platform === "win32", // the tools there are .cmd files
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
      });
    child.on("error", (error) => resolve({ ok: false, output: `${output}${error.message}\n` }));
    child.on("close", (code, signal) => {
      const end = signal ? `Ended by ${signal} (time limit ${limitMs / 1000} s).\n` : "";
      resolve({ ok: code === 0, output: output + end });
    });
  });
}
