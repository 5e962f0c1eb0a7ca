import type { Kysely } from "kysely";
import type { Schema } from "./schema.ts";

/** What store functions take: the reader's or one unit's view of the database. */
export type Sql = Kysely<Schema>;

export type Engine = "sqlite" | "postgres";

/**
 * One unit of work. Its handle is the only way to the writer and is dead once the unit has ended. A unit may run more
 * than once before it is stored: it must change nothing but the store through this handle, and leave the rest to
 * `onCommit`.
 */
export interface Tx {
  readonly sql: Sql;
  /** Runs synchronously right after the commit, in unit order, before any unit's promise resolves. */
  onCommit(effect: () => void): void;
}

export type Row = Record<string, unknown>;

export interface Outcome {
  readonly rows: Row[];
  readonly changes: number;
}

/** How compiled statements reach an engine; every `Sql` has one behind its executor. */
export interface Session {
  readonly engine: Engine;
  all(text: string, parameters: readonly unknown[]): Row[] | Promise<Row[]>;
  first(text: string, parameters: readonly unknown[]): Row | undefined | Promise<Row | undefined>;
  run(text: string, parameters: readonly unknown[]): number | Promise<number>;
  execute(text: string, parameters: readonly unknown[]): Outcome | Promise<Outcome>;
  /** Resolves when the unit may take the next numbers of these streams. */
  beforeNumbers?(streams: readonly string[]): Promise<void>;
  /** They are being taken: whoever came next may. */
  afterNumbers?(): void;
}

export interface Log {
  error(details: object, message: string): void;
  warn(details: object, message: string): void;
}
