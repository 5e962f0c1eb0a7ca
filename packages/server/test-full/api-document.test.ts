import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openapiText } from "../src/http/openapi.ts";
import { quickPasswords } from "../test/support/identities.ts";
import { seedCast } from "../test/support/matrix/cast.ts";
import { createWorld } from "../test/support/world.ts";
import { portmanConfig } from "./support/portman.ts";
import { runTool, runToolScript } from "./support/tools.ts";

const limitMs = 600_000;
const wanted = 20_000;
const collections = 4;

async function workFolder() {
  const path = await mkdtemp(join(tmpdir(), "jarvis-test-"));
  return {
    path,
    write: (name: string, text: string) => Bun.write(join(path, name), text),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

test(
  "Redocly's recommended rules find nothing in /openapi.json",
  async () => {
    await using folder = await workFolder();
    await folder.write("openapi.json", openapiText());
    const args = ["lint", "openapi.json", "--extends=recommended", "--format=json"];
    const { stdout, output } = await runTool("redocly", args, folder.path);
    const report = JSON.parse(stdout.slice(stdout.indexOf("{"))) as { totals: object; problems: unknown[] };
    expect(report.totals, output).toEqual({ errors: 0, warnings: 0, ignored: 0 });
  },
  limitMs,
);

test(
  "Spectral's rules for OpenAPI find nothing in /openapi.json",
  async () => {
    await using folder = await workFolder();
    await folder.write("openapi.json", openapiText());
    await folder.write("rules.yaml", 'extends: ["spectral:oas"]\n');
    const args = ["lint", "openapi.json", "--ruleset=rules.yaml", "--fail-severity=hint"];
    const { exitCode, output } = await runTool("spectral", args, folder.path);
    expect(exitCode, output).toBe(0);
  },
  limitMs,
);

test(
  `case 109: Portman's requests from /openapi.json, ${wanted} of them, find no fault`,
  async () => {
    await using folder = await workFolder();
    await using world = await createWorld({ overrides: { passwords: quickPasswords() } });
    const made: Collection[] = [];
    for (let round = 0; round < collections; round++) made.push(await makeCollection(folder, world, round));
    // Newman waits more than it computes, so the runs go on side by side.
    const runs = await Promise.all(
      made.map(({ path, size }) => newman(path, Math.ceil(wanted / collections / size), folder.path)),
    );
    expect(runs.flatMap(({ failures }) => failures)).toEqual([]);
    const requests = runs.reduce((sum, run) => sum + run.requests, 0);
    process.stdout.write(`newman: ${requests} requests\n`);
    expect(requests).toBeGreaterThanOrEqual(wanted);
    expect(world.logged.filter(({ level }) => level === "error")).toEqual([]);
  },
  limitMs,
);

type Folder = Awaited<ReturnType<typeof workFolder>>;
type World = Awaited<ReturnType<typeof createWorld>>;

interface Collection {
  path: string;
  size: number;
}

/** Each has people and an event of its own, and values that Portman makes up anew. */
async function makeCollection(folder: Folder, world: World, round: number): Promise<Collection> {
  const document = await (await fetch(`${world.url}/openapi.json`)).text();
  const cast = await seedCast(world.server.ctx, "owner", "open");
  await folder.write("openapi.json", document);
  await folder.write("portman.json", JSON.stringify(portmanConfig(cast)));
  const files = [
    "--local=openapi.json",
    "--portmanConfigFile=portman.json",
    `--output=collection-${round}.json`,
  ];
  const args = [...files, `--baseUrl=${world.url}`, "--includeTests=true", "--bundleContractTests=false"];
  const { exitCode, output } = await runTool("portman", args, folder.path);
  expect(exitCode, output).toBe(0);
  const path = join(folder.path, `collection-${round}.json`);
  return { path, size: countRequests((await Bun.file(path).json()) as Item) };
}

interface Item {
  item?: Item[];
  request?: unknown;
}

function countRequests({ item, request }: Item): number {
  return (request === undefined ? 0 : 1) + (item ?? []).reduce((sum, inner) => sum + countRequests(inner), 0);
}

async function newman(collection: string, iterations: number, cwd: string) {
  const { exitCode, stdout, output } = await runToolScript(
    "run-newman.mjs",
    [collection, String(iterations)],
    cwd,
  );
  expect(exitCode, output).toBe(0);
  return JSON.parse(stdout) as { requests: number; failures: string[] };
}
