// Checks what the layout in docs/architecture.md promises: names, layers, purity, no cycles. There is no
// list of exceptions; a feature that outgrows its four files declares topic files in structure/layout.ts.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Breach, fileChecks } from "./structure/file-rules.ts";
import { buildGraph, findCycles, type Graph } from "./structure/graph.ts";
import { checkImports } from "./structure/import-rules.ts";
import { parseSource } from "./structure/source.ts";

const roots = /^(?:packages\/[^/]+\/(?:src|test|test-full|demo|e2e)|bench|scripts)\/.*\.ts$/;

export function checkStructure(root: string): Breach[] {
  const sources = listFiles(root).map((path) => parseSource(path, readFileSync(join(root, path), "utf8")));
  const graph = buildGraph(root, sources);
  return [
    ...sources.flatMap((source) => fileChecks.flatMap((check) => check(source))),
    ...sources.flatMap((source) => checkImports(source, graph.get(source.path) ?? [])),
    ...checkCycles(graph),
  ].toSorted((a, b) => a.path.localeCompare(b.path) || a.line - b.line);
}

export function formatBreach({ path, line, rule, remedy }: Breach): string {
  return `${path}:${line}: ${rule}: ${remedy}`;
}

function listFiles(root: string): string[] {
  return ["packages", "bench", "scripts"]
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => walk(root, folder))
    .filter((path) => roots.test(path))
    .toSorted();
}

function walk(root: string, folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : walk(root, path);
    return [path];
  });
}

function checkCycles(graph: Graph): Breach[] {
  return findCycles(graph).map((cycle) => {
    const [first = ""] = cycle;
    const edge = graph.get(first)?.find(({ target }) => target !== undefined && cycle.includes(target));
    const remedy = `break the circle ${[...cycle, first].join(" → ")}`;
    return { path: first, line: edge?.statement.line ?? 1, rule: "cycle", remedy };
  });
}

if (import.meta.main) {
  const breaches = checkStructure(resolve(import.meta.dir, ".."));
  for (const breach of breaches) console.log(formatBreach(breach));
  process.exitCode = breaches.length > 0 ? 1 : 0;
}
