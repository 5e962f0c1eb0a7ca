import type { Database, DatabaseOptions } from "./database-types.ts";
import { NotHere } from "./errors.ts";
import { elsewhere } from "./local-files.ts";
import { sqlOf } from "./kysely-session.ts";
import { postgresLimits } from "./postgres-limits.ts";
import { PostgresPool } from "./postgres-pool.ts";
import { PostgresReader } from "./postgres-reader.ts";
import { PostgresUnits } from "./postgres-units.ts";

const oldestVersion = 15;

/** Opens `postgres://…`. Any number of servers may have it open. */
export async function openPostgres(url: string, options: DatabaseOptions): Promise<Database> {
  const { log } = options;
  const limits = {
    ...postgresLimits,
    ...options.postgres,
    ...(options.commit === "single" && { maxTogether: 1 }),
  };
  if (options.limits?.unitTimeoutMs !== undefined) limits.unitTimeoutMs = options.limits.unitTimeoutMs;
  const pool = new PostgresPool(url, limits);
  const version = await checkVersion(pool).catch(async (error: unknown) => {
    await pool.close();
    throw error;
  });
  const reader = new PostgresReader(pool);
  const units = new PostgresUnits(pool, url, limits, log);
  const read = sqlOf(reader);
  let closed: Promise<void> | undefined;
  return {
    read,
    write: (unit, how) => units.write(unit, how),
    isShared: true,
    now: () => timeOf(pool),
    info: { engine: "postgres", version },
    proveWritable: () => units.proveWritable(),
    // Its files are not ours: what is deleted leaves them when the server next vacuums.
    checkpoint: () => Promise.resolve(true),
    stats: () => ({ ...units.counts, reads: reader.executed }),
    damage: null,
    backUp: () => Promise.reject(new NotHere(elsewhere)),
    close: () => (closed ??= units.close().then(() => pool.close())),
  };
}

async function checkVersion(pool: PostgresPool): Promise<string> {
  const { rows } = await pool.use((connection) => connection.once("show server_version"));
  const version = String(rows[0]?.["server_version"]);
  if (Number.parseInt(version, 10) < oldestVersion)
    throw new Error(`PostgreSQL ${oldestVersion} or newer is needed, this is ${version}`);
  return version;
}

async function timeOf(pool: PostgresPool): Promise<number> {
  const text = "select (extract(epoch from clock_timestamp()) * 1000)::bigint as ms";
  const { rows } = await pool.use((connection) => connection.once(text));
  return Number(rows[0]?.["ms"]);
}
