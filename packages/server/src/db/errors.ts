/** The store could not do it now (disk full, I/O error, locked, closed): nothing was stored, trying again later may work. */
export class StorageError extends Error {
  override readonly name: string = "StorageError";
}

/** A unit of work waited too long for something that is not the database; it was rolled back. */
export class UnitTimeout extends StorageError {
  override readonly name = "UnitTimeout";
}

/** A file is not, or not wholly, what SQLite wrote. */
export class DamagedFile extends Error {
  override readonly name = "DamagedFile";
}

/** What SQLite says of a file when it cannot make sense of it. */
export function isDamage(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(error));
}

const storageCodes =
  /^SQLITE_(FULL|IOERR|NOMEM|BUSY|LOCKED|CORRUPT|NOTADB|CANTOPEN|READONLY_|PROTOCOL|INTERRUPT|PERM|AUTH)/;

/** Tells faults of the machine from mistakes in a query: only the former become a StorageError. */
export function asStorageError(error: unknown): unknown {
  if (error instanceof StorageError || !storageCodes.test(codeOf(error))) return error;
  return new StorageError(`the database failed: ${codeOf(error)}`, { cause: error });
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
