import { AsyncLocalStorage } from "node:async_hooks";
import type { Clock, Scheduled } from "../lib/clock.ts";
import type { Database, Log, Sql } from "./database.ts";
import { inList } from "./in-list.ts";
import { prepared } from "./prepared.ts";

/** So long after a server has died another one takes over. */
export const leaseMs = 15_000;
const renewMs = 5_000;

const take = prepared((db, p: { name: string; holder: string; now: number; until: number }) =>
  db
    .insertInto("lease")
    .values({ name: p.name, holder: p.holder, until_ms: p.until })
    .onConflict((conflict) =>
      conflict
        .column("name")
        .doUpdateSet((eb) => ({ holder: eb.ref("excluded.holder"), until_ms: eb.ref("excluded.until_ms") }))
        .where((eb) => eb.or([eb("lease.holder", "=", p.holder), eb("lease.until_ms", "<=", p.now)])),
    ),
);

const renew = prepared((db, p: { holder: string; names: readonly string[]; now: number; until: number }) =>
  db
    .updateTable("lease")
    .set({ until_ms: p.until })
    .where("holder", "=", p.holder)
    .where("until_ms", ">", p.now)
    .where(inList("name", p.names))
    .returning("name"),
);

const findHeld = prepared((db, p: { name: string; holder: string }) =>
  db.selectFrom("lease").select("until_ms").where("name", "=", p.name).where("holder", "=", p.holder),
);

const release = prepared((db, p: { holder: string }) =>
  db.deleteFrom("lease").where("holder", "=", p.holder),
);

/** Another server does the task by now. */
export class LeaseLost extends Error {
  override readonly name = "LeaseLost";

  constructor(lease: string) {
    super(`the lease of "${lease}" is not held any more`);
  }
}

interface Fence {
  isOver: boolean;
  confirm(sql: Sql): Promise<void>;
}

/** Of the task that is being done; what it sets off for later, by a clock, is not part of it. */
const fences = new AsyncLocalStorage<Fence>();

/** The store for whoever may do a task under a lease: its units ask in themselves whether it is still held. */
export function fenced(db: Database): Database {
  if (!db.isShared) return db;
  const write: Database["write"] = (unit, options) => {
    const fence = fences.getStore();
    if (fence === undefined || fence.isOver) return db.write(unit, options);
    return db.write(async (tx) => {
      await fence.confirm(tx.sql);
      return unit(tx);
    }, options);
  };
  return Object.create(db, { write: { value: write } }) as Database; // the same but for one method
}

interface Options {
  readonly db: Database;
  /** The store's, where several servers share one. */
  readonly clock: Clock;
  readonly log: Log;
  /** This server, as nobody else is called. */
  readonly holder: string;
}

/**
 * Of several servers that share a store, one does what is to be done once (Gray and Cheriton, "Leases", SOSP 1989). Whoever
 * has a lease keeps it while they live. A server alone with its store has all of them, and writes nothing. A server that was
 * stopped in the middle of a task wakes beside the next one: each unit of work of a task asks first whether the lease is still
 * held (`fenced`), and where it is not, changes nothing.
 */
export class Leases {
  readonly #options: Options;
  /** Until when each is ours without another look, on the monotonic clock. */
  readonly #held = new Map<string, number>();
  #renewing: Scheduled | null = null;
  #isStopped = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Whether the lease is ours now, or has just become so. */
  async take(name: string): Promise<boolean> {
    const { db, clock, holder } = this.#options;
    if (!db.isShared) return true;
    if (this.isHeld(name)) return true;
    if (this.#isStopped) return false;
    const askedMs = clock.monotonic();
    const now = clock.now();
    const until = now + leaseMs;
    const { changes } = await db.write((tx) => take.run(tx.sql, { name, holder, now, until }));
    if (changes > 0) this.#keep(name, askedMs);
    return changes > 0 && this.isHeld(name);
  }

  /** As far as this server knows: one that was stopped for longer than a lease lasts has none when it wakes. */
  isHeld(name: string): boolean {
    const { db, clock } = this.#options;
    return !db.isShared || clock.monotonic() < (this.#held.get(name) ?? Number.NEGATIVE_INFINITY);
  }

  /** Does this while the lease is ours; gives whether it was. What the task writes is refused once another has the lease. */
  async run(name: string, task: () => Promise<void>): Promise<boolean> {
    if (!this.isHeld(name) && !(await this.take(name))) return false;
    if (!this.#options.db.isShared) {
      await task();
      return true;
    }
    const fence: Fence = { isOver: false, confirm: (sql) => this.#confirm(sql, name) };
    try {
      await fences.run(fence, task);
    } finally {
      fence.isOver = true;
    }
    return true;
  }

  /** One that has run out, and that nobody has taken, is ours again with what is written under it. */
  async #confirm(sql: Sql, name: string): Promise<void> {
    const { clock, holder } = this.#options;
    const now = clock.now();
    const row = await findHeld.first(sql, { name, holder });
    if (row !== undefined && row.until_ms > now) return;
    if (row !== undefined) return void (await take.run(sql, { name, holder, now, until: now + leaseMs }));
    this.#held.delete(name);
    throw new LeaseLost(name);
  }

  /** Gives all of them up, so that others need not wait. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#renewing?.cancel();
    this.#renewing = null;
    const { db, holder, log } = this.#options;
    const had = this.#held.size > 0;
    this.#held.clear();
    if (!had) return;
    try {
      await db.write((tx) => release.run(tx.sql, { holder }));
    } catch (error) {
      log.warn({ error }, "leases were not given up: others take them over when they have run out");
    }
  }

  #keep(name: string, askedMs: number): void {
    this.#held.set(name, askedMs + leaseMs);
    if (this.#isStopped) return;
    this.#renewing ??= this.#options.clock.schedule(renewMs, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    this.#renewing = null;
    const { db, clock, holder, log } = this.#options;
    const names = [...this.#held.keys()].filter((name) => this.isHeld(name));
    const askedMs = clock.monotonic();
    const now = clock.now();
    this.#forgetAllBut(names);
    try {
      const found = names.length === 0 ? [] : await db.write((tx) => renewed(tx.sql, holder, names, now));
      this.#forgetAllBut(found);
      for (const name of found) this.#keep(name, askedMs);
    } catch (error) {
      log.warn({ error }, "leases were not renewed");
    }
    if (this.#held.size > 0 && !this.#isStopped)
      this.#renewing ??= clock.schedule(renewMs, () => void this.#renew());
  }

  #forgetAllBut(names: readonly string[]): void {
    const kept = new Set(names);
    for (const name of this.#held.keys()) if (!kept.has(name)) this.#held.delete(name);
  }
}

async function renewed(sql: Sql, holder: string, names: readonly string[], now: number): Promise<string[]> {
  const rows = await renew.all(sql, { holder, names, now, until: now + leaseMs });
  return rows.map(({ name }) => name);
}
