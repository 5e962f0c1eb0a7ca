import { systemClock } from "../lib/clock.ts";
import { StorageError, UnitTimeout } from "./errors.ts";
import { Fifo } from "./fifo.ts";
import { isInsideUnit } from "./inside-unit.ts";
import type { Log, Tx } from "./session.ts";
import type { SqliteConnection } from "./sqlite-connection.ts";
import { type Ended, inCallersContext, UnitRunner, type Work } from "./unit-runner.ts";

export interface GroupLimits {
  /** Units that share one commit, at most. */
  readonly maxUnits: number;
  /** How long the units of one group may take together: then sockets are read, so that long units in a row stall nobody. */
  readonly maxGroupMs: number;
  /** Units waiting for their turn, at most; more are refused. */
  readonly maxQueued: number;
  /** How long a unit may wait for something that is not the database. */
  readonly unitTimeoutMs: number;
}

interface Job {
  readonly work: Work;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs units of work one after another on the writer, each in its own savepoint, and lets all that arrive in one
 * turn of the event loop share a COMMIT and so its fsync. No promise settles before that COMMIT has returned.
 */
export class GroupCommit {
  readonly counts = { commits: 0, units: 0, failedUnits: 0, failedCommits: 0 };
  readonly #connection: SqliteConnection;
  readonly #limits: GroupLimits;
  readonly #log: Log;
  readonly #runner: UnitRunner;
  readonly #queue = new Fifo<Job>();
  #group: { job: Job; ended: Ended }[] = [];
  #open = false;
  #begunMs = 0;
  #draining = false;
  #turnPlanned = false;
  #closing: PromiseWithResolvers<void> | undefined;
  #failing = false;
  #proof: Promise<void> | undefined;
  #betweenGroups: (() => void)[] = [];

  constructor(connection: SqliteConnection, limits: GroupLimits, log: Log, rehearses = false) {
    this.#connection = connection;
    this.#limits = limits;
    this.#log = log;
    this.#runner = new UnitRunner(connection, limits.unitTimeoutMs, log, rehearses);
  }

  get queued(): number {
    return this.#queue.length;
  }

