import { DatabaseError } from "pg";
import { StorageError } from "./errors.ts";

/**
 * What the server said of a statement, without its `detail` and `where`: those quote rows, and errors are logged. Texts of
 * class 22 quote the value itself.
 */
export class StatementError extends Error {
  override readonly name = "StatementError";
  /** SQLSTATE. */
  readonly code: string;
  readonly constraint: string | undefined;

  constructor(error: DatabaseError) {
    const code = error.code ?? "XX000";
    super(code.startsWith("22") ? `a value does not fit (${code})` : `${error.message} (${code})`);
    this.code = code;
    this.constraint = error.constraint;
  }
}

/**
 * Faults of the server or of the way there: connection (08), authorisation (28), resources (53), limits (54), operator (57),
 * system (58), internal (XX), locks not got in time (55), a server that only reads (25006), a transaction it gave up (25P03,
 * 25P04), a database that is not there (3D).
 */
const storageStates = /^(?:08|28|53|54|57|58|XX|55P03|55000|25006|25P03|25P04|3D)/;
/** After these the connection is of no use any more: it is closing, or its server is no primary now. */
const uselessStates = /^(?:08|57P|58|XX|25006|25P03|25P04)/;

export function stateOf(error: unknown): string {
  return error instanceof StatementError ? error.code : "";
}

export function makesUseless(error: unknown): boolean {
  return uselessStates.test(stateOf(error)) || isStalePlan(error);
}

/** Others wrote in between, or wait for each other: run again, the whole unit may well succeed. */
export function isConflict(error: unknown): boolean {
  return /^(?:40001|40P01)$/.test(stateOf(error)) || isStalePlan(error);
}

/** A prepared query of a table that has got a column since: each is planned once for each connection. */
export function isStalePlan(error: unknown): boolean {
  return stateOf(error) === "0A000" && error instanceof StatementError && /cached plan/.test(error.message);
}

/** What the driver says, without anything of what was written. */
export function statementError(error: Error): Error {
  return error instanceof DatabaseError ? new StatementError(error) : error;
}

/** Tells faults of the machine from mistakes in a query: only the former become a StorageError. */
export function asPostgresStorageError(error: unknown): unknown {
  if (error instanceof StorageError || !storageStates.test(stateOf(error))) return error;
  return new StorageError(`the database failed: ${stateOf(error)}`, { cause: error });
}
