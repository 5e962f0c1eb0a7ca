import type { Context } from "../context.ts";
import { listMeta, upsertMeta } from "./store.ts";

/** Nodes in trouble share these, so that their number is no matter. */
const slots = 8;
const keys = Array.from({ length: slots }, (_, slot) => `bus_lost:${slot}`);

/**
 * What a node could not tell over the bus it says in the store: that it could not. All others look for that, and then
 * for what they have not heard.
 */
export class Trouble {
  readonly #ctx: Context;
  readonly #key: string;
  #told = 0;
  #seen: string | null = null;
  /** What this node said itself. */
  #own: string | null = null;

  constructor(ctx: Context) {
    this.#ctx = ctx;
    this.#key = keys[Math.floor(ctx.random.fraction() * slots)] ?? "bus_lost:0";
  }

  /** Whether another node has said, since this was asked last, that it could not tell something. */
  async look(): Promise<boolean> {
    const { lost } = this.#ctx.bus.stats();
    if (lost !== this.#told) await this.#tell(lost);
    const rows = await listMeta(this.#ctx.db.read, keys);
    const foreign = rows.filter(({ value }) => value !== this.#own).map(({ value }) => value);
    const seen = foreign.sort().join(" ");
    const isNews = this.#seen !== null && foreign.some((value) => this.#seen?.includes(value) === false);
    this.#seen = seen;
    return isNews;
  }

  async #tell(lost: number): Promise<void> {
    const value = this.#ctx.random.id();
    await this.#ctx.db.write((tx) => upsertMeta(tx.sql, this.#key, value));
    this.#own = value;
    this.#told = lost;
  }
}
