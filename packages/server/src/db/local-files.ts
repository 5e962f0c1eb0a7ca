import { dirname, resolve } from "node:path";
import { NotHere } from "./errors.ts";
import { isPostgres } from "../lib/database-address.ts";
import { sqlitePath } from "./sqlite-file.ts";

/** Where a server keeps what is no row, unless it is told otherwise: beside its database, where that is a file. */
export function localFolder(databaseUrl: string): string {
  return isPostgres(databaseUrl) ? resolve("data") : dirname(sqlitePath(databaseUrl));
}

/** Where a server that alone may open its database takes commands; null where every process may open it. */
export function controlSocket(databaseUrl: string): string | null {
  return isPostgres(databaseUrl) ? null : `${sqlitePath(databaseUrl)}.sock`;
}

/** The database's file, for what can be done with a file alone. */
export function databaseFile(databaseUrl: string): string {
  if (isPostgres(databaseUrl)) throw new NotHere(elsewhere);
  return sqlitePath(databaseUrl);
}

/** What an operator does instead. */
export const elsewhere =
  "this store is PostgreSQL's, which has tools of its own: back it up with pg_dump or continuous archiving (PITR), " +
  "bring it back with pg_restore or recovery, and keep the photos' folder or bucket with it";
