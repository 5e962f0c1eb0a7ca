import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Kysely, sql } from "kysely";
import { type Database, type DatabaseOptions, openDatabase, type Sql } from "./database.ts";
import type { Schema } from "./schema.ts";

/** Tables of the tests alone, so that they do not move with the product's. */
// An alias and not an interface: Kysely asks for an index signature here.
export type TrialTables = {
  counter: { name: string; value: number };
  child: { name: string; counter: string };
};

/** A database in a directory of its own that ends with the test. */
export class TemporaryDatabase implements AsyncDisposable {
  readonly logged: { details: object; message: string }[] = [];
  readonly path: string;
  readonly #directory: string;
  readonly #options: Partial<DatabaseOptions>;
  #db: Database | undefined;

  constructor(options: Partial<DatabaseOptions>) {
    this.#directory = mkdtempSync(join(tmpdir(), "jarvis-db-"));
    this.path = join(this.#directory, "data", "trial.db");
    this.#options = options;
  }

  get db(): Database {
    if (!this.#db) throw new Error("the trial database is not open");
    return this.#db;
  }

  async open(): Promise<void> {
    const keep = (details: object, message: string): void => void this.logged.push({ details, message });
    this.#db = await openDatabase(`sqlite:${this.path}`, {
      log: { error: keep, warn: keep },
      ...this.#options,
    });
  }

  async reopen(): Promise<void> {
    await this.db.close();
    await this.open();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#db?.close();
    rmSync(this.#directory, { recursive: true });
  }
}

/** Opens one with the trial tables. */
export async function createTrial(options: Partial<DatabaseOptions> = {}): Promise<TemporaryDatabase> {
  // What a group holds must not depend on how busy the machine is.
  const limits = { maxGroupMs: Number.POSITIVE_INFINITY, ...options.limits };
  const trial = new TemporaryDatabase({ ...options, limits });
  await trial.open();
  await trial.db.write(async ({ sql: db }) => {
    await sql`create table counter (name text primary key, value integer not null)`.execute(db);
    await sql`create table child (name text primary key,
      counter text not null references counter (name) deferrable initially deferred)`.execute(db);
  });
  return trial;
}

export function tables(db: Sql): Kysely<Schema & TrialTables> {
  return db.$extendTables<TrialTables>();
}

export async function insertCounter(db: Sql, name: string, value = 0): Promise<void> {
  await tables(db).insertInto("counter").values({ name, value }).execute();
}

export async function counterNames(db: Sql): Promise<string[]> {
  const rows = await tables(db).selectFrom("counter").select("name").orderBy("name").execute();
  return rows.map(({ name }) => name);
}

/** The error that a promise must fail with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ("error" in outcome) return outcome.error;
  throw new Error(`this was expected to fail, and gave ${JSON.stringify(outcome.value)}`);
}

/** A turn of the event loop that is not the database's. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
