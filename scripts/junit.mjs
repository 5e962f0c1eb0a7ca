import { readFileSync } from "node:fs";

/**
 * @typedef {{ file: string, name: string, seconds: number }[]} Times of each test
 * @typedef {{ passed: number, failed: string[], skipped: string[], files: Set<string>, times: Times, fileSeconds: Record<string, number> }} Report
 *   `failed` and `skipped` have the names; `files` those in which at least one test was seen; `fileSeconds` what each
 *   file took, with what its tests share
 */

/**
 * Counts the test cases of the JUnit report that `bun test` wrote. `undefined` without a report: Bun
 * writes none when it crashes, and none when not a single test ran.
 * @param {string} file
 * @returns {Report | undefined}
 */
export function readReport(file) {
  const xml = readIfPresent(file);
  return xml?.trimEnd().endsWith("</testsuites>") ? countCases(xml) : undefined;
}

/** @param {string} file */
function readIfPresent(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** @param {string} xml */
function countCases(xml) {
  /** @type {Report} */
  const report = { passed: 0, failed: [], skipped: [], files: new Set(), times: [], fileSeconds: {} };
  for (const [, attributes = ""] of xml.matchAll(/<testsuite\b((?:"[^"]*"|[^">])*)>/g))
    if (attribute(attributes, "name") === attribute(attributes, "file"))
      report.fileSeconds[attribute(attributes, "file")] = Number(attribute(attributes, "time"));
  for (const [, attributes = "", body = ""] of xml.matchAll(
    /<testcase\b((?:"[^"]*"|[^">])*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g,
  )) {
    const file = attribute(attributes, "file");
    report.files.add(file);
    report.times.push({ file, name: caseName(attributes), seconds: Number(attribute(attributes, "time")) });
    if (/<(?:failure|error)\b/.test(body)) report.failed.push(caseName(attributes));
    else if (/<skipped\b/.test(body)) report.skipped.push(caseName(attributes));
    else report.passed++;
  }
  return report;
}

/** @param {string} attributes */
function caseName(attributes) {
  const group = attribute(attributes, "classname");
  return `${attribute(attributes, "file")}: ${group ? `${group} > ` : ""}${attribute(attributes, "name")}`;
}

const entities = /** @type {Record<string, string>} */ ({ lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" });

/**
 * @param {string} attributes
 * @param {string} name
 */
function attribute(attributes, name) {
  const value = new RegExp(` ${name}="([^"]*)"`).exec(attributes)?.[1] ?? "";
  return value.replace(/&(lt|gt|quot|apos|amp);/g, (whole, entity) => entities[entity] ?? whole);
}
