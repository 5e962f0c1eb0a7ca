import { expect, test } from "bun:test";
import { limits, rates } from "@jarvis/contract";
import { limitsDocument, path } from "./limits-doc.ts";

test("docs/limits.md is what the contract says: run `node scripts/bun.mjs scripts/limits-doc.ts`", async () => {
  expect(await Bun.file(path).text()).toBe(limitsDocument());
});

test("every limit and every rate has its row", () => {
  const text = limitsDocument();
  for (const name of [...Object.keys(limits), ...Object.keys(rates)])
    expect(text).toContain(`| \`${name}\` |`);
  expect(text).toContain("| 64 KiB | 413 `too_large` |");
  expect(text).toContain("| `signIn` | 10 in a minute | address |");
  expect(text).not.toMatch(/NaN|undefined/);
});
