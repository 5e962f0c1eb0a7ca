import { existsSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import type { ImportStatement, Source } from "./source.ts";

export interface Edge {
  statement: ImportStatement;
  /** Path of the imported file, or `undefined` for a package and for a file that does not exist. */
  target: string | undefined;
}

export type Graph = ReadonlyMap<string, readonly Edge[]>;

const workspace = /^@jarvis\/(contract|sdk|server)(?:\/([a-z-]+))?$/;

export function buildGraph(root: string, sources: readonly Source[]): Graph {
  return new Map(
    sources.map((source) => [
      source.path,
      source.imports.map((statement) => ({
        statement,
        target: resolve(root, source.path, statement.specifier),
      })),
    ]),
  );
}

function resolve(root: string, from: string, specifier: string): string | undefined {
  const [, name, entry = "index"] = workspace.exec(specifier) ?? [];
  if (name) return `packages/${name}/src/${entry}.ts`;
  if (!specifier.startsWith(".")) return undefined;
  const path = posix.join(dirname(from), specifier);
  return existsSync(join(root, path)) ? path : undefined;
}

/** Every strongly connected component with more than one file, or one that imports itself (Tarjan). */
export function findCycles(graph: Graph): string[][] {
  const index = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  const cycles: string[][] = [];

  function visit(path: string): number {
    const order = index.size;
    index.set(path, order);
    stack.push(path);
    onStack.add(path);
    let lowest = order;
    for (const next of targets(graph, path)) {
      if (!index.has(next)) lowest = Math.min(lowest, visit(next));
      else if (onStack.has(next)) lowest = Math.min(lowest, index.get(next) ?? lowest);
    }
    if (lowest === order) closeComponent(path);
    return lowest;
  }

  function closeComponent(path: string): void {
    const component = stack.splice(stack.indexOf(path));
    for (const member of component) onStack.delete(member);
    if (component.length > 1 || targets(graph, path).includes(path)) cycles.push(component);
  }

  for (const path of graph.keys()) if (!index.has(path)) visit(path);
  return cycles;
}

function targets(graph: Graph, path: string): string[] {
  const edges = graph.get(path) ?? [];
  return edges.flatMap(({ target }) => (target && graph.has(target) ? [target] : []));
}
