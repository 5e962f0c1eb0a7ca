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

/** A tree with these files. */
async function plant(files: Record<string, string>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "jarvis-runner-"));
  trees.push(root);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

function start(root: string, ...args: string[]) {
  const runner = resolve(import.meta.dir, "test.mjs");
  const only = args.includes("--full") ? [] : ["--only", "tests"];
  return Bun.spawn(["node", runner, "--root", root, ...only, ...args], { stdout: "pipe", stderr: "inherit" });
}

/** Runs the test step over a tree with these files. */
async function run(files: Record<string, string>, ...args: string[]) {
  const child = start(await plant(files), ...args);
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

/** Each of these files is worth a batch of its own. */
const apart = (...files: string[]) => ({
  "scripts/test-weights.json": JSON.stringify(Object.fromEntries(files.map((file) => [file, 100]))),
});

/** A test that says in a file that it has begun, and is over once others have begun too. */
const meeting = (me: string, others: string[]) => `${head}
import { existsSync, writeFileSync } from "node:fs";
test("${me} meets ${others.join(" and ")}", async () => {
  writeFileSync("met-${me}", String(process.pid));
  while (!${JSON.stringify(others)}.every((other) => existsSync("met-" + other))) await Bun.sleep(5);
});\n`;

test("as many processes as asked for run at once", async () => {
  const files = {
    ...apart("bench/a.test.ts", "bench/b.test.ts", "bench/c.test.ts"),
    "bench/a.test.ts": meeting("a", ["b", "c"]),
    "bench/b.test.ts": meeting("b", ["a", "c"]),
    "bench/c.test.ts": meeting("c", ["a", "b"]),
  };
  expect((await run(files, "--processes", "3")).last).toBe("3 passed, 0 failed");
});

test("what fails, is skipped, is empty or ends early in any process is counted and named", async () => {
  const letters = ["a", "b", "c", "d", "e", "f", "g"];
  const files = letters.map((letter) => `bench/${letter}.test.ts`);
  const [a, b, c, d, e, f, g] = files as [string, string, string, string, string, string, string];
  const { output, last, code } = await run(
    {
      ...apart(...files),
      [a]: passing,
      [b]: passing.replace("toBe(2)", "toBe(3)"),
      [c]: `${head}test.skip("waits", () => {});\n`,
      [d]: "export {};\n",
      [e]: `${passing}test("ends", () => process.kill(process.pid, "SIGKILL"));\n`,
      [f]: `${passing}test("ends", () => process.exit(0));\n`,
      [g]: passing.replace("adds", "adds too"),
    },
    "--processes",
    "2",
  );
  expect({ last, code }).toEqual({ last: "2 passed, 4 failed, 1 skipped", code: 1 });
  expect(output).toContain("skipped: bench/c.test.ts: waits");
  expect(output).toContain("Ended by SIGKILL");
  expect(output.split("\n").filter((line) => line.startsWith("FAILED bench"))).toEqual([
    "FAILED bench/b.test.ts: adds",
    "FAILED bench/d.test.ts: bun test left no report",
    "FAILED bench/e.test.ts: bun test left no report",
    "FAILED bench/f.test.ts: bun test left no report",
  ]);
  expect(output).not.toContain("adds too");
});

test("a process that a signal or a code ends after a whole report has failed", async () => {
  const end = `runner.capture(".", "node", ["-e", "process.kill(process.pid, 'SIGTERM')"], 5_000, {})`;
  expect(await evaluate("capture.mjs", end)).toEqual({
    ok: false,
    output: expect.stringMatching(/Ended by SIGTERM/),
  });
  const report = `{ passed: 1, failed: [], skipped: [], files: new Set(["a"]), times: [], fileSeconds: {} }`;
  const merge = (ok: boolean) =>
    evaluate(
      "test-run.mjs",
      `runner.merge(["a"], [{ files: ["a"], run: { ok: ${ok}, output: "" }, report: ${report} }])`,
    );
  expect(await merge(true)).toMatchObject({ passed: 1, failed: 0, failures: [] });
  expect(await merge(false)).toMatchObject({ passed: 1, failed: 1, failures: ["a: bun test failed"] });
});

test("a file that no batch had is a failure", async () => {
  const lost = await evaluate("test-run.mjs", `runner.merge(["a"], [])`);
  expect(lost).toMatchObject({ passed: 0, failed: 1, failures: ["a: no test ran"] });
});

test("a file that is to run alone begins when all others are over", async () => {
  const others = ["a", "c"].map((name) => [`bench/${name}.test.ts`, meeting(name, ["a", "c"])]);
  const alone = `// Runs alone: it measures time.\n${head}
  import { readFileSync } from "node:fs";
  test("is last", () => {
    for (const name of ["a", "c"]) {
      const pid = Number(readFileSync("met-" + name, "utf8"));
      expect(() => process.kill(pid, 0)).toThrow();
    }
  });\n`;
  const files: Record<string, string> = { "bench/b.test.ts": alone, ...Object.fromEntries(others) };
  expect((await run({ ...apart(...Object.keys(files)), ...files }, "--processes", "2")).last).toBe(
    "3 passed, 0 failed",
  );
});

/** What an expression is that uses the runner's modules, as JSON. */
async function evaluate(module: string, expression: string): Promise<unknown> {
  const url = JSON.stringify(resolve(import.meta.dir, module));
  const code = `import * as runner from ${url}; console.log(JSON.stringify(await (${expression})));`;
  const child = Bun.spawn(["node", "--input-type=module", "-e", code], { stdout: "pipe", stderr: "inherit" });
  return JSON.parse(await new Response(child.stdout).text());
}

test("every file is in exactly one batch, the longest first, whatever the weights and processes", async () => {
  const seed = Math.floor(Math.random() * 2 ** 30);
  const faults = await evaluate(
    "test-batches.mjs",
    `(() => {
      let state = ${seed};
      const random = (most) => (state = (state * 48271 + 11) % 2147483647) % most;
      const faults = [];
      for (let round = 0; round < 500; round++) {
        const files = Array.from({ length: random(60) }, (_, i) => "f" + i);
        const weights = Object.fromEntries(files.filter(() => random(3)).map((file) => [file, random(100)]));
        const processes = 1 + random(9);
        const batches = runner.divide(files, weights, processes);
        const all = batches.flat();
        const seconds = all.map((file) => weights[file] ?? 0.8);
        const whole = all.length === files.length && files.every((file) => all.includes(file));
        const sorted = seconds.every((second, i) => i === 0 || second <= seconds[i - 1]);
        if (!whole || !sorted || batches.some((batch) => batch.length === 0)) faults.push({ files, weights, processes });
      }
      return faults;
    })()`,
  );
  expect(faults, `seed ${seed}`).toEqual([]);
});

test("at the time limit what runs is ended, what waits is not begun, and all of it has failed", async () => {
  const endless = `${head}test("never ends", () => new Promise(() => setInterval(() => {}, 1000)), 600_000);\n`;
  const names = ["bench/a.test.ts", "bench/b.test.ts", "bench/c.test.ts"];
  const files = Object.fromEntries(names.map((name) => [name, endless]));
  const root = await plant({ ...apart(...names), ...files });
  const outcome = await evaluate(
    "test-run.mjs",
    `runner.runTests({ root: ${JSON.stringify(root)}, processes: 2 }, { pattern: /[.]test[.]ts$/, testLimitMs: 600_000, limitMs: 1_500 })`,
  );
  expect(outcome).toMatchObject({
    passed: 0,
    failed: 3,
    failures: names.map((name) => `${name}: bun test left no report`),
  });
  expect(JSON.stringify(outcome)).toContain("Ended by SIGKILL (time limit");
  expect(JSON.stringify(outcome)).toContain("The time limit was reached.");
}, 20_000);

test("whoever ends the runner ends what its tests started, in every process", async () => {
  const starting = (name: string) => `${head}
  import { renameSync, writeFileSync } from "node:fs";
  test("starts another", async () => {
    const child = Bun.spawn([process.execPath, "-e", "setInterval(() => {}, 1000)"]);
    writeFileSync("new-${name}", process.pid + " " + child.pid);
    renameSync("new-${name}", "pids-${name}");
    await child.exited;
  }, 600_000);\n`;
  const names = ["bench/a.test.ts", "bench/b.test.ts"];
  const root = await plant({
    ...apart(...names),
    [names[0] ?? ""]: starting("a"),
    [names[1] ?? ""]: starting("b"),
  });
  const runner = start(root, "--processes", "2");
  const pids: number[] = [];
  for (const name of ["a", "b"]) {
    const file = Bun.file(join(root, `pids-${name}`));
    while (!(await file.exists())) await Bun.sleep(10); // until it has begun
    pids.push(...(await file.text()).split(" ").map(Number));
  }
  runner.kill("SIGKILL");
  while (pids.some(isRunning)) await Bun.sleep(10); // the test's own limit ends it
}, 20_000);

/** One that has ended and that nobody has asked about yet (Z) does not run. */
function isRunning(pid: number): boolean {
  const { stdout } = Bun.spawnSync(["ps", "-o", "stat=", "-p", String(pid)]);
  return !/^(?:Z.*)?$/.test(stdout.toString().trim());
}

test("a file's weight is what it took, and noted only where that is much", async () => {
  const root = await plant({
    ...apart("bench/gone.test.ts", "bench/kept.test.ts"),
    "bench/kept.test.ts": passing,
    "bench/long.test.ts": passing,
    "bench/short.test.ts": passing,
  });
  const measured = { "bench/long.test.ts": 12.4, "bench/short.test.ts": 1.2 };
  const call = `(${JSON.stringify(root)}, ${JSON.stringify(measured)})`;
  await evaluate("test-batches.mjs", `(runner.writeWeights${call}, null)`);
  const written: unknown = await Bun.file(join(root, "scripts/test-weights.json")).json();
  expect(written).toEqual({ "bench/kept.test.ts": 100, "bench/long.test.ts": 12 });
});

test("a number of processes that is none is refused", async () => {
  for (const processes of ["0", "-1", "two", "1.5"])
    expect((await run({ "bench/a.test.ts": passing }, `--processes=${processes}`)).code).toBe(2);
});

test("the full run takes test-full/ alone, the quick run all else", async () => {
  const files = {
    "packages/a/test-full/b.test.ts": passing,
    "packages/a/test/c.test.ts": passing + passing.slice(head.length),
  };
  expect((await run(files, "--full")).last).toBe("1 passed, 0 failed");
  expect((await run(files)).last).toBe("2 passed, 0 failed");
});
