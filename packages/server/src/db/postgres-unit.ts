import { systemClock } from "../lib/clock.ts";
import { sqlOf } from "./kysely-session.ts";
import type { Answer } from "./postgres-connection.ts";
import type { PostgresTransaction } from "./postgres-transaction.ts";
import type { Outcome, Row, Session, Sql, Tx } from "./session.ts";
import { controlsTransaction, isRead } from "./statement-kind.ts";
import type { Turn } from "./turns.ts";

/** A unit's handle on its transaction, which others may share: statements pass while it is live and none has failed. */
export class PostgresUnit implements Tx, Session {
  readonly engine = "postgres";
  readonly sql: Sql = sqlOf(this);
  readonly effects: (() => void)[] = [];
  readonly #transaction: PostgresTransaction;
  readonly #turn: Turn | undefined;
  #live = true;
  #pending = 0;
  #heardMs = systemClock.monotonic();
  /** It has sent a statement that may change something. */
  wrote = false;

  constructor(transaction: PostgresTransaction, turn?: Turn) {
    this.#transaction = transaction;
    this.#turn = turn;
  }

  get live(): boolean {
    return this.#live;
  }

  /** For how long it has been waiting for something that is not the database. */
  get awayMs(): number {
    return this.#pending > 0 ? 0 : systemClock.monotonic() - this.#heardMs;
  }

  end(): void {
    this.#live = false;
  }

  onCommit(effect: () => void): void {
    this.#check();
    this.effects.push(effect);
  }

  async all(text: string, parameters: readonly unknown[]): Promise<Row[]> {
    return (await this.#ask(text, parameters, true)).rows;
  }

  async first(text: string, parameters: readonly unknown[]): Promise<Row | undefined> {
    return (await this.#ask(text, parameters, true)).rows[0];
  }

  async run(text: string, parameters: readonly unknown[]): Promise<number> {
    return (await this.#ask(text, parameters, true)).changes;
  }

  async execute(text: string, parameters: readonly unknown[]): Promise<Outcome> {
    // Only free text can hold such a word at its start, and only this method takes free text.
    if (controlsTransaction(text)) throw new Error("a unit of work cannot control its transaction");
    const { rows, changes, hasRows } = await this.#ask(text, parameters, false);
    return { rows, changes: hasRows ? 0 : changes };
  }

  /** Should the unit be run again, it then goes before those that share transactions on these streams. */
  async beforeNumbers(streams: readonly string[]): Promise<void> {
    for (const stream of streams) this.#transaction.streams.add(stream);
    this.#pending++;
    await this.#turn?.come;
    this.#pending--;
  }

  afterNumbers(): void {
    this.#turn?.taken();
  }

  async #ask(text: string, parameters: readonly unknown[], isPrepared: boolean): Promise<Answer> {
    this.#check();
    if (!isRead(text)) this.wrote = true;
    this.#pending++;
    try {
      return await this.#transaction.ask(text, parameters, isPrepared);
    } finally {
      this.#pending--;
      this.#heardMs = systemClock.monotonic();
    }
  }

  #check(): void {
    if (!this.#live) throw new Error("this unit of work has ended: its handle cannot be used any more");
  }
}
