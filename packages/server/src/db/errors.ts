/** The store could not do it now (disk full, I/O error, locked, closed): nothing was stored, trying again later may work. */
export class StorageError extends Error {
  override readonly name: string = "StorageError";
}

/** A unit of work waited too long for something that is not the database; it was rolled back. */
export class UnitTimeout extends StorageError {
  override readonly name = "UnitTimeout";
}

/** Its connection ended in the midst of it. What had not been committed is not stored. */
export class ConnectionLost extends StorageError {
  override readonly name = "ConnectionLost";
}

/** The units of other servers came in between again and again. */
export class Conflict extends StorageError {
  override readonly name = "Conflict";
}

/** Only an engine that keeps its data in a file of ours can do that. */
export class NotHere extends Error {
  override readonly name = "NotHere";
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

/** The statement would have broken a key, a reference or a check: somebody else has written that row, or it is a mistake. */
export function isConstraintViolation(error: unknown): boolean {
  return /^(?:SQLITE_CONSTRAINT|23\d{3}$)/.test(codeOf(error));
}
