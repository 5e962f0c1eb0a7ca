import { setTimeout } from "node:timers/promises";
import { sql } from "kysely";
import type { WriteOptions } from "./database-types.ts";
import { Conflict, ConnectionLost, isConstraintViolation, StorageError, UnitTimeout } from "./errors.ts";
import { isInsideUnit } from "./inside-unit.ts";
import { attempt, type Effects, type Work } from "./postgres-attempt.ts";
import { PostgresConnection } from "./postgres-connection.ts";
import { asPostgresStorageError, isConflict } from "./postgres-errors.ts";
import type { PostgresLimits } from "./postgres-limits.ts";
import type { PostgresPool } from "./postgres-pool.ts";
import { type Isolation, PostgresTransaction } from "./postgres-transaction.ts";
import type { Log, Tx } from "./session.ts";
import { systemClock } from "../lib/clock.ts";
import { secureRandom } from "../lib/ids.ts";

type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown; readonly isUnknown: boolean };

const random = secureRandom(systemClock);

/** Schema changes wait for other nodes' and may rewrite tables. */
const patienceMs = 15 * 60_000;
/** A key that somebody else took meanwhile is there when the unit looks again; a mistake is made again. */
const constraintRuns = 3;

/** Runs units of work, each in a transaction of its own, again where others wrote in between. */
export class PostgresUnits {
  readonly counts = { commits: 0, units: 0, failedUnits: 0, failedCommits: 0 };
  readonly #pool: PostgresPool;
  readonly #limits: PostgresLimits;
  readonly #log: Log;
  readonly #openPatient: () => Promise<PostgresConnection>;
  /** Those that are run again go one after another: of many that want one row, each run of all but one would be in vain. */
  #again: Promise<unknown> = Promise.resolve();
  #active = 0;
  #closing: PromiseWithResolvers<void> | undefined;
  #failing = false;
  #proof: Promise<void> | undefined;

  constructor(pool: PostgresPool, url: string, limits: PostgresLimits, log: Log) {
    this.#pool = pool;
    this.#limits = limits;
    this.#log = log;
    this.#openPatient = () => PostgresConnection.open(url, { ...limits, answerMs: patienceMs });
  }

  get active(): number {
    return this.#active;
  }

  async write<T>(work: (tx: Tx) => Promise<T>, options: WriteOptions = {}): Promise<T> {
    if (isInsideUnit()) throw new Error("a unit of work cannot start another one");
    if (this.#closing) throw new StorageError("the database is closed");
    if (this.#active >= this.#limits.maxQueued) throw new StorageError("too many writes wait");
    this.#active++;
    try {
      // The value is the one that `work` gave, hence a T.
      return (await this.#untilStored(work, options)) as T;
    } catch (error) {
      this.counts.failedUnits++;
      if (error instanceof StorageError && !(error instanceof UnitTimeout)) this.#failing = true;
      throw error;
    } finally {
      this.counts.units++;
      this.#active--;
      this.#reportIdle();
    }
  }

  /** After a write that the database failed: writes a little, and throws as long as that fails too. */
  async proveWritable(): Promise<void> {
    if (!this.#failing) return;
    this.#proof ??= this.#prove().finally(() => (this.#proof = undefined));
    await this.#proof;
  }

  async #prove(): Promise<void> {
    await this.write(async ({ sql: db }) => {
      await sql`update migration set name = name where position = 1`.execute(db);
    });
    this.#failing = false;
  }

  /** Refuses new units, and waits until those that are in have ended. */
  close(): Promise<void> {
    this.#closing ??= Promise.withResolvers<void>();
    this.#reportIdle();
    return this.#closing.promise;
  }

  #reportIdle(): void {
    if (this.#active === 0) this.#closing?.resolve();
  }

  async #untilStored(work: Work, options: WriteOptions): Promise<unknown> {
    const first = await this.#once(work, options);
    if (first.ok) return first.value;
    if (!this.#mayRunAgain(first, 1)) throw asPostgresStorageError(first.error);
    const running = this.#again.then(() => this.#runAgain(work, options));
    this.#again = running.catch(() => undefined); // whoever waits for it hears of its failure
    return running;
  }

  async #runAgain(work: Work, options: WriteOptions): Promise<unknown> {
    for (let run = 2; ; run++) {
      const outcome = await this.#once(work, options);
      if (outcome.ok) return outcome.value;
      if (!this.#mayRunAgain(outcome, run)) throw this.#finally(outcome.error);
      // Other nodes' units that got in between are not run in step with this one.
      await setTimeout(random.fraction() * Math.min(200, 2 ** run));
    }
  }

  #finally(error: unknown): unknown {
    if (!isConflict(error)) return asPostgresStorageError(error);
    return new Conflict("other units came in between again and again", { cause: error });
  }

  #mayRunAgain({ error, isUnknown }: { error: unknown; isUnknown: boolean }, runs: number): boolean {
    if (isUnknown || runs >= this.#limits.attempts) return false;
    if (isConflict(error)) return true;
    return (isConstraintViolation(error) || error instanceof ConnectionLost) && runs < constraintRuns;
  }

  async #once(work: Work, { schema }: WriteOptions): Promise<Outcome> {
    if (schema) return this.#inPatience(work);
    return this.#pool.use((connection) => this.#transact(connection, work, "serializable"));
  }

  async #inPatience(work: Work): Promise<Outcome> {
    const connection = await this.#openPatient();
    try {
      return await this.#transact(connection, work, "read committed");
    } finally {
      await connection.close();
    }
  }

  async #transact(connection: PostgresConnection, work: Work, isolation: Isolation): Promise<Outcome> {
    const transaction = new PostgresTransaction(connection, isolation);
    const ended = await attempt(transaction, work, this.#limits, this.#log);
    if (!ended.ok) {
      await this.#rollBack(transaction);
      return { ...ended, isUnknown: false };
    }
    try {
      await transaction.commit();
    } catch (error) {
      this.counts.failedCommits++;
      // Nobody knows whether it is stored when the connection ended in the midst of it.
      return { ok: false, error, isUnknown: connection.broken !== undefined };
    }
    this.counts.commits++;
    this.#apply(ended.effects);
    return ended;
  }

  async #rollBack(transaction: PostgresTransaction): Promise<void> {
    try {
      await transaction.rollBack();
    } catch (error) {
      this.#log.warn({ error }, "could not roll back: the connection is given up");
      transaction.connection.destroy();
    }
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
