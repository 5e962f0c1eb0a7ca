import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @typedef {{ file: string, seconds: number }} Weighed
 * @typedef {Readonly<Record<string, number>>} Weights seconds of the files that take long, by path
 */

/** What a file is taken to need that is not among the weights: a new one needs no entry there. */
const usualSeconds = 0.8;
/** A process takes half a second to start and to load what most tests import: no batch is worth less than this. */
export const leastSeconds = 5;
/** How many batches as large as the next one would hold all that is left, for each process. */
const share = 4;

/**
 * Reads what the files took when somebody measured them last (`npm test -- --weigh`). Wrong or missing numbers cost
 * time and nothing else.
 * @param {string} root
 * @returns {Weights}
 */
export function readWeights(root) {
  try {
    return JSON.parse(readFileSync(weightsOf(root), "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    throw error;
  }
}

/**
 * Adds what files took to the weights; those that take as long as most do need no entry.
 * @param {string} root
 * @param {Weights} measured
 */
export function writeWeights(root, measured) {
  const all = Object.entries({ ...readWeights(root), ...measured })
    .filter(([file, seconds]) => seconds >= 2 * usualSeconds && existsSync(join(root, file)))
    .map(([file, seconds]) => [file, Math.round(seconds)])
    .toSorted();
  writeFileSync(weightsOf(root), `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`);
}

/** @param {string} root */
function weightsOf(root) {
  return join(root, "scripts", "test-weights.json");
}

/**
 * Divides files into batches for a queue that `processes` take from. The longest come first, and batches get smaller,
 * so that the processes end at about the same time whatever the machine does meanwhile.
 * @param {readonly string[]} files
 * @param {Weights} weights
 * @param {number} processes
 * @returns {string[][]}
 */
export function divide(files, weights, processes) {
  const queue = files
    .map((file) => ({ file, seconds: weights[file] ?? usualSeconds }))
    .toSorted((a, b) => b.seconds - a.seconds);
  let left = queue.reduce((sum, { seconds }) => sum + seconds, 0);
  const batches = [];
  while (queue.length > 0) {
    const batch = takeBatch(queue, Math.max(leastSeconds, left / (processes * share)));
    left -= batch.reduce((sum, { seconds }) => sum + seconds, 0);
    batches.push(batch.map(({ file }) => file));
  }
  return batches;
}

/**
 * @param {Weighed[]} queue
 * @param {number} most
 * @returns {Weighed[]}
 */
function takeBatch(queue, most) {
  let seconds = 0;
  let count = 0;
  while (count < queue.length && (count === 0 || seconds + (queue[count]?.seconds ?? 0) <= most))
    seconds += queue[count++]?.seconds ?? 0;
  return queue.splice(0, count);
}

/** What a test file says near its beginning when it measures time or memory, or needs the machine for itself. */
const mark = /^\/\/ Runs alone: \S.*$/m;

/**
 * @param {string} root
 * @param {readonly string[]} files
 */
export function splitAlone(root, files) {
  /** @type {{ together: string[], alone: string[] }} */
  const split = { together: [], alone: [] };
  for (const file of files)
    (mark.test(readFileSync(join(root, file), "utf8")) ? split.alone : split.together).push(file);
  return split;
}
