import { afterEach, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { checkStructure, formatBreach } from "./check-structure.ts";

type Tree = Record<string, string>;

const trees: string[] = [];

afterEach(async () => {
  await Promise.all(trees.splice(0).map((tree) => rm(tree, { recursive: true, force: true })));
});

const clean: Tree = {
  "bench/main.ts": "export const bench = Date.now();\n",
  "scripts/check.ts": 'import { readFileSync } from "node:fs";\nexport const read = readFileSync;\n',
  "packages/contract/src/index.ts": 'export * from "./ids.ts";\nexport { z } from "zod";\n',
  "packages/contract/src/examples.ts": 'export * from "./ids.ts";\n',
  "packages/contract/src/ids.ts": 'import { z } from "zod";\nexport const userId = z.string();\n',
  "packages/sdk/src/index.ts": 'import { userId } from "@jarvis/contract";\nexport const id = userId;\n',
  "packages/server/src/main.ts": 'import { app } from "./http/app.ts";\nawait app.fetch();\n',
  "packages/server/src/http/app.ts":
    'import { Hono } from "hono";\nimport { ids } from "@jarvis/contract/examples";\n' +
    'import { routes } from "../chat/routes.ts";\nexport const app = new Hono(routes, ids);\n',
  "packages/server/src/realtime/session.ts":
    'import type { ServerWebSocket } from "bun";\nexport type Socket = ServerWebSocket<undefined>;\n',
  "packages/server/src/chat/routes.ts":
    'import { send } from "./service.ts";\nexport const routes = { send };\n',
  "packages/server/src/chat/service.ts":
    'import { mayRead } from "../events/rules.ts";\nimport { insert } from "./store.ts";\n' +
    "// Date.now() is not read here\nexport const send = () => mayRead(insert(`new Date() ${1 / 2} /`), /Math.random/);\n",
  "packages/server/src/chat/store.ts":
    'import { sql } from "kysely";\nimport { prepared } from "../db/prepared.ts";\nexport const insert = prepared(sql);\n',
  "packages/server/src/chat/service.test.ts":
    'import { insert } from "../events/store.ts";\nexport const at = [insert, Date.now()];\n',
  "packages/server/src/events/rules.ts":
    'import type { UserId } from "@jarvis/contract";\nimport type { Clock } from "../lib/clock.ts";\n' +
    "export const mayRead = (a: UserId, b: Clock) => a === b.name;\n",
  "packages/server/src/events/store.ts": "export const insert = 1;\n",
  "packages/server/src/streams/store.ts": 'import { sql } from "kysely";\nexport const stream = sql;\n',
  "packages/server/src/db/prepared.ts":
    'import { sql } from "kysely";\nexport const prepared = (a = sql) => a;\n',
  "packages/server/src/db/migrations/index.ts": `export const list = [];\n${"//\n".repeat(500)}`,
  "packages/server/src/lib/clock.ts":
    "export const now = () => Date.now();\nexport type Clock = { name: string };\n",
};

/** The reports for the clean tree with some files added or replaced. */
async function report(changes: Tree): Promise<string[]> {
  const root = await mkdtemp(join(tmpdir(), "jarvis-structure-"));
  trees.push(root);
  for (const [path, text] of Object.entries({ ...clean, ...changes })) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return checkStructure(root).map(formatBreach);
}

test("a tree that follows the layout has no breach", async () => {
  expect(await report({})).toEqual([]);
});

const server = "packages/server/src";
const use = (specifier: string) => `import { x } from "${specifier}";\nexport const y = x;\n`;

/** What is planted, where, and how its report begins. */
const plants: [name: string, path: string, text: string, report: string][] = [
  ["a fifth file in a feature", `${server}/chat/helpers.ts`, "", "1: feature-file"],
  ["a third file in streams", `${server}/streams/log.ts`, "", "1: feature-file"],
  ["a folder outside the layout", `${server}/common/ids.ts`, "", "1: layout"],
  ["a feature that imports http", `${server}/chat/routes.ts`, use("../http/app.ts"), "1: import-direction"],
  [
    "a stream that imports a feature",
    `${server}/streams/store.ts`,
    use("../events/rules.ts"),
    "1: import-direction",
  ],
  ["a library that imports db", `${server}/lib/clock.ts`, use("../db/prepared.ts"), "1: import-direction"],
  ["a bus that imports db", `${server}/bus/bus.ts`, use("../db/prepared.ts"), "1: import-direction"],
  [
    "a type imported upwards",
    `${server}/lib/clock.ts`,
    'import type { A } from "../main.ts";\n',
    "1: import-direction",
  ],
  [
    "a dynamic import upwards",
    `${server}/lib/clock.ts`,
    'await import("../main.ts");\n',
    "1: import-direction",
  ],
  [
    "a contract that imports more than zod",
    "packages/contract/src/ids.ts",
    use("hono"),
    "1: import-direction",
  ],
  [
    "an SDK that imports more than the contract",
    "packages/sdk/src/index.ts",
    use("zod"),
    "1: import-direction",
  ],
  ["a server that imports the SDK", `${server}/chat/service.ts`, use("@jarvis/sdk"), "1: import-direction"],
  [
    "a path into another package",
    `${server}/lib/clock.ts`,
    use("../../../sdk/src/index.ts"),
    "1: import-direction",
  ],
  ["another feature's store", `${server}/chat/service.ts`, use("../events/store.ts"), "1: private-store"],
  ["another feature's routes", `${server}/events/service.ts`, use("../chat/routes.ts"), "1: private-store"],
  ["a store imported by http", `${server}/http/app.ts`, use("../events/store.ts"), "1: private-store"],
  ["rules that import a store", `${server}/events/rules.ts`, use("./store.ts"), "1: pure-rules"],
  ["rules that import a value of lib", `${server}/events/rules.ts`, use("../lib/clock.ts"), "1: pure-rules"],
  ["rules that import a package", `${server}/events/rules.ts`, use("node:fs"), "1: pure-rules"],
  ["rules that wait", `${server}/events/rules.ts`, "\nexport const a = async () => 1;\n", "2: pure-rules"],
  ["a service that builds queries", `${server}/chat/service.ts`, use("kysely"), "1: queries"],
  ["a service that prepares queries", `${server}/chat/service.ts`, use("../db/prepared.ts"), "1: queries"],
  ["Hono in a feature", `${server}/chat/routes.ts`, use("hono/cookie"), "1: http"],
  ["a socket in http", `${server}/http/app.ts`, "export let a: ServerWebSocket;\n", "1: sockets"],
  ["the clock", `${server}/chat/service.ts`, "\n\nconst a = Date.now();\n", "3: clock-and-chance"],
  ["today", `${server}/chat/service.ts`, "const a = new Date();\n", "1: clock-and-chance"],
  [
    "chance in a template",
    `${server}/chat/service.ts`,
    "const a = `{${Math.random()}}`;\n",
    "1: clock-and-chance",
  ],
  ["a random id", `${server}/chat/service.ts`, "const a = crypto.randomUUID();\n", "1: clock-and-chance"],
  ["the monotonic clock", `${server}/chat/service.ts`, "performance.now();\n", "1: clock-and-chance"],
  [
    "a barrel of everything",
    `${server}/chat/service.ts`,
    'export const a = 1;\nexport * from "./store.ts";\n',
    "2: barrel",
  ],
  ["a barrel of names", `${server}/chat/service.ts`, 'export { insert } from "./store.ts";\n', "1: barrel"],
  ["a default export", "scripts/check.ts", "const a = 1;\nexport default a;\n", "2: default-export"],
  ["a file name in camel case", "scripts/checkAll.ts", "", "1: kebab-case"],
  ["a vague file name", "bench/load-utils.ts", "", "1: forbidden-name"],
  ["a vague class name", "bench/main.ts", "\nexport class SessionManager {}\n", "2: forbidden-name"],
  ["a vague type name", "bench/main.ts", "export type UserDto = string;\n", "1: forbidden-name"],
  ["a long file", "bench/main.ts", "const a = 1;\n".repeat(401), "401: too-long"],
  ["an import without its extension", "bench/main.ts", use("../scripts/check"), "1: unresolved"],
];

describe("reports", () => {
  test.each(plants)("%s", async (_name, path, text, start) => {
    const reports = await report({ [path]: text });
    expect(reports.some((line) => line.startsWith(`${path}:${start}: `))).toBe(true);
    expect(new Set(reports.map((line) => line.split(": ")[1])).size).toBeLessThanOrEqual(2);
  });
});

test("reports a circle with the files on it", async () => {
  const reports = await report({
    "bench/a.ts": use("./b.ts"),
    "bench/b.ts": `\n${use("./c.ts")}`,
    "bench/c.ts": 'import type { y } from "./a.ts";\nexport type X = typeof y;\n',
  });
  expect(reports).toEqual([
    "bench/a.ts:1: cycle: break the circle bench/a.ts → bench/b.ts → bench/c.ts → bench/a.ts",
  ]);
});

test("a word inside another is not a forbidden name", async () => {
  expect(
    await report({ "bench/main.ts": "export const impliedUtility = 1;\nexport class Implicit {}\n" }),
  ).toEqual([]);
});
