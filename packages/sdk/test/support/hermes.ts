import { createContext, Script } from "node:vm";

/**
 * A context with what React Native gives to JavaScript on Hermes, and nothing else: no DOM, nothing of Node, no
 * `crypto`, `structuredClone` or `AbortSignal.timeout`, a `URL` that does not know its parts, and a language without
 * what Hermes lacks.
 */
export function hermes(given: {
  fetch: unknown;
  WebSocket: unknown;
  setTimeout: unknown;
  clearTimeout: unknown;
}) {
  class LimitedUrl {
    get searchParams(): never {
      throw new Error("URL.searchParams is not implemented");
    }
    get hostname(): never {
      throw new Error("URL.hostname is not implemented");
    }
  }
  const context = createContext({
    ...given,
    console,
    performance: { now: () => performance.now() },
    TextEncoder,
    AbortController,
    AbortSignal,
    URL: LimitedUrl,
    setImmediate,
    queueMicrotask,
  });
  new Script(missing).runInContext(context);
  return {
    /** Runs a bundled module; what it exports is global afterwards. */
    load(code: string, exported: readonly string[]): void {
      const body = code.replace(/export\s*\{[^}]*\};?/g, "");
      const names = /export\s*\{([^}]*)\}/.exec(code)?.[1] ?? "";
      const local = new Map(
        names
          .split(",")
          .map((pair) => pair.trim().split(" as "))
          .map(([name = "", as = name]) => [as, name]),
      );
      const assign = exported.map((name) => `globalThis.${name} = ${local.get(name)};`).join("\n");
      new Script(`"use strict"; (() => {${body}\n${assign}})();`, { filename: "bundle.js" }).runInContext(
        context,
      );
    },
    run(code: string): unknown {
      return new Script(code).runInContext(context);
    },
  };
}

/** What the language has here and not on Hermes, or only on its newest version. */
const missing = `
for (const [owner, names] of [
  [Array, ["fromAsync"]],
  [Array.prototype, ["with", "toSorted", "toReversed", "toSpliced", "findLast", "findLastIndex"]],
  [Object, ["groupBy"]],
  [Map, ["groupBy"]],
  [Map.prototype, ["getOrInsert", "getOrInsertComputed"]],
  [Promise, ["withResolvers", "try"]],
  [Set.prototype, ["union", "intersection", "difference", "isSubsetOf", "isSupersetOf"]],
  [String.prototype, ["isWellFormed", "toWellFormed"]],
  [globalThis, ["structuredClone", "SharedArrayBuffer", "Atomics", "Iterator", "FinalizationRegistry", "WebAssembly"]],
]) for (const name of names) delete owner[name];
`;
