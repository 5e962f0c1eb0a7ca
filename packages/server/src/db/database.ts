import type { Database, DatabaseOptions } from "./database-types.ts";
import { isPostgres } from "../lib/database-address.ts";
import { openPostgres } from "./postgres-database.ts";
import { openSqlite } from "./sqlite-database.ts";

export type { Database, DatabaseOptions, DatabaseStats, WriteOptions } from "./database-types.ts";
export { StorageError, UnitTimeout } from "./errors.ts";
export type { Engine, Log, Sql, Tx } from "./session.ts";

/** Opens `sqlite:<path>`, creating what is missing, or `postgres://…`. Throws when another server has the file open. */
export function openDatabase(url: string, options: DatabaseOptions): Promise<Database> {
  return isPostgres(url) ? openPostgres(url, options) : openSqlite(url, options);
}
