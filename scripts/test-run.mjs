import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findBun } from "./bun.mjs";
import { capture } from "./capture.mjs";
import { readReport } from "./junit.mjs";
import { divide, readWeights, splitAlone } from "./test-batches.mjs";
import { listTestFiles } from "./test-files.mjs";

/**
 * @typedef {{ passed: number, failed: number, skipped: string[], output: string, failures?: string[], times?: import("./junit.mjs").Times, fileSeconds?: Record<string, number> }} Outcome
 * @typedef {{ root: string, processes: number }} Run
 * @typedef {{ pattern: RegExp, testLimitMs: number, limitMs: number, env?: Record<string, string> }} Plan
 * @typedef {{ files: string[], run: import("./capture.mjs").Captured, report: import("./junit.mjs").Report | undefined }} Ended
 */

/**
 * Runs test files in as many processes of `bun test` as are asked for. Each takes the next batch from one queue; files
 * marked "Runs alone" come after all others, one process at a time. Counts by the reports, trusting neither a report
 * nor an exit code alone.
 * @param {Run} run
 * @param {Plan} plan
 * @returns {Promise<Outcome>}
 */
export async function runTests({ root, processes }, plan) {
  const files = listTestFiles(root, plan.pattern);
  if (files.length === 0) return { passed: 0, failed: 1, skipped: [], output: "No test file was found.\n" };
  const directory = mkdtempSync(join(tmpdir(), "jarvis-test-"));
  const deadline = performance.now() + plan.limitMs;
  try {
    const weights = readWeights(root);
    const { together, alone } = splitAlone(root, files);
    /** @param {string[]} batch */
    const run = (batch) =>
      // What goes wrong here fails one batch; the other processes are seen to their end.
      runBatch(root, batch, directory, plan, Math.ceil(deadline - performance.now())).catch(
        (/** @type {unknown} */ error) => ({
          files: batch,
          run: { ok: false, output: `${error instanceof Error ? error.message : String(error)}\n` },
          report: undefined,
        }),
      );
    const ended = await drain(divide(together, weights, processes), processes, run);
    ended.push(...(await drain(divide(alone, weights, 1), 1, run)));
    return merge(files, ended);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * @param {string[][]} queue
 * @param {number} processes
 * @param {(batch: string[]) => Promise<Ended>} run
 * @returns {Promise<Ended[]>}
 */
async function drain(queue, processes, run) {
  /** @type {Ended[]} */
  const ended = [];
  const work = async () => {
    for (let batch = queue.shift(); batch; batch = queue.shift()) ended.push(await run(batch));
  };
  await Promise.all(Array.from({ length: processes }, work));
  return ended;
}

let reports = 0;

/**
 * @param {string} root
 * @param {string[]} files
 * @param {string} directory
 * @param {Plan} plan
 * @param {number} leftMs
 * @returns {Promise<Ended>}
 */
async function runBatch(root, files, directory, { testLimitMs, env }, leftMs) {
  if (leftMs <= 0)
    return { files, run: { ok: false, output: "The time limit was reached.\n" }, report: undefined };
  const xml = join(directory, `report-${reports++}.xml`);
  const report = ["--reporter=junit", `--reporter-outfile=${xml}`];
  const args = ["--no-orphans", "test", "--only-failures", `--timeout=${testLimitMs}`, ...report];
  // With CI set, Bun refuses `test.only`, which would hide every other test.
  const run = await capture(root, findBun(), [...args, ...files.map((file) => `./${file}`)], leftMs, {
    ...env,
    CI: "true",
  });
  return { files, run, report: readReport(xml) };
}

/**
 * Every file has to be found in the report of a batch, or among the files of a batch that left none.
 * @param {string[]} files
 * @param {Ended[]} ended
 * @returns {Outcome}
 */
export function merge(files, ended) {
  /** @type {Required<Outcome>} */
  const all = { passed: 0, failed: 0, skipped: [], output: "", failures: [], times: [], fileSeconds: {} };
  const seen = new Set();
  for (const batch of ended) {
    for (const file of batch.report?.files ?? batch.files) seen.add(file);
    add(all, batch);
  }
  for (const file of files.filter((file) => !seen.has(file))) {
    all.failed++;
    all.failures.push(`${file}: no test ran`);
    all.output += `No test ran in ${file}.\n`;
  }
  for (const list of [all.failures, all.skipped]) list.sort();
  all.times.sort((a, b) => order(a.file, b.file)); // stable: the tests of a file stay as they ran
  return all;
}

/**
 * @param {Required<Outcome>} all
 * @param {Ended} batch
 */
function add(all, { files, run, report }) {
  if (!report) {
    all.failed++;
    all.failures.push(`${files.join(", ")}: bun test left no report`);
    all.output += `${run.output}bun test left no report of ${files.join(", ")}.\n`;
    return;
  }
  all.passed += report.passed;
  all.failed += report.failed.length;
  all.skipped.push(...report.skipped);
  all.failures.push(...report.failed);
  all.times.push(...report.times);
  Object.assign(all.fileSeconds, report.fileSeconds);
  if (!run.ok) all.output += run.output;
  if (run.ok || report.failed.length > 0 || files.some((file) => !report.files.has(file))) return;
  all.failed++;
  all.failures.push(`${files.join(", ")}: bun test failed`);
  all.output += `bun test of ${files.join(", ")} failed although every test it reported passed.\n`;
}

/**
 * @param {string} a
 * @param {string} b
 */
function order(a, b) {
  return a < b ? -1 : Number(a > b);
}
