import { attempt, type Effects, type Ended, type Work } from "./postgres-attempt.ts";
import { PostgresConnection } from "./postgres-connection.ts";
import type { PostgresLimits } from "./postgres-limits.ts";
import type { PostgresPool } from "./postgres-pool.ts";
import { type Isolation, PostgresTransaction } from "./postgres-transaction.ts";
import type { Log } from "./session.ts";
import { Turns } from "./turns.ts";

export interface Failed {
  readonly ok: false;
  readonly error: unknown;
  /** Nobody knows whether it is stored: its connection ended in the midst of the commit. */
  readonly isUnknown: boolean;
  /** Logs that it was about to append to. */
  readonly streams: ReadonlySet<string>;
}

/** A unit and the stream that it appends to. */
export interface Appending {
  readonly stream: string;
  readonly run: Work;
}

export type Run = { readonly ok: true; readonly value: unknown } | Failed;

/** Schema changes wait for other nodes' and may rewrite tables. */
const patienceMs = 15 * 60_000;

/** Runs units once, in a transaction, and takes it to its end. */
export class PostgresRuns {
  readonly counts = { commits: 0, failedCommits: 0 };
  readonly #pool: PostgresPool;
  readonly #url: string;
  readonly #limits: PostgresLimits;
  readonly #log: Log;

  constructor(pool: PostgresPool, url: string, limits: PostgresLimits, log: Log) {
    this.#pool = pool;
    this.#url = url;
    this.#limits = limits;
    this.#log = log;
  }

  /** As if nothing else ran at the same time. */
  serializable(work: Work): Promise<Run> {
    return this.#pool.use((connection) => this.#single(connection, work, "serializable"));
  }

  /** On a connection of its own, which is allowed to take long. */
  async patient(work: Work): Promise<Run> {
    const connection = await PostgresConnection.open(this.#url, { ...this.#limits, answerMs: patienceMs });
    try {
      return await this.#single(connection, work, "read committed");
    } finally {
      await connection.close();
    }
  }

  /**
   * All in one transaction, side by side: what one of them asks goes to the server behind what the others have asked. Their
   * streams are locked first, so that whoever changes what they ask about comes before or after all of them. One failure
   * where one has failed in a way that takes the others with it.
   */
  together(jobs: readonly Appending[]): Promise<Run[] | Failed> {
    return this.#pool.use(async (connection) => {
      const transaction = new PostgresTransaction(connection, "read committed");
      const locked = transaction.lock([...new Set(jobs.map(({ stream }) => stream))]);
      const turns = new Turns();
      const ended = await Promise.all(
        jobs.map(({ stream, run }, place) =>
          attempt(transaction, run, this.#limits, this.#log, turns.next(stream, place)),
        ),
      );
      await locked;
      const failed = transaction.failure ?? ended.filter((one) => !one.ok).find(({ wrote }) => wrote);
      if (failed) return this.#rolledBack(transaction, failed.error);
      return this.#committed(transaction, ended, turns.order);
    });
  }

  /** As one of those that go together, by itself. */
  async locked(job: Appending): Promise<Run> {
    const runs = await this.together([job]);
    if (!Array.isArray(runs)) return runs;
    const [run] = runs;
    if (run === undefined) throw new Error("a unit ended without an end");
    return run;
  }

  async #single(connection: PostgresConnection, work: Work, isolation: Isolation): Promise<Run> {
    const transaction = new PostgresTransaction(connection, isolation);
    const ended = await attempt(transaction, work, this.#limits, this.#log);
    if (!ended.ok) return this.#rolledBack(transaction, ended.error);
    const committed = await this.#committed(transaction, [ended], [0]);
    return Array.isArray(committed) ? { ok: true, value: ended.value } : committed;
  }

  async #committed(
    transaction: PostgresTransaction,
    ended: readonly Ended[],
    order: Iterable<number>,
  ): Promise<Run[] | Failed> {
    try {
      await transaction.commit();
    } catch (error) {
      this.counts.failedCommits++;
      const isUnknown = transaction.connection.broken !== undefined;
      return { ok: false, error, isUnknown, streams: transaction.streams };
    }
    this.counts.commits++;
    for (const index of order) {
      const one = ended[index];
      if (one?.ok) this.#apply(one.effects);
    }
    return ended.map((one) => (one.ok ? one : { ...one, isUnknown: false, streams: transaction.streams }));
  }

  async #rolledBack(transaction: PostgresTransaction, error: unknown): Promise<Failed> {
    try {
      await transaction.rollBack();
    } catch (trouble) {
      this.#log.warn({ error: trouble }, "could not roll back: the connection is given up");
      transaction.connection.destroy();
    }
    return { ok: false, error, isUnknown: false, streams: transaction.streams };
  }

  #apply(effects: Effects): void {
    for (const effect of effects) {
      try {
        effect();
      } catch (error) {
        this.#log.error({ error }, "an effect after a commit failed");
      }
    }
  }
}
