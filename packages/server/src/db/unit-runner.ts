import { AsyncLocalStorage } from "node:async_hooks";
import { asStorageError, UnitTimeout } from "./errors.ts";
import { runInside } from "./inside-unit.ts";
import type { Log, Tx } from "./session.ts";
import type { SqliteConnection } from "./sqlite-connection.ts";
import { Unit } from "./unit.ts";

/** How a unit ended. It counts only once the group it belongs to is committed. */
export type Ended = { effects: readonly (() => void)[] } & (
  | { ok: true; value: unknown }
  | { ok: false; error: unknown }
);

export type Work = (unit: Unit) => Promise<unknown>;

/** Keeps the caller's async context for its unit, which runs later and out of somebody else's. */
export function inCallersContext(work: (tx: Tx) => Promise<unknown>): Work {
  const inContext = AsyncLocalStorage.snapshot();
  return (unit) => inContext(() => runInside(unit, work));
}

/** Runs one unit at a time in a savepoint of the writer's open transaction. */
export class UnitRunner {
  readonly #connection: SqliteConnection;
  readonly #timeoutMs: number;
  readonly #log: Log;
  readonly #rehearses: boolean;
  #expire: (() => void) | undefined;
  #timer: Timer | undefined;
  /** The last unit outlasted a turn of the event loop. */
  wasSlow = false;

  constructor(connection: SqliteConnection, timeoutMs: number, log: Log, rehearses = false) {
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
    this.#log = log;
    this.#rehearses = rehearses;
  }

  async run(work: Work): Promise<Ended> {
    if (this.#rehearses) await this.#rehearse(work);
    return this.#once(work);
  }

  /** As where another server wrote in between: all that the unit did is undone, and it runs again. */
  async #rehearse(work: Work): Promise<void> {
    await this.#once(async (unit) => {
      await work(unit);
      throw new Error("rehearsed");
    });
  }

  async #once(work: Work): Promise<Ended> {
    this.wasSlow = false;
    const unit = new Unit(this.#connection);
    try {
      this.#connection.command("SAVEPOINT unit");
      const value = await this.#watched(unit, work);
      unit.end();
      this.#connection.command("RELEASE unit");
      return { ok: true, value, effects: unit.effects };
    } catch (error) {
      unit.end();
      this.#undo();
      return { ok: false, error: asStorageError(error), effects: [] };
    } finally {
      this.#unwatch();
    }
  }

  /** Starts the clock of the running unit. Most end before anybody needs to: no timer is made for them. */
  watch(): void {
    if (!this.#expire) return;
    this.wasSlow = true;
    this.#timer ??= setTimeout(this.#expire, this.#timeoutMs);
  }

  #watched(unit: Unit, work: Work): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#expire = () => {
        const error = new UnitTimeout(`a unit of work took longer than ${this.#timeoutMs} ms`);
        this.#log.error({ error }, "a unit of work was rolled back");
        reject(error);
      };
      work(unit).then(resolve, reject);
    });
  }

  #unwatch(): void {
    this.#expire = undefined;
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  // A unit that cannot be rolled back takes the group with it. If even that fails, the error ends the process:
  // going on could commit half a unit, and a restart recovers.
  #undo(): void {
    if (!this.#connection.inTransaction) return;
    try {
      this.#connection.command("ROLLBACK TO unit");
      this.#connection.command("RELEASE unit");
    } catch (error) {
      this.#log.error({ error }, "could not roll a unit back");
      this.#connection.command("ROLLBACK");
    }
  }
}
