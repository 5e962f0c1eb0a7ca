import { afterEach, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const trees: string[] = [];

afterEach(async () => {
  await Promise.all(trees.splice(0).map((tree) => rm(tree, { recursive: true, force: true })));
});

const head = 'import { expect, test } from "bun:test";\n';
const passing = `${head}test("adds", () => expect(1 + 1).toBe(2));\n`;

/** Runs the test step over a tree with these files. */
async function run(files: Record<string, string>, ...args: string[]) {
  const root = await mkdtemp(join(tmpdir(), "jarvis-runner-"));
  trees.push(root);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  const runner = resolve(import.meta.dir, "test.mjs");
  const only = args.includes("--full") ? [] : ["--only", "tests"];
  const child = Bun.spawn(["node", runner, "--root", root, ...only, ...args], {
    stdout: "pipe",
    stderr: "inherit",
  });
  const output = await new Response(child.stdout).text();
  return { output, last: output.trimEnd().split("\n").at(-1), code: await child.exited };
}

test("counts what passed and ends well", async () => {
  const { last, code, output } = await run({
    "packages/a/src/b.test.ts": passing,
    "packages/a/test/c.test.ts": passing,
    "bench/d.test.ts": passing,
  });
  expect({ last, code }).toEqual({ last: "3 passed, 0 failed", code: 0 });
  expect(output).not.toContain("adds");
});

test("counts a failure and shows it", async () => {
  const failing = `${head}test("fails <here>", () => expect("one").toBe("two"));\n`;
  const { last, code, output } = await run({ "bench/a.test.ts": passing, "bench/b.test.ts": failing });
  expect({ last, code }).toEqual({ last: "1 passed, 1 failed", code: 1 });
  expect(output).toContain('Expected: "two"');
  expect(output).toMatch(/\nFAILED bench\/b\.test\.ts: fails <here>\nTook .*\n1 passed, 1 failed\n$/);
});

test("names and counts what was skipped", async () => {
  const skipping = `${passing}test.skipIf(true)("needs a & b", () => {});\n`;
  const { last, code, output } = await run({ "bench/a.test.ts": skipping });
  expect({ last, code }).toEqual({ last: "1 passed, 0 failed, 1 skipped", code: 0 });
  expect(output).toContain("skipped: bench/a.test.ts: needs a & b");
});

test("a file that cannot be loaded is a failure", async () => {
  const broken = 'import "./absent.ts";\n';
  const { last, code, output } = await run({ "bench/a.test.ts": passing, "bench/b.test.ts": broken });
  expect({ last, code }).toEqual({ last: "1 passed, 1 failed", code: 1 });
  expect(output).toContain("Cannot find module './absent.ts'");
});

test("a file without tests is a failure", async () => {
  const { last, code } = await run({ "bench/a.test.ts": passing, "bench/b.test.ts": "export {};\n" });
  expect({ last, code }).toEqual({ last: "1 passed, 1 failed", code: 1 });
});

test("a run that ends before its report is a failure", async () => {
  for (const end of ["process.exit(0)", "process.kill(process.pid, 'SIGKILL')"]) {
    const crashing = `${head}test("ends", () => ${end});\n`;
    const { last, code } = await run({ "bench/a.test.ts": passing, "bench/b.test.ts": crashing });
    expect({ last, code }).toEqual({ last: "0 passed, 1 failed", code: 1 });
  }
});

test("no test at all is a failure", async () => {
  const { last, code } = await run({ "bench/main.ts": "" });
  expect({ last, code }).toEqual({ last: "0 passed, 1 failed", code: 1 });
});

test("test.only is refused", async () => {
  const { code } = await run({ "bench/a.test.ts": `${passing}test.only("alone", () => {});\n` });
  expect(code).toBe(1);
});

test("the full run takes test-full/ alone, the quick run all else", async () => {
  const files = {
    "packages/a/test-full/b.test.ts": passing,
    "packages/a/test/c.test.ts": passing + passing.slice(head.length),
  };
  expect((await run(files, "--full")).last).toBe("1 passed, 0 failed");
  expect((await run(files)).last).toBe("2 passed, 0 failed");
});
