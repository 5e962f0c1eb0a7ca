import { GroupCommit, type GroupLimits } from "./group-commit.ts";
import { OwnerLock } from "./owner-lock.ts";
import type { Log, Sql, Tx } from "./session.ts";
import { SqliteConnection } from "./sqlite-connection.ts";
import { sqlOf } from "./sqlite-dialect.ts";
import { createFile, sqlitePath } from "./sqlite-file.ts";
import { applySettings, checkSettings, checkVersion } from "./sqlite-settings.ts";

export { StorageError, UnitTimeout } from "./errors.ts";
export type { Log, Sql, Tx } from "./session.ts";

export interface DatabaseStats {
  readonly commits: number;
  readonly units: number;
  readonly failedUnits: number;
  readonly failedCommits: number;
  readonly queued: number;
}

export interface Database {
  /** Sees committed data only; a write through it throws. */
  readonly read: Sql;
  /**
   * Runs a unit of work: all of it is stored, or nothing. Resolves once the commit is on the disk. Units run one
   * after another, so a unit must await nothing but its own queries; after 5 s it is rolled back with UnitTimeout.
   */
  write<T>(unit: (tx: Tx) => Promise<T>): Promise<T>;
  readonly info: { readonly engine: "sqlite"; readonly version: string };
  stats(): DatabaseStats;
  /** Throws while the disk takes no writes, as seen by the last that failed; costs nothing when none has. */
  proveWritable(): Promise<void>;
  /** Moves the log into the database and empties it, so that what was deleted is in no file any more. */
  checkpoint(): Promise<void>;
  /** Waits for the units that are in, checkpoints and closes; later units are refused. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly log: Log;
  /** `single` commits each unit by itself: slower, there to measure what the group is worth. */
  readonly commit?: "group" | "single";
  readonly limits?: Partial<GroupLimits>;
}

const defaults: GroupLimits = { maxUnits: 512, maxGroupMs: 20, maxQueued: 16_384, unitTimeoutMs: 5_000 };

/** Opens `sqlite:<path>`, creating what is missing. Throws when another server has it open. */
export async function openDatabase(url: string, options: DatabaseOptions): Promise<Database> {
  const path = createFile(sqlitePath(url));
  using opening = new DisposableStack();
  opening.adopt(new OwnerLock(path), (lock) => lock.release());
  const writer = connect(opening, path, "writer");
  const version = checkVersion(writer);
  applySettings(writer, "writer");
  const reader = connect(opening, path, "reader");
  applySettings(reader, "reader");
  checkAfterUse(writer, reader);
  const limits = { ...defaults, ...options.limits, ...(options.commit === "single" && { maxUnits: 1 }) };
  const group = new GroupCommit(writer, limits, options.log);
  const opened = opening.move();
  const release = (): void => {
    checkpoint(writer, options.log);
    opened.dispose();
  };
  let closed: Promise<void> | undefined;
  return {
    read: sqlOf(reader),
    write: (unit) => group.write(unit),
    info: { engine: "sqlite", version },
    checkpoint: () => group.between(() => void writer.all(truncateLog, [])),
    proveWritable: () => group.proveWritable(),
    stats: () => ({ ...group.counts, queued: group.queued }),
    close: () => (closed ??= group.close().then(release)),
  };
}

function connect(opening: DisposableStack, path: string, mode: "writer" | "reader"): SqliteConnection {
  return opening.adopt(new SqliteConnection(path, mode), (connection) => connection.close());
}

// Some builds of SQLite change `synchronous` at the first use.
function checkAfterUse(writer: SqliteConnection, reader: SqliteConnection): void {
  for (const connection of [writer, reader]) connection.all("SELECT count(*) FROM sqlite_schema", []);
  for (const text of ["BEGIN IMMEDIATE", "COMMIT"]) writer.command(text);
  checkSettings(writer, "writer");
  checkSettings(reader, "reader");
}

const truncateLog = "PRAGMA wal_checkpoint(TRUNCATE)";

// Without it the next start takes longer, and nothing is lost: what was committed is in the WAL.
function checkpoint(writer: SqliteConnection, log: Log): void {
  try {
    writer.all(truncateLog, []);
  } catch (error) {
    log.warn({ error }, "could not move the WAL into the database");
  }
}
