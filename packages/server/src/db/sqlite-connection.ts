import { Database as SqliteFile, type SQLQueryBindings, type Statement } from "bun:sqlite";
import { asStorageError, StorageError } from "./errors.ts";
import { ListParameter } from "./in-list.ts";
import type { Outcome, Row, Session } from "./session.ts";

type Compiled = Statement<Row, SQLQueryBindings[]>;

const maxStatements = 512;

/** One bun:sqlite connection with a bounded cache of prepared statements. Everything here is synchronous. */
export class SqliteConnection implements Session {
  readonly engine = "sqlite";
  /** Statements that were executed. */
  executed = 0;
  readonly #file: SqliteFile;
  readonly #statements = new Map<string, Compiled>();
  #closed = false;

  constructor(path: string, mode: "writer" | "reader") {
    this.#file = new SqliteFile(path, mode === "reader" ? { readonly: true } : { readwrite: true });
  }

  /** False after a failure that made SQLite roll the whole transaction back by itself. */
  get inTransaction(): boolean {
    return this.#file.inTransaction;
  }

  all(text: string, parameters: readonly unknown[]): Row[] {
    return guard(() => this.#statement(text).all(...bindAll(parameters)));
  }

  first(text: string, parameters: readonly unknown[]): Row | undefined {
    return guard(() => this.#statement(text).get(...bindAll(parameters)) ?? undefined);
  }

  run(text: string, parameters: readonly unknown[]): number {
    return guard(() => this.#statement(text).run(...bindAll(parameters)).changes);
  }

  execute(text: string, parameters: readonly unknown[]): Outcome {
    return guard(() => {
      const statement = this.#statement(text);
      const values = bindAll(parameters);
      if (statement.columnNames.length > 0) return { rows: statement.all(...values), changes: 0 };
      return { rows: [], changes: statement.run(...values).changes };
    });
  }

  /** Runs a statement that takes no parameters, such as COMMIT. */
  command(text: string): void {
    guard(() => this.#statement(text).run());
  }

  close(): void {
    this.#closed = true;
    for (const statement of this.#statements.values()) statement.finalize();
    this.#statements.clear();
    this.#file.close(true);
  }

  #statement(text: string): Compiled {
    this.executed++;
    // The driver's own error for this has no code that would tell it from a mistake.
    if (this.#closed) throw new StorageError("the database is closed");
    return this.#statements.get(text) ?? this.#prepare(text);
  }

  // The oldest goes first whatever its use: texts are few and fixed, so this only bounds memory.
  #prepare(text: string): Compiled {
    const statement = this.#file.prepare<Row, SQLQueryBindings[]>(text);
    for (const [oldest, evicted] of this.#statements) {
      if (this.#statements.size < maxStatements) break;
      this.#statements.delete(oldest);
      evicted.finalize();
    }
    this.#statements.set(text, statement);
    return statement;
  }
}

function guard<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asStorageError(error);
  }
}

function bindAll(parameters: readonly unknown[]): SQLQueryBindings[] {
  const bound: SQLQueryBindings[] = [];
  for (let i = 0; i < parameters.length; i++) bound.push(bind(parameters[i], i));
  return bound;
}

// bun:sqlite would bind undefined and NaN as NULL, and take an array for the list of all parameters.
function bind(value: unknown, position: number): SQLQueryBindings {
  if (typeof value === "string" || value === null) return value;
  if (typeof value === "number" && isStorable(value)) return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value instanceof Uint8Array) return value;
  if (value instanceof ListParameter && Array.isArray(value.values)) return JSON.stringify(value.values);
  throw new TypeError(`parameter ${position + 1} cannot be stored: ${describe(value)}`);
}

function isStorable(value: number): boolean {
  return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
}

function describe(value: unknown): string {
  return typeof value === "number" ? "not a finite, exact number" : typeof value;
}
