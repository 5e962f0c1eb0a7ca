import { Database as SqliteFile } from "bun:sqlite";
import { touch } from "./sqlite-file.ts";

/**
 * Makes this process the only server on a database file. The lock is the operating system's, on a file beside the
 * database, so it ends with the process however that ends and can never be stale.
 */
export class OwnerLock {
  readonly #file: SqliteFile;

  constructor(databasePath: string) {
    const path = `${databasePath}-lock`;
    touch(path);
    this.#file = new SqliteFile(path, { readwrite: true });
    try {
      this.#file.run("PRAGMA journal_mode = MEMORY");
      this.#file.run("BEGIN EXCLUSIVE");
    } catch (cause) {
      this.#file.close();
      throw new Error(`another server uses ${databasePath}: stop it first`, { cause });
    }
  }

  release(): void {
    this.#file.close(true);
  }
}
