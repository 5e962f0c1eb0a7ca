import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { caseTexts } from "./cases.ts";

/** Writes `docs/reliability-cases.md` from the tests' titles: `node scripts/bun.mjs scripts/cases-doc.ts`. */
const root = fileURLToPath(new URL("..", import.meta.url));
export const path = `${root}docs/reliability-cases.md`;

const number = String.raw`(?:case \d+|R\d+)`;
/** At a title's start, as in "case 9, R8: …", or at its end in brackets. */
const titled = new RegExp(`["\`](${number}(?:, ${number})*)[:,]|\\((case \\d+)\\)["\`]`, "g");

/** Numbers in the titles of a test file: "9", "R8". */
export function casesIn(text: string): Set<string> {
  const found = [...text.matchAll(titled)].flatMap(([, first, last]) => (first ?? last ?? "").split(", "));
  return new Set(found.map((name) => name.replace("case ", "")));
}

/** For each number in a title, the files, from the repository's root. */
export function filesByCase(): Map<string, string[]> {
  const files = new Map<string, string[]>();
  for (const file of testFiles()) {
    for (const name of casesIn(readFileSync(root + file, "utf8")))
      files.set(name, [...(files.get(name) ?? []), file]);
  }
  return files;
}

const places = ["packages/*/{src,test,test-full}/**/*.test.ts", "{scripts,bench}/**/*.test.ts"];

export function testFiles(): string[] {
  const files = places.flatMap((place) => Array.from(new Bun.Glob(place).scanSync({ cwd: root })));
  return files.filter((file) => !file.includes("node_modules")).toSorted();
}

export function casesDocument(): string {
  const rows = [...filesByCase()].map(([name, files]) => ({ name, files })).toSorted(byName);
  const table = (regressions: boolean) =>
    rows
      .filter(({ name }) => name.startsWith("R") === regressions)
      .map(({ name, files }) => `| ${name} | ${caseTexts[name] ?? ""} | ${files.map(link).join(", ")} |`)
      .join("\n");
  return `# Reliability cases

What can go wrong, by number. A test that shows that it does not has the number in its title: \`case 20\` finds the
power cuts, in any listing of tests. A number without a row has no test here. \`scripts/cases-doc.ts\` writes this page
from the titles and from \`scripts/cases.ts\`; a test fails when it is stale.

## Cases

| case | what is tried | tests |
| --- | --- | --- |
${table(false)}

## Regressions

Faults of the earlier server of the same name, which must not come back.

| number | what went wrong | tests |
| --- | --- | --- |
${table(true)}
`;
}

function byName(a: { name: string }, b: { name: string }): number {
  return Number(a.name.replace("R", "")) - Number(b.name.replace("R", ""));
}

function link(file: string): string {
  return `[${file.replace(/^packages\//, "")}](../${file})`;
}

if (import.meta.main) await Bun.write(path, casesDocument());
