import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const text = readFileSync(`${root}/docs/security.md`, "utf8");

/** How many requirements of level 1 each section of OWASP ASVS 5.0.0 has; they are the first of their section. */
const levelOne: Readonly<Record<string, number>> = {
  "V1.2": 5,
  "V1.3": 2,
  "V1.5": 1,
  "V2.1": 1,
  "V2.2": 2,
  "V2.3": 1,
  "V3.2": 2,
  "V3.3": 1,
  "V3.4": 2,
  "V3.5": 3,
  "V4.1": 1,
  "V4.4": 1,
  "V5.2": 2,
  "V5.3": 2,
  "V6.1": 1,
  "V6.2": 8,
  "V6.3": 2,
  "V6.4": 2,
  "V7.2": 4,
  "V7.4": 2,
  "V8.1": 1,
  "V8.2": 2,
  "V8.3": 1,
  "V9.1": 3,
  "V9.2": 1,
  "V10.4": 5,
  "V11.3": 2,
  "V11.4": 1,
  "V12.1": 1,
  "V12.2": 2,
  "V13.4": 1,
  "V14.2": 1,
  "V14.3": 1,
  "V15.1": 1,
  "V15.2": 1,
  "V15.3": 1,
};

const rows = [...text.matchAll(/^\| (V\d+\.\d+\.\d+) \| [^|]+ \| ([^|]+) \| ([^|]+) \|$/gm)].map(
  ([, number = "", state = "", how = ""]) => ({ number, state, how }),
);

test("has a row for every requirement of level 1, in order, and no other", () => {
  const expected = Object.entries(levelOne).flatMap(([section, count]) =>
    Array.from({ length: count }, (_, index) => `${section}.${index + 1}`),
  );
  expect(expected).toHaveLength(70);
  expect(rows.map(({ number }) => number)).toEqual(expected);
});

test("says of each whether it is met, and how or why not", () => {
  const states = new Set(["met", "operator", "none here", "**not met**"]);
  for (const { number, state, how } of rows) {
    expect(states.has(state), number).toBeTrue();
    expect(how.length, number).toBeGreaterThan(10);
    if (state === "met" && !how.includes("`packages/") && !how.includes("`scripts/"))
      expect(how, number).toMatch(/^There are none|\(#/);
  }
});

test("names only files that exist", () => {
  const files = [...text.matchAll(/`((?:packages|scripts)\/[^`]*\.ts)`/g)].map((match) => match[1] ?? "");
  expect(files.length).toBeGreaterThan(40);
  expect(files.filter((file) => !existsSync(`${root}/${file}`))).toEqual([]);
});
