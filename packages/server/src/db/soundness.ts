import { statSync } from "node:fs";
import { DamagedFile, StorageError } from "./errors.ts";
import type { FileWorks } from "./file-works.ts";
import type { Log } from "./session.ts";
import type { SqliteConnection } from "./sqlite-connection.ts";

/** A file up to this size is checked before it is used: that takes less than half a second. */
const smallBytes = 50 * 1024 * 1024;

interface CheckOptions {
  readonly log: Log;
  /** Up to this size the file is checked before it is used; 50 MiB. */
  readonly checkAtOnceBytes?: number | undefined;
}

/** Whether the file was found to be damaged; until it was looked at, it counts as sound. */
export class Soundness {
  damage: StorageError | null = null;

  /** Throws for a small file that is damaged. A large one is read beside the server, which takes no more writes then. */
  check(connection: SqliteConnection, path: string, works: FileWorks, options: CheckOptions): void {
    const { log, checkAtOnceBytes = smallBytes } = options;
    if (statSync(path).size <= checkAtOnceBytes) return checkNow(connection, path);
    works.run({ kind: "check", path }).catch((error: unknown) => {
      if (!(error instanceof DamagedFile)) return log.warn({ error }, "the database was not checked");
      this.damage = new StorageError("the database is damaged");
      log.error({ error }, "the database is damaged and takes no more writes: restore a backup");
    });
  }
}

function checkNow(connection: SqliteConnection, path: string): void {
  const texts = connection.all("PRAGMA quick_check(3)", []).flatMap((row) => Object.values(row));
  if (texts.join() !== "ok") throw damaged(path, texts.join("; "));
}

export function damaged(path: string, finding: string, cause?: unknown): DamagedFile {
  return new DamagedFile(`${path} is damaged: restore a backup with \`jarvis restore\` (${finding})`, {
    cause,
  });
}
