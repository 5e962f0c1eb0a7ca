import { maskText } from "./mask-text.ts";

/** One TypeScript file as the checks see it. */
export interface Source {
  /** Path from the repository's root, with `/`. */
  path: string;
  text: string;
  /** `text` with the inside of comments, strings and regular expressions blanked, at the same offsets. */
  code: string;
  imports: ImportStatement[];
}

export interface ImportStatement {
  specifier: string;
  line: number;
  typeOnly: boolean;
  /** `export … from`: passes names on instead of using them. */
  reExport: boolean;
}

export function parseSource(path: string, text: string): Source {
  const code = maskText(text);
  return { path, text, code, imports: findImports(text, code) };
}

export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

const statement =
  /(?:^|[;}\n])[ \t]*(import|export)(?=[\s{*"])(\s+type\b)?(?:\s*"|[^"'`;()=]*?\bfrom\s*")|\bimport\s*\(\s*"/g;

function findImports(text: string, code: string): ImportStatement[] {
  return [...code.matchAll(statement)].map((match) => {
    const start = match.index + match[0].length;
    return {
      specifier: text.slice(start, text.indexOf('"', start)),
      line: lineAt(text, start),
      typeOnly: match[2] !== undefined || hasOnlyTypeNames(match[0]),
      reExport: match[1] === "export",
    };
  });
}

/** `import { type A, type B } from`: as free of code as `import type { A, B } from`. */
function hasOnlyTypeNames(head: string): boolean {
  const names = /^[^{]*\b(?:import|export)\s*\{([^}]*)\}\s*from/.exec(head)?.[1];
  if (names === undefined) return false;
  return names
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "")
    .every((name) => name.startsWith("type "));
}
