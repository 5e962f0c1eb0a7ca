import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Database as SqliteFile } from "bun:sqlite";
import type { Bus, BusMessage } from "../../../src/bus/bus.ts";
import { loadConfig } from "../../../src/config.ts";
import { type Context, createContext } from "../../../src/context.ts";
import type { Database } from "../../../src/db/database.ts";
import { restore } from "../../../src/db/restore.ts";
import { SocketCounts } from "../../../src/http/socket-metrics.ts";
import type { Calendars } from "../../../src/lib/calendar/calendars.ts";
import { expandJob } from "../../../src/lib/calendar/expand-job.ts";
import type { Log } from "../../../src/lib/log.ts";
import { eraseReturned } from "../../../src/privacy/service.ts";
import { Hub } from "../../../src/realtime/hub.ts";
import { type MovedClock, movedClock } from "../clock.ts";
import { dicedRandom } from "./dice.ts";
import { Topics } from "./topics.ts";

/** What a history makes of the backend's announcements and commits. */
export interface Observer {
  /** How often an announcement reaches the server's own listeners: the bus is a hint, and may lose or repeat one. */
  copies(message: BusMessage): number;
  committed(): void;
  logged(message: string, fields: object): void;
}

const nobody: Observer = { copies: () => 1, committed: () => {}, logged: () => {} };

/** The server's real parts on a store of their own, without HTTP, sockets or housekeeping. */
export class Backend {
  readonly clock: MovedClock = movedClock();
  readonly random = dicedRandom(() => this.clock.now());
  readonly directory = mkdtempSync(
    join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "jarvis-simulation-"),
  );
  readonly path = join(this.directory, "jarvis.db");
  readonly #backup = join(this.directory, "backup.db");
  observer: Observer = nobody;
  topics = new Topics();
  #ctx: Context | undefined;
  #hub: Hub | undefined;
  #unsubscribe: () => void = () => {};

  get ctx(): Context {
    if (this.#ctx === undefined) throw new Error("the backend is not open");
    return this.#ctx;
  }

  get hub(): Hub {
    if (this.#hub === undefined) throw new Error("the backend is not open");
    return this.#hub;
  }

  async open(): Promise<void> {
    const config = loadConfig({
      JARVIS_PORT: "0",
      JARVIS_DATABASE_URL: `sqlite:${this.path}`,
      JARVIS_RATE_LIMITS: "off",
    });
    const real = await createContext(config, { clock: this.clock, random: this.random, log: this.#log() });
    // What a rule comes to is computed here and now: a process of its own would answer whenever it does.
    const calendars: Pick<Calendars, "expandRule"> = { expandRule: async (request) => expandJob(request) };
    const ctx = {
      ...real,
      db: this.#watched(real.db),
      bus: this.#lossy(real.bus),
      calendars: calendars as Calendars, // nobody reads calendars here
    };
    await eraseReturned(ctx);
    this.#ctx = ctx;
    this.topics = new Topics();
    const hub = new Hub(ctx, new SocketCounts(), this.topics);
    await hub.epoch;
    this.#hub = hub;
    this.#unsubscribe = real.bus.subscribe((message) => hub.heard(message));
  }

  async #stop(): Promise<void> {
    this.#unsubscribe();
    await this.#hub?.close();
    await this.ctx.db.close();
  }

  /** A copy of this moment, to come back to. */
  backUp(): void {
    this.forgetBackup();
    using file = new SqliteFile(this.path, { readonly: true });
    file.run("VACUUM INTO ?", [this.#backup]);
  }

  forgetBackup(): void {
    rmSync(this.#backup, { force: true });
  }

  get hasBackup(): boolean {
    return existsSync(this.#backup);
  }

  /** Stops, puts the backup in the store's place as the operator does, and starts again. */
  async restore(): Promise<void> {
    await this.#stop();
    await restore(`sqlite:${this.path}`, this.#backup, this.#log());
    rmSync(this.#backup);
    await this.open();
  }

  async close(): Promise<void> {
    await this.#stop();
    rmSync(this.directory, { recursive: true });
  }

  #log(): Log {
    const keep = (fields: object, message: string): void => this.observer.logged(message, fields);
    const drop = (): void => {};
    return { debug: drop, info: drop, warn: keep, error: keep };
  }

  #watched(db: Database): Database {
    const write: Database["write"] = (unit) =>
      db.write(async (tx) => {
        const value = await unit(tx);
        tx.onCommit(() => this.observer.committed());
        return value;
      });
    return Object.create(db, { write: { value: write } }) as Database; // the same but for one method
  }

  #lossy(bus: Bus): Bus {
    return {
      ...bus,
      publish: (message) => {
        for (let copies = this.observer.copies(message); copies > 0; copies--) bus.publish(message);
      },
      subscribe: (listener) => bus.subscribe(listener),
    };
  }
}
