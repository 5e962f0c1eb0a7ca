import type { StreamId } from "@jarvis/contract";
import type { Backup, BesideBackup } from "./backup.ts";
import type { StorageError } from "./errors.ts";
import type { GroupLimits } from "./group-commit.ts";
import type { PostgresLimits } from "./postgres-limits.ts";
import type { Engine, Log, Sql, Tx } from "./session.ts";

export interface DatabaseStats {
  readonly commits: number;
  readonly units: number;
  readonly failedUnits: number;
  readonly failedCommits: number;
  readonly queued: number;
  /** Queries of what is committed, outside of units. */
  readonly reads: number;
}

export interface WriteOptions {
  /**
   * The stream whose log the unit appends to, before which it asks about nothing but what is changed with an entry in that
   * log. Units of one stream then share a transaction where they would else not share a commit.
   */
  readonly together?: StreamId;
  /** With `together`: it asks about more than that, so it has a transaction of its own, and its place among the others. */
  readonly alone?: boolean;
  /** It changes tables: it waits for whoever does so too, and may take long. */
  readonly schema?: boolean;
}

export interface Database {
  /** Sees committed data only; a write through it throws. */
  readonly read: Sql;
  /**
   * Runs a unit of work: all of it is stored, or nothing. Resolves once the commit is on the disk. Units take effect as if
   * they ran one after another, so a unit must await nothing but its own queries; after 5 s it is rolled back with
   * UnitTimeout. Where another server wrote in between, a unit is rolled back and run again.
   */
  write<T>(unit: (tx: Tx) => Promise<T>, options?: WriteOptions): Promise<T>;
  /** Other servers may have it open too. */
  readonly isShared: boolean;
  /** What its clock says, milliseconds since 1970: that of the machine that it runs on. */
  now(): Promise<number>;
  readonly info: { readonly engine: Engine; readonly version: string };
  stats(): DatabaseStats;
  /** Throws while the store takes no writes, as seen by the last that failed; costs nothing when none has. */
  proveWritable(): Promise<void>;
  /**
   * Moves the log into the database and empties it, so that what was deleted is in no file any more. Not while a backup
   * is being made: then it answers false. Where the files are a database server's, that is up to it.
   */
  checkpoint(): Promise<boolean>;
  /** Why no write is taken: the file was found to be damaged. */
  readonly damage: StorageError | null;
  /** Writes all that is committed at one moment into a new file, beside the writes that go on, and checks that copy. */
  backUp(file: string, beside?: BesideBackup): Promise<Backup>;
  /** Waits for the units that are in, and closes; later units are refused. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly log: Log;
  /** `single` commits each unit by itself: slower, there to measure what the group is worth. */
  readonly commit?: "group" | "single";
  readonly limits?: Partial<GroupLimits>;
  /** A file up to this size is checked before it is used, a larger one beside the server. */
  readonly checkAtOnceBytes?: number;
  /** Whoever opens it has checked the file, or will check what they make of it. */
  readonly checked?: boolean;
  /** Runs each unit twice, and undoes the first run: shows a test which units change more than the store. On SQLite only. */
  readonly rehearse?: boolean;
  /** Of a database server. */
  readonly postgres?: Partial<PostgresLimits>;
}
