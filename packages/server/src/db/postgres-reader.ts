import { ConnectionLost } from "./errors.ts";
import type { Answer, PostgresConnection } from "./postgres-connection.ts";
import { asPostgresStorageError, isConflict } from "./postgres-errors.ts";
import type { PostgresPool } from "./postgres-pool.ts";
import type { Outcome, Row, Session } from "./session.ts";
import { isRead } from "./statement-kind.ts";

type Question = (connection: PostgresConnection) => Promise<Answer>;

/** Reads what is committed, each query by itself on a connection that is free. */
export class PostgresReader implements Session {
  readonly engine = "postgres";
  executed = 0;
  readonly #pool: PostgresPool;

  constructor(pool: PostgresPool) {
    this.#pool = pool;
  }

  async all(text: string, parameters: readonly unknown[]): Promise<Row[]> {
    requireRead(text);
    return (await this.#ask((connection) => connection.prepared(text, parameters))).rows;
  }

  async first(text: string, parameters: readonly unknown[]): Promise<Row | undefined> {
    return (await this.all(text, parameters))[0];
  }

  async run(text: string, parameters: readonly unknown[]): Promise<number> {
    await this.all(text, parameters);
    return 0;
  }

  async execute(text: string, parameters: readonly unknown[]): Promise<Outcome> {
    requireRead(text);
    const { rows } = await this.#ask((connection) => connection.once(text, parameters));
    return { rows, changes: 0 };
  }

  /** Where the server has closed the connection meanwhile, the question is asked once more on another one. */
  async #ask(question: Question): Promise<Answer> {
    this.executed++;
    try {
      return await this.#pool.use(question);
    } catch (error) {
      if (!isConflict(error) && !(error instanceof ConnectionLost)) throw asPostgresStorageError(error);
    }
    try {
      return await this.#pool.use(question);
    } catch (error) {
      throw asPostgresStorageError(error);
    }
  }
}

function requireRead(text: string): void {
  if (!isRead(text)) throw new Error("only a unit of work can write");
}
