import { setTimeout } from "node:timers/promises";
import { sql } from "kysely";
import { systemClock } from "../lib/clock.ts";
import { secureRandom } from "../lib/ids.ts";
import type { WriteOptions } from "./database-types.ts";
import { Conflict, ConnectionLost, isConstraintViolation, StorageError, UnitTimeout } from "./errors.ts";
import { isInsideUnit } from "./inside-unit.ts";
import { ListParameter } from "./in-list.ts";
import type { Work } from "./postgres-attempt.ts";
import { asPostgresStorageError, isConflict } from "./postgres-errors.ts";
import { type Job, Lanes } from "./postgres-lanes.ts";
import type { PostgresLimits } from "./postgres-limits.ts";
import type { PostgresPool } from "./postgres-pool.ts";
import { type Failed, PostgresRuns, type Run } from "./postgres-runs.ts";
import type { Log, Tx } from "./session.ts";

const random = secureRandom(systemClock);

/** A key that somebody else took meanwhile is there when the unit looks again; a mistake is made again. */
const constraintRuns = 3;

type Once = (failed?: Failed) => Promise<Run>;

/** Takes units of work, and runs each until it is stored or has failed for a reason of its own. */
export class PostgresUnits {
  readonly #counts = { units: 0, failedUnits: 0 };
  readonly #runs: PostgresRuns;
  readonly #pool: PostgresPool;
  readonly #limits: PostgresLimits;
  readonly #lanes: Lanes<Work>;
  /** Those that are run again go one after another: of many that want one row, each run of all but one would be in vain. */
  #again: Promise<unknown> = Promise.resolve();
  #active = 0;
  #closing: PromiseWithResolvers<void> | undefined;
  #failing = false;
  #proof: Promise<void> | undefined;

  constructor(pool: PostgresPool, url: string, limits: PostgresLimits, log: Log) {
    this.#pool = pool;
    this.#limits = limits;
    this.#runs = new PostgresRuns(pool, url, limits, log);
    this.#lanes = new Lanes(limits.maxTogether, (jobs) => this.#serve(jobs));
  }

  get counts() {
    return { ...this.#counts, ...this.#runs.counts, queued: this.#active };
  }

  async write<T>(work: (tx: Tx) => Promise<T>, options: WriteOptions = {}): Promise<T> {
    if (isInsideUnit()) throw new Error("a unit of work cannot start another one");
    if (this.#closing) throw new StorageError("the database is closed");
    if (this.#active >= this.#limits.maxQueued) throw new StorageError("too many writes wait");
    this.#active++;
    try {
      // The value is the one that `work` gave, hence a T.
      return (await this.#stored(work, options)) as T;
    } catch (error) {
      this.#counts.failedUnits++;
      if (error instanceof StorageError && !(error instanceof UnitTimeout)) this.#failing = true;
      throw error;
    } finally {
      this.#counts.units++;
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

  #stored(work: Work, { schema, together, alone = false }: WriteOptions): Promise<unknown> {
    if (together !== undefined) return this.#lanes.add(together, work, alone);
    if (schema) return this.#untilStored(() => this.#runs.patient(work));
    return this.#untilStored((failed) => this.#serializable(work, failed));
  }

  /** Of a lane: gives each its end. */
  async #serve(jobs: readonly Job<Work>[]): Promise<void> {
    try {
      const runs = jobs[0]?.alone ? null : await this.#together(jobs);
      for (const [index, job] of jobs.entries()) {
        const run = runs?.[index];
        if (run === undefined) await this.#settle(job);
        else if (run.ok) job.resolve(run.value);
        else job.reject(asPostgresStorageError(run.error));
      }
    } catch (error) {
      for (const job of jobs) job.reject(asPostgresStorageError(error));
    }
  }

  /** Null where they have to go one by one, since one of them would take the others with it. */
  async #together(jobs: readonly Job<Work>[]): Promise<Run[] | null> {
    for (let runs = 1; ; runs++) {
      const ended = await this.#runs.together(jobs);
      if (Array.isArray(ended)) return ended;
      const isCut = ended.error instanceof ConnectionLost && !ended.isUnknown && runs === 1;
      if (!isCut && (ended.isUnknown || isUnreachable(ended.error))) throw ended.error;
      if (!isCut) return null;
    }
  }

  async #settle(job: Job<Work>): Promise<void> {
    const once: Once = job.alone
      ? (failed) => this.#serializable(job.run, failed)
      : () => this.#runs.locked(job);
    await this.#untilStored(once).then(job.resolve, job.reject);
  }

  async #untilStored(once: Once): Promise<unknown> {
    const first = await once();
    if (first.ok) return first.value;
    if (!this.#mayRunAgain(first, 1)) throw asPostgresStorageError(first.error);
    const running = this.#again.then(() => this.#runAgain(once, first));
    this.#again = running.catch(() => undefined); // whoever waits for it hears of its failure
    return running;
  }

  async #runAgain(once: Once, first: Failed): Promise<unknown> {
    let failed = first;
    for (let runs = 2; ; runs++) {
      const run = await once(failed);
      if (run.ok) return run.value;
      if (!this.#mayRunAgain(run, runs)) throw finalError(run.error);
      failed = run;
      // Other nodes' units that got in between are not run in step with this one.
      await setTimeout(random.fraction() * Math.min(200, 2 ** runs));
    }
  }

  #mayRunAgain({ error, isUnknown }: Failed, runs: number): boolean {
    if (isUnknown || runs >= this.#limits.attempts) return false;
    if (isConflict(error)) return true;
    return (isConstraintViolation(error) || error instanceof ConnectionLost) && runs < constraintRuns;
  }

  /**
   * Run again, a unit first keeps those out that share transactions on the streams it appends to, and only then looks at the
   * store: they follow each other so closely that it would come too late each time. What it does itself passes this lock.
   */
  async #serializable(work: Work, failed?: Failed): Promise<Run> {
    if (!failed || failed.streams.size === 0 || this.#limits.connections < 2)
      return this.#runs.serializable(work);
    return this.#pool.use(async (gate) => {
      await gate.once("begin");
      try {
        await gate.prepared(holdOff, [new ListParameter([...failed.streams])]);
        return await this.#runs.serializable(work);
      } finally {
        await gate.once("rollback");
      }
    });
  }
}

/** Tried one by one, each would wait for as long as it takes to see that. */
function isUnreachable(error: unknown): boolean {
  const failure = asPostgresStorageError(error);
  return failure instanceof StorageError && !(failure instanceof UnitTimeout) && !isConflict(error);
}

function finalError(error: unknown): unknown {
  if (!isConflict(error)) return asPostgresStorageError(error);
  return new Conflict("other units came in between again and again", { cause: error });
}

const holdOff = "select id from stream where id = any($1) order by id for key share";
