import { Client, type ClientConfig, type QueryResult } from "pg";
import { type Scheduled, systemClock } from "../lib/clock.ts";
import { ConnectionLost, StorageError } from "./errors.ts";
import { makesUseless, statementError } from "./postgres-errors.ts";
import type { PostgresLimits } from "./postgres-limits.ts";
import { bindAll, rowTypes } from "./postgres-values.ts";
import type { Row } from "./session.ts";

export interface Answer {
  readonly rows: Row[];
  readonly changes: number;
  /** The words the server ends with, such as `COMMIT`. */
  readonly command: string;
  readonly hasRows: boolean;
}

/** Names of what each connection prepares at its first use; these texts are few and fixed. */
const names = new Map<string, string>();

function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) names.set(text, (name = `q${names.size}`));
  return name;
}

const lost = "the connection to the database was lost";

/** One connection. What is asked before the last question is answered goes after it at once, without waiting. */
export class PostgresConnection {
  readonly #client: Client;
  readonly #answerMs: number;
  #pending = 0;
  #heardMs = 0;
  #watch: Scheduled | undefined;
  #broken: StorageError | undefined;

  private constructor(client: Client, answerMs: number) {
    this.#client = client;
    this.#answerMs = answerMs;
    client.on("error", (cause) => this.#break(new ConnectionLost(lost, { cause: statementError(cause) })));
    client.on("end", () => this.#break(new ConnectionLost(lost)));
  }

  static async open(url: string, limits: PostgresLimits): Promise<PostgresConnection> {
    const client = new Client(settings(url, limits));
    const connection = new PostgresConnection(client, limits.answerMs);
    try {
      await client.connect();
    } catch (error) {
      const cause = error instanceof Error ? statementError(error) : error;
      connection.destroy();
      throw new StorageError("the database cannot be reached", { cause });
    }
    return connection;
  }

  /** Why nothing can be asked any more. */
  get broken(): StorageError | undefined {
    return this.#broken;
  }

  /** A query of fixed text is planned once. */
  prepared(text: string, parameters: readonly unknown[]): Promise<Answer> {
    return this.#ask({ name: nameOf(text), text, values: bindAll(parameters) });
  }

  once(text: string, parameters: readonly unknown[] = []): Promise<Answer> {
    return this.#ask(parameters.length === 0 ? { text } : { text, values: bindAll(parameters) });
  }

  /** Ends it without another word: what is under way fails, and the server rolls it back. */
  destroy(): void {
    this.#break(new ConnectionLost("the connection was given up"));
  }

  async close(): Promise<void> {
    this.#watch?.cancel();
    if (this.#broken) return;
    this.#broken = new StorageError("the database is closed");
    const ended = this.#client.end();
    const late = systemClock.schedule(this.#answerMs, () => this.#hangUp());
    await ended.finally(() => late.cancel());
  }

  #ask(question: { name?: string; text: string; values?: unknown[] }): Promise<Answer> {
    if (this.#broken) return Promise.reject(this.#broken);
    this.#expect();
    return new Promise((resolve, reject) => {
      this.#client.query(
        question,
        (error: Error | null | undefined, result: QueryResult<Row> | QueryResult<Row>[]) => {
          this.#heard();
          if (error) reject(this.#failureOf(error));
          else resolve(answerOf(result));
        },
      );
    });
  }

  #failureOf(error: Error): Error {
    const failure = statementError(error);
    if (makesUseless(failure))
      this.#break(new ConnectionLost("the database gave the connection up", { cause: failure }));
    return failure === error ? (this.#broken ?? error) : failure;
  }

  // One timer for each busy stretch of the connection, and not for each question.
  #expect(): void {
    if (this.#pending++ === 0) this.#heardMs = systemClock.monotonic();
    this.#watch ??= systemClock.schedule(this.#answerMs, () => this.#look());
  }

  #heard(): void {
    this.#pending--;
    this.#heardMs = systemClock.monotonic();
  }

  #look(): void {
    this.#watch = undefined;
    if (this.#pending === 0 || this.#broken) return;
    const left = this.#heardMs + this.#answerMs - systemClock.monotonic();
    if (left > 0) this.#watch = systemClock.schedule(left, () => this.#look());
    else this.#break(new StorageError("the database does not answer"));
  }

  #break(why: StorageError): void {
    if (this.#broken) return;
    this.#broken = why;
    this.#watch?.cancel();
    this.#hangUp();
  }

  #hangUp(): void {
    this.#client.connection.stream.destroy();
  }
}

/** Of several statements in one text the last counts. */
function answerOf(result: QueryResult<Row> | QueryResult<Row>[]): Answer {
  const last = Array.isArray(result) ? result.at(-1) : result;
  if (last === undefined) return { rows: [], changes: 0, command: "", hasRows: false };
  const { rows, rowCount, command, fields } = last;
  return { rows, changes: rowCount ?? 0, command, hasRows: fields.length > 0 };
}

function settings(connectionString: string, limits: PostgresLimits): ClientConfig {
  return {
    connectionString,
    pipeline: true,
    types: rowTypes,
    application_name: "jarvis",
    connectionTimeoutMillis: limits.connectMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    statement_timeout: limits.answerMs,
    lock_timeout: limits.answerMs,
    // A node that stopped in the midst of a unit must not hold its locks for longer than others can wait.
    idle_in_transaction_session_timeout: limits.unitTimeoutMs + 1_000,
  };
}
