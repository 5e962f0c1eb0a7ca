import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { tenMinutes } from "@jarvis/sdk/examples/ten-minutes";
import { systemClock } from "../src/lib/clock.ts";
import { createWorld } from "./support/world.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const read = (path: string) => readFileSync(`${root}/${path}`, "utf8");

test("the guide's code runs against a server as the guide says", async () => {
  await using world = await createWorld({ overrides: { clock: systemClock } }); // the guide plans from now
  const lines: string[] = [];
  const point = await tenMinutes(world.url, (line) => lines.push(line));
  expect(lines).toEqual([
    "Bob: On my way",
    "Bob is 9200 m away",
    "stored as message 2",
    "somebody changed it meanwhile: fetch it again",
    "Dinner: 2 come",
  ]);
  expect(point?.epoch).toBeString();
});

test("every block of the guide is that code", () => {
  const code = unindented(read("packages/sdk/examples/ten-minutes.ts")).replace(
    "../src/index.ts",
    "@jarvis/sdk",
  );
  const blocks = [...read("docs/guide-developers.md").matchAll(/```ts\n([\s\S]*?)```/g)];
  expect(blocks.length).toBeGreaterThan(7);
  for (const [, block = ""] of blocks) expect(code).toContain(unindented(block));
});

function unindented(text: string): string {
  return text.replaceAll(/^ +/gm, "");
}
