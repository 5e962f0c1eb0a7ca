import { StorageError } from "./errors.ts";
import type { Outcome, Row, Session, Sql, Tx } from "./session.ts";
import type { SqliteConnection } from "./sqlite-connection.ts";
import { controlsTransaction } from "./statement-kind.ts";
import { sqlOf } from "./kysely-session.ts";

/** A unit's handle on the writer: statements pass while it is live and its transaction stands. */
export class Unit implements Tx, Session {
  readonly engine = "sqlite";
  readonly sql: Sql = sqlOf(this);
  readonly effects: (() => void)[] = [];
  readonly #connection: SqliteConnection;
  #live = true;
  #lost: StorageError | undefined;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  get live(): boolean {
    return this.#live;
  }

  end(): void {
    this.#live = false;
  }

  onCommit(effect: () => void): void {
    this.#check();
    this.effects.push(effect);
  }

  all(text: string, parameters: readonly unknown[]): Row[] {
    return this.#use(() => this.#connection.all(text, parameters));
  }

  first(text: string, parameters: readonly unknown[]): Row | undefined {
    return this.#use(() => this.#connection.first(text, parameters));
  }

  run(text: string, parameters: readonly unknown[]): number {
    return this.#use(() => this.#connection.run(text, parameters));
  }

  execute(text: string, parameters: readonly unknown[]): Outcome {
    // Only free text can hold such a word at its start, and only this method takes free text.
    if (controlsTransaction(text)) throw new Error("a unit of work cannot control its transaction");
    return this.#use(() => this.#connection.execute(text, parameters));
  }

  #use<T>(work: () => T): T {
    this.#check();
    try {
      return work();
    } catch (error) {
      // Going on after SQLite gave the transaction up would write outside of any.
      if (!this.#connection.inTransaction) {
        this.#lost = new StorageError("the transaction was rolled back by the database", { cause: error });
      }
      throw this.#lost ?? error;
    }
  }

  #check(): void {
    if (!this.#live) throw new Error("this unit of work has ended: its handle cannot be used any more");
    if (this.#lost) throw this.#lost;
  }
}
