import { sql } from "kysely";
import { type Cluster, startCluster } from "../../test/support/postgres/cluster.ts";
import { PostgresProxy } from "../../test/support/postgres/proxy.ts";
import { type Database, openDatabase } from "./database.ts";
import type { PostgresLimits } from "./postgres-limits.ts";

export interface PostgresTrial extends AsyncDisposable {
  readonly db: Database;
  readonly proxy: PostgresProxy;
  readonly logged: { details: object; message: string }[];
  /** Another server on the same store. */
  open(limits?: Partial<PostgresLimits>): Promise<Database>;
}

let cluster: Promise<Cluster> | undefined;
let made = 0;

/** A store of its own on a real PostgreSQL, reached through a proxy that can fail, with the tables of the tests. */
export async function createPostgresTrial(
  limits: Partial<PostgresLimits> = {},
  on?: Cluster,
): Promise<PostgresTrial> {
  const logged: PostgresTrial["logged"] = [];
  const keep = (details: object, message: string): void => void logged.push({ details, message });
  const log = { error: keep, warn: keep };
  const used = on ?? (await (cluster ??= startCluster()));
  const name = `trial_${made++}`;
  await used.admin.unsafe(`create database ${name}`);
  const proxy = await PostgresProxy.start(used.url(name));
  const others: Database[] = [];
  const open = async (more: Partial<PostgresLimits> = {}): Promise<Database> => {
    const db = await openDatabase(proxy.url, { log, postgres: { ...limits, ...more } });
    others.push(db);
    return db;
  };
  const db = await open();
  await db.write(
    async (tx) => {
      await sql`create table counter (name text primary key, value bigint not null)`.execute(tx.sql);
      await sql`create table migration (position integer primary key, name text not null)`.execute(tx.sql);
      await sql`create table stream (id text primary key, last_seq bigint not null, last_message bigint not null,
        pruned_seq bigint not null)`.execute(tx.sql);
    },
    { schema: true },
  );
  return {
    db,
    proxy,
    logged,
    open,
    async [Symbol.asyncDispose]() {
      await Promise.all(others.map((other) => other.close()));
      await proxy[Symbol.asyncDispose]();
      await used.admin.unsafe(`drop database ${name} with (force)`);
    },
  };
}
