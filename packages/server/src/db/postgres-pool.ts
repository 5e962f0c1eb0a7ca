import { type Scheduled, systemClock } from "../lib/clock.ts";
import { StorageError } from "./errors.ts";
import { Fifo } from "./fifo.ts";
import { PostgresConnection } from "./postgres-connection.ts";
import type { PostgresLimits } from "./postgres-limits.ts";

interface Waiter {
  settled: boolean;
  readonly timer: Scheduled;
  readonly resolve: (connection: PostgresConnection) => void;
  readonly reject: (error: StorageError) => void;
}

/** Connections that are lent to one at a time. Whoever gets none in time is told so. */
export class PostgresPool {
  readonly #url: string;
  readonly #limits: PostgresLimits;
  readonly #idle: PostgresConnection[] = [];
  readonly #waiting = new Fifo<Waiter>();
  /** Of connections that are lent, idle or being made. */
  #size = 0;
  #closing: PromiseWithResolvers<void> | undefined;

  constructor(url: string, limits: PostgresLimits) {
    this.#url = url;
    this.#limits = limits;
  }

  async use<T>(work: (connection: PostgresConnection) => Promise<T>): Promise<T> {
    const connection = await this.take();
    try {
      return await work(connection);
    } finally {
      this.give(connection);
    }
  }

  take(): Promise<PostgresConnection> {
    if (this.#closing) return Promise.reject(new StorageError("the database is closed"));
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      if (!idle.broken) return Promise.resolve(idle);
      this.#size--;
    }
    return new Promise((resolve, reject) => {
      const waiter = this.#wait(resolve, reject);
      if (this.#size < this.#limits.connections) void this.#connectFor(waiter);
    });
  }

  give(connection: PostgresConnection): void {
    if (!connection.broken) return this.#offer(connection);
    // The server was restarted, or says nothing more: the others are likely to be of no use either.
    for (const idle of this.#idle) idle.destroy();
    this.#lost();
  }

  /** Waits for those that are lent, and closes all. */
  async close(): Promise<void> {
    this.#closing ??= Promise.withResolvers<void>();
    const idle = this.#idle.splice(0);
    await Promise.all(idle.map((connection) => connection.close()));
    this.#size -= idle.length;
    if (this.#size === 0) this.#closing.resolve();
    await this.#closing.promise;
  }

  #wait(resolve: Waiter["resolve"], reject: Waiter["reject"]): Waiter {
    const timer = systemClock.schedule(this.#limits.waitMs, () =>
      refuse(waiter, new StorageError("all connections to the database are in use")),
    );
    const waiter: Waiter = { settled: false, timer, resolve, reject };
    this.#waiting.push(waiter);
    return waiter;
  }

  /** Who has waited longest, and still does. */
  #first(): Waiter | undefined {
    while (this.#waiting.peek()?.settled) this.#waiting.shift();
    return this.#waiting.peek();
  }

  /** Whoever is first in the queue gets it, and who asked for it hears why there is none. */
  async #connectFor(waiter: Waiter): Promise<void> {
    this.#size++;
    try {
      this.#offer(await PostgresConnection.open(this.#url, this.#limits));
    } catch (error) {
      refuse(
        waiter,
        error instanceof StorageError ? error : new StorageError("no connection", { cause: error }),
      );
      this.#lost();
    }
  }

  #offer(connection: PostgresConnection): void {
    const waiter = this.#first();
    if (waiter) {
      settle(waiter);
      return waiter.resolve(connection);
    }
    if (!this.#closing) return void this.#idle.push(connection);
    void connection.close().finally(() => this.#lost());
  }

  #lost(): void {
    this.#size--;
    const waiter = this.#first();
    if (waiter) void this.#connectFor(waiter);
    else if (this.#closing && this.#size === 0) this.#closing.resolve();
  }
}

function settle(waiter: Waiter): void {
  waiter.settled = true;
  waiter.timer.cancel();
}

function refuse(waiter: Waiter, error: StorageError): void {
  if (waiter.settled) return;
  settle(waiter);
  waiter.reject(error);
}
