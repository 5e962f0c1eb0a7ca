import { StorageError } from "./errors.ts";
import { ListParameter } from "./in-list.ts";
import type { Answer, PostgresConnection } from "./postgres-connection.ts";

export type Isolation = "read committed" | "serializable";

/** One transaction on a connection. It begins with its first statement, in the same write to the socket. */
export class PostgresTransaction {
  readonly connection: PostgresConnection;
  /** Logs that its units have appended to. */
  readonly streams = new Set<string>();
  readonly #isolation: Isolation;
  #begun: Promise<unknown> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(connection: PostgresConnection, isolation: Isolation) {
    this.connection = connection;
    this.#isolation = isolation;
  }

  /** The first statement that failed: after that the server takes no other, and nothing can be committed. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  async ask(text: string, parameters: readonly unknown[], isPrepared: boolean): Promise<Answer> {
    // Those that are on their way already fail too, but for no reason of their own.
    if (this.#failure) throw this.#failure.error;
    this.#begin();
    try {
      const { connection } = this;
      return await (isPrepared ? connection.prepared(text, parameters) : connection.once(text, parameters));
    } catch (error) {
      this.#failure ??= { error };
      throw this.#failure.error;
    }
  }

  /** Keeps everybody else off these streams until the end. What is asked after it is asked once it is locked. */
  async lock(streams: readonly string[]): Promise<void> {
    // Its failure is the transaction's.
    await this.ask(lockStreams, [new ListParameter(streams)], true).catch(() => undefined);
  }

  /** Nothing was asked: nothing is to be stored. Throws when it was not; whether it was is unknown if the connection broke. */
  async commit(): Promise<void> {
    if (!this.#begun) return;
    if (this.#failure) throw this.#failure.error;
    const { command } = await this.connection.once("commit");
    if (command !== "COMMIT") throw new StorageError("the database rolled back what was to be committed");
  }

  async rollBack(): Promise<void> {
    if (!this.#begun || this.connection.broken) return;
    await this.connection.once("rollback");
  }

  #begin(): void {
    this.#begun ??= this.connection
      .once(`begin isolation level ${this.#isolation}`)
      .catch((error: unknown) => (this.#failure ??= { error }));
  }
}

// In one order everywhere, so that two that want the same streams do not wait for each other.
const lockStreams = "select id from stream where id = any($1) order by id for update";
