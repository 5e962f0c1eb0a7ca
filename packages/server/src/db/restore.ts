import { existsSync, statSync } from "node:fs";
import { chmod, constants, copyFile, link, open, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { hasNoLinks } from "./backup.ts";
import { applyCarryOver, type CarryOver, readCarryOver } from "./carry-over.ts";
import { openDatabase } from "./database.ts";
import { checkFile } from "./file-work.ts";
import { migrate } from "./migrate.ts";
import { OwnerLock } from "./owner-lock.ts";
import type { Log } from "./session.ts";
import { createFile, sqlitePath } from "./sqlite-file.ts";

export interface Restored {
  /** Where the replaced database is kept; null when there was none. */
  readonly aside: string | null;
  /** What was done since the backup and must stay done; null where the replaced database could not be read. */
  readonly carried: CarryOver | null;
}

/** What belongs to the backup, and to the database that is kept aside: done before the one replaces the other. */
export type BesideRestore = (source: string, aside: string | null) => Promise<void>;

/**
 * Puts a backup in the place of the database, under a new epoch, so that clients fetch afresh. Until the last step,
 * a rename, the present database stays what it is, whatever happens.
 */
export async function restore(
  url: string,
  backup: string,
  log: Log,
  beside?: BesideRestore,
): Promise<Restored> {
  const source = resolve(backup);
  if (!existsSync(source)) throw new Error(`${source} does not exist`);
  const replaces = hasContent(sqlitePath(url));
  const path = createFile(sqlitePath(url));
  const lock = new OwnerLock(path);
  try {
    const restoring = `${path}.restoring`;
    await removeFile(restoring);
    await copyFile(source, restoring);
    await chmod(restoring, 0o600);
    checkFile(restoring);
    const carried = replaces ? tryReadCarryOver(path, log) : null;
    await prepare(restoring, carried, log);
    if (existsSync(`${restoring}-wal`)) throw new Error("the copy of the backup could not be completed");
    const aside = replaces ? await keepAside(path) : null;
    await beside?.(source, aside);
    await syncPath(restoring);
    await rename(restoring, path);
    await syncPath(dirname(path));
    await removeFile(restoring);
    return { aside, carried };
  } finally {
    lock.release();
  }
}

function hasContent(path: string): boolean {
  return existsSync(path) && statSync(path).size > 0;
}

const companions = ["", "-wal", "-shm", "-lock"];

async function removeFile(path: string): Promise<void> {
  for (const suffix of companions) await rm(path + suffix, { force: true });
}

function tryReadCarryOver(path: string, log: Log): CarryOver | null {
  try {
    return readCarryOver(path);
  } catch (error) {
    log.warn({ error }, "the present database could not be read");
    return null;
  }
}

/** Brings the copy to this program's version. Without an epoch it gets a new one when it is first served. */
async function prepare(path: string, carried: CarryOver | null, log: Log): Promise<void> {
  const db = await openDatabase(`sqlite:${path}`, { log, checked: true });
  try {
    await migrate(db);
    await db.write(async (tx) => {
      await tx.sql.deleteFrom("meta").where("key", "=", "epoch").execute();
      if (carried !== null) await applyCarryOver(tx.sql, carried);
    });
  } finally {
    await db.close();
  }
}

/** A WAL that a damaged database has left goes with it: over another database it would be replayed. */
async function keepAside(path: string): Promise<string> {
  const aside = freeName(path);
  await link(path, aside).catch((error: unknown) => {
    if (!hasNoLinks(error)) throw error;
    return copyFile(path, aside, constants.COPYFILE_EXCL);
  });
  for (const suffix of ["-wal", "-shm"]) {
    if (existsSync(path + suffix)) await rename(path + suffix, aside + suffix);
  }
  return aside;
}

function freeName(path: string): string {
  for (let n = 1; ; n++) {
    const name = `${path}.replaced-${n}`;
    if (!existsSync(name)) return name;
  }
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
