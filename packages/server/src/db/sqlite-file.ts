import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, realpathSync } from "node:fs";
import { dirname } from "node:path";

/** The path in `sqlite:<path>`, the only kind of address there is. */
export function sqlitePath(url: string): string {
  const path = /^sqlite:(?:\/\/(?=\/))?(.+)$/.exec(url)?.[1];
  if (path === undefined) throw new Error(`the database must be given as sqlite:<path>, not ${kind(url)}`);
  if (path.startsWith(":memory:"))
    throw new Error("the database must be a file: it has to survive a restart");
  return path;
}

// Not the address itself: it may hold a password, and errors are logged.
function kind(url: string): string {
  return /^[a-z][a-z0-9+]*:/i.exec(url)?.[0] ?? "an address without a scheme";
}

/** Makes the file and its directory for this user alone, durably, and gives its one true path. */
export function createFile(path: string): string {
  const made = mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (made !== undefined) syncDirectory(dirname(made));
  if (!existsSync(path)) {
    // SQLite gives its journal files the mode of the database file, but syncs neither this file's name nor its folder's.
    closeSync(openSync(path, "a", 0o600));
    for (let folder = dirname(path); ; folder = dirname(folder)) {
      syncDirectory(folder);
      if (made === undefined || folder === made || folder === dirname(folder)) break;
    }
  }
  return realpathSync(path);
}

function syncDirectory(path: string): void {
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
