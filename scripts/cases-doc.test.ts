import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { caseTexts } from "./cases.ts";
import { casesDocument, casesIn, filesByCase, path, testFiles } from "./cases-doc.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

test("every number in a test's title has its line in scripts/cases.ts, and every line a test", () => {
  expect([...filesByCase().keys()].toSorted()).toEqual(Object.keys(caseTexts).toSorted());
});

test("docs/reliability-cases.md is what the titles say: run `node scripts/bun.mjs scripts/cases-doc.ts`", async () => {
  expect(await Bun.file(path).text()).toBe(casesDocument());
});

test("every file that the page names has the row's number in a title", () => {
  const rows = readFileSync(path, "utf8").matchAll(/^\| (R?\d+) \| [^|]+ \| (.+) \|$/gm);
  let named = 0;
  for (const [, name = "", files = ""] of rows) {
    for (const [, file = ""] of files.matchAll(/\]\(\.\.\/([^)]+)\)/g)) {
      const numbers = casesIn(readFileSync(root + file, "utf8"));
      expect([name, file, numbers.has(name)]).toEqual([name, file, true]);
      named++;
    }
  }
  expect(named).toBeGreaterThan(100);
});

test("numbers are written in one way, so that one search finds a case's tests", () => {
  // Each with its word: neither bare nor as a list after one word.
  const otherwise =
    /(?:\b(?:test|describe)\(|\)\()\s*["`](?:cases \d|\d+(?:, R?\d+)*: |(?:(?:case \d+|R\d+), )+\d).*/g;
  for (const file of testFiles()) {
    expect([file, readFileSync(root + file, "utf8").match(otherwise)]).toEqual([file, null]);
  }
});

test("finds numbers at a title's start and end, and nowhere else", () => {
  const quoted = (title: string) => `test(${JSON.stringify(title)}, () => {});`;
  expect([...casesIn(quoted(["case 9", "R8: both"].join(", ")))]).toEqual(["9", "R8"]);
  expect([...casesIn(quoted(["is gone ", "case 57)"].join("(")))]).toEqual(["57"]);
  expect([...casesIn(quoted("25: bare"))]).toEqual([]);
  expect([...casesIn("// case 9: a comment\nswitch (x) { case 1: }")]).toEqual([]);
});