  write<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    if (isInsideUnit()) return Promise.reject(new Error("a unit of work cannot start another one"));
    if (this.#closing) return Promise.reject(new StorageError("the database is closed"));
    if (this.queued >= this.#limits.maxQueued)
      return Promise.reject(new StorageError("too many writes wait"));
    return new Promise<T>((resolve, reject) => {
      // The value a job resolves with is the one its own `work` gave, hence a T.
      const settle = { resolve: resolve as (value: unknown) => void, reject };
      this.#queue.push({ work: inCallersContext(work), ...settle });
      this.#wake();
    });
  }

  /** After a write that the machine failed: writes a little, and throws as long as that fails too. */
  async proveWritable(): Promise<void> {
    if (!this.#failing) return;
    this.#proof ??= this.#prove().finally(() => (this.#proof = undefined));
    await this.#proof;
  }

  async #prove(): Promise<void> {
    await this.write(() => Promise.resolve(rewriteHeader(this.#connection)));
    this.#failing = false;
  }

  /** Runs synchronous work on the writer while no transaction is open: now, or right after the present group. */
  between<T>(work: () => T): Promise<T> {
    if (this.#closing) return Promise.reject(new StorageError("the database is closed"));
    return new Promise<T>((resolve) => {
      this.#betweenGroups.push(() => resolve(Promise.try(work)));
      if (!this.#open) this.#runBetween();
    });
  }

  #runBetween(): void {
    const waiting = this.#betweenGroups;
    this.#betweenGroups = [];
    for (const work of waiting) work();
  }

  /** Refuses new units, and waits until those that are in have been committed. */
  close(): Promise<void> {
    this.#closing ??= Promise.withResolvers<void>();
    this.#reportIdle();
    return this.#closing.promise;
  }

  #wake(): void {
    if (this.#draining) return;
    this.#draining = true;
    queueMicrotask(() => void this.#drain());
  }

  async #drain(): Promise<void> {
    for (let job = this.#queue.shift(); job; job = this.#queue.shift()) {
      if (!this.#open && !this.#begin(job)) break;
      this.#planTurn();
      this.#group.push({ job, ended: await this.#runner.run(job.work) });
      if (this.#isFull()) {
        this.#commit();
        // Sockets are read before the next group, which the requests found there then join.
        return void setImmediate(() => void this.#drain());
      }
    }
    this.#draining = false;
    if (this.#open) this.#planTurn();
    else this.#reportIdle();
  }

  #begin(job: Job): boolean {
    try {
      this.#connection.command("BEGIN IMMEDIATE");
      this.#open = true;
      this.#begunMs = systemClock.monotonic();
    } catch (cause) {
      this.#refuseAll(job, new StorageError("the database could not begin", { cause }));
    }
    return this.#open;
  }

  // A unit that is still running when the turn ends waits for something else: it is watched, and the group not held up.
  #planTurn(): void {
    if (this.#turnPlanned) return;
    this.#turnPlanned = true;
    setImmediate(() => {
      this.#turnPlanned = false;
      if (this.#draining) return this.#runner.watch();
      if (this.#open) this.#commit();
      this.#reportIdle();
    });
  }

  #isFull(): boolean {
    return (
      this.#group.length >= this.#limits.maxUnits ||
      systemClock.monotonic() - this.#begunMs >= this.#limits.maxGroupMs ||
      this.#runner.wasSlow ||
      !this.#connection.inTransaction
    );
  }

  #commit(): void {
    const group = this.#group;
    this.#group = [];
    this.#open = false;
    this.counts.units += group.length;
    const failure = this.#tryCommit();
    if (failure) {
      this.#rejectAll(group, failure);
      return this.#runBetween();
    }
    this.counts.commits += 1;
    for (const { ended } of group) for (const effect of ended.effects) this.#apply(effect);
    for (const { job, ended } of group) {
      if (ended.ok) job.resolve(ended.value);
      else this.#reject(job, ended.error);
    }
    this.#runBetween();
  }

  #tryCommit(): StorageError | undefined {
    try {
      this.#connection.command("COMMIT");
      return undefined;
    } catch (cause) {
      this.#rollBack();
      this.#overwriteRefused();
      return new StorageError("the database could not commit", { cause });
    }
  }

  /**
   * A commit may fail when all of it is in the log already, but not synced, or not indexed: a server that is killed before
   * the next write would find it there. The smallest write takes its place, also where that one fails in turn.
   */
  #overwriteRefused(): void {
    try {
      this.#connection.command("BEGIN IMMEDIATE");
      rewriteHeader(this.#connection);
      this.#connection.command("COMMIT");
    } catch (error) {
      this.#rollBack();
      this.#log.error({ error }, "a refused group could not be overwritten");
    }
  }

  #rollBack(): void {
    try {
      if (this.#connection.inTransaction) this.#connection.command("ROLLBACK");
    } catch (error) {
      this.#log.error({ error }, "could not roll back");
    }
  }

  #apply(effect: () => void): void {
    try {
      effect();
    } catch (error) {
      this.#log.error({ error }, "an effect after a commit failed");
    }
  }

  #rejectAll(group: { job: Job }[], failure: StorageError): void {
    this.counts.failedCommits += 1;
    this.#log.error({ error: failure, units: group.length }, "nothing of this group was stored");
    for (const { job } of group) this.#reject(job, failure);
  }

  #refuseAll(first: Job, failure: StorageError): void {
    const group = [{ job: first }];
    for (let job = this.#queue.shift(); job; job = this.#queue.shift()) group.push({ job });
    this.counts.units += group.length;
    this.#rejectAll(group, failure);
  }

  #reject(job: Job, error: unknown): void {
    this.counts.failedUnits += 1;
    if (error instanceof StorageError && !(error instanceof UnitTimeout)) this.#failing = true;
    job.reject(error);
  }

  #reportIdle(): void {
    if (!this.#draining && !this.#open) this.#closing?.resolve();
  }
}

/** The smallest change that has to reach the disk: the file's first page, as it is. */
function rewriteHeader(connection: SqliteConnection): void {
  const { user_version: version } = connection.first("PRAGMA user_version", []) ?? {};
  connection.all(`PRAGMA user_version = ${Number(version)}`, []);
}
