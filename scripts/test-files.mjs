import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Quick tests: whatever `npm test` runs. The slow ones, with fault tools and real peers, have a folder. */
export const quickTests =
  /^(?:packages\/[^/]+\/(?:src|test)|scripts|bench)\/(?!.*\btest-full\/).*\.test\.ts$/;
export const fullTests = /^(?:packages\/[^/]+|bench)\/test-full\/.*\.test\.ts$/;

/**
 * Paths of the test files, from `root`. They are named to `bun test` one by one, so that a file in which no
 * test ran is noticed.
 * @param {string} root
 * @param {RegExp} pattern
 */
export function listTestFiles(root, pattern) {
  return ["packages", "scripts", "bench"]
    .flatMap((folder) => walk(root, folder))
    .filter((path) => pattern.test(path))
    .toSorted();
}

/**
 * @param {string} root
 * @param {string} folder
 * @returns {string[]}
 */
function walk(root, folder) {
  return entriesOf(join(root, folder)).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : walk(root, path);
    return [path];
  });
}

/** @param {string} directory */
function entriesOf(directory) {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
