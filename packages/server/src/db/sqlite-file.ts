import { closeSync, fsyncSync, mkdirSync, openSync, realpathSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** The path in `sqlite:<path>`, the only kind of address there is. */
export function sqlitePath(url: string): string {
  const path = /^sqlite:(?:\/\/(?=\/))?(.+)$/.exec(url)?.[1];
  if (path === undefined) throw new Error(`the database must be given as sqlite:<path>, not ${kind(url)}`);
  if (path.startsWith(":memory:"))
    throw new Error("the database must be a file: it has to survive a restart");
  return resolve(path);
}

// Not the address itself: it may hold a password, and errors are logged.
function kind(url: string): string {
  return /^[a-z][a-z0-9+]*:/i.exec(url)?.[0] ?? "an address without a scheme";
}

/** Makes the file and its directory for this user alone, durably, and gives its one true path. */
export function createFile(path: string): string {
  const directory = dirname(path);
  const outermost = mkdirSync(directory, { recursive: true, mode: 0o700 });
  // SQLite syncs what it writes, but not the names of a new database file and its directories.
  if (touch(path)) for (const parent of parentsUpTo(outermost, directory)) syncDirectory(parent);
  return realpathSync(path);
}

/**
 * Creates a file that is not there; SQLite gives its journals the same mode. An existing one is not even opened:
 * closing any handle of a file drops all locks that this process has on it.
 */
export function touch(path: string): boolean {
  try {
    closeSync(openSync(path, "wx", 0o600));
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

// From the file's directory to the one that holds the outermost new directory.
function parentsUpTo(outermost: string | undefined, directory: string): string[] {
  const last = outermost === undefined ? directory : dirname(outermost);
  const parents = [directory];
  for (let next = directory; next !== last && next !== dirname(next); ) parents.push((next = dirname(next)));
  return parents;
}

function syncDirectory(path: string): void {
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
