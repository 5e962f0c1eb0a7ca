import type { EventId, UserId } from "@jarvis/contract";
import type { BusMessage } from "../bus/bus.ts";
import type { Context } from "../context.ts";
import type { Scheduled } from "../lib/clock.ts";
import { shardOf } from "../lib/shard.ts";
import { nextTurn } from "../lib/turn.ts";
import { aheadMs } from "./rules.ts";
import { refreshRoutes } from "./routes-asked.ts";
import { step } from "./steps.ts";
import { findTraveller, listEventsNear, listTravellers, type TravellerRow } from "./store.ts";

/** After a fix it may take so long until it is told what follows from it: many come in that time. */
const gatherMs = 5_000;
const stepsInOneGo = 200;
const shards = 16;

type People = Map<UserId, Map<EventId, TravellerRow>>;

/** Follows everybody who is on their way to an event, or soon will be: by their fixes, and by the clock. */
export class TravelWatch {
  readonly #ctx: Context;
  #people: People = new Map();
  readonly #moved = new Set<UserId>();
  /** Whose consent has changed since they were read. */
  #changed = new Set<string>();
  /** The same since the present tick began: of these its rows may be older. */
  #changedMeanwhile = new Set<string>();
  #gathering: Scheduled | null = null;
  #isOver = false;

  constructor(ctx: Context) {
    this.#ctx = ctx;
  }

  /** A look at the store for who is on their way, and a step for each of them. */
  async tick(): Promise<void> {
    const { db, clock } = this.#ctx;
    const people: People = new Map();
    this.#changedMeanwhile = new Set();
    const own = await this.#takeShards();
    for (const event of await listEventsNear(db.read, clock.now(), aheadMs)) {
      if (!own.has(shardOf(event, shards))) continue;
      const rows = await listTravellers(db.read, event);
      for (const row of rows) {
        const events = people.get(row.user_id) ?? new Map<EventId, TravellerRow>();
        people.set(row.user_id, events.set(event, row));
      }
      await refreshRoutes(this.#ctx, await this.#stepAll(rows, people));
      await nextTurn();
      if (this.#isOver) return;
    }
    this.#people = people;
    this.#changed = this.#changedMeanwhile;
  }

  /** Of several servers each follows a part of the events. */
  async #takeShards(): Promise<Set<number>> {
    const own = new Set<number>();
    const { leases } = this.#ctx;
    for (let shard = 0; shard < shards; shard++) {
      const name = leaseOf(shard);
      if (leases.isHeld(name) || (await leases.take(name))) own.add(shard);
    }
    return own;
  }

  heard(message: BusMessage): void {
    if (message.type === "moved") this.#touch(message.user);
    if (message.type !== "sharing_changed") return;
    const key = keyOf(message.event, message.user);
    this.#changed.add(key);
    this.#changedMeanwhile.add(key);
    this.#touch(message.user);
  }

  stop(): void {
    this.#isOver = true;
    this.#gathering?.cancel();
  }

  #touch(user: UserId): void {
    if (!this.#people.has(user)) return;
    this.#moved.add(user);
    this.#gathering ??= this.#ctx.clock.schedule(gatherMs, () => void this.#follow());
  }

  async #follow(): Promise<void> {
    try {
      const moved = [...this.#moved];
      this.#moved.clear();
      const rows = moved.flatMap((user) => Array.from(this.#people.get(user)?.values() ?? []));
      await this.#stepAll(await this.#fresh(rows));
    } catch (error) {
      this.#ctx.log.error({ error }, "people on their way were not followed"); // the next tick makes up for it
    } finally {
      this.#gathering = null;
      const next = this.#moved.values().next();
      if (!next.done && !this.#isOver) this.#touch(next.value);
    }
  }

  async #fresh(rows: readonly TravellerRow[]): Promise<TravellerRow[]> {
    const fresh: TravellerRow[] = [];
    for (const row of rows) {
      const { event_id: event, user_id: user } = row;
      const key = keyOf(event, user);
      const known = this.#changed.delete(key) ? await findTraveller(this.#ctx.db.read, event, user) : row;
      if (known === undefined) continue;
      if (known !== row) this.#people.get(user)?.set(event, known);
      fresh.push(known);
    }
    return fresh;
  }

  /** Gives those who could be followed. */
  async #stepAll(rows: readonly TravellerRow[], people = this.#people): Promise<TravellerRow[]> {
    const followed: TravellerRow[] = [];
    const failures: unknown[] = [];
    for (const [index, row] of rows.entries()) {
      if (this.#isOver) break;
      await this.#step(row, people).then(
        () => followed.push(row),
        (error: unknown) => failures.push(error),
      );
      if ((index + 1) % stepsInOneGo === 0) await nextTurn();
    }
    const [error] = failures;
    // Nobody waits for what fails of another; the next tick makes up for it.
    if (failures.length > 0)
      this.#ctx.log.error({ error, people: failures.length }, "people on their way were not followed");
    return followed;
  }

  async #step(row: TravellerRow, people: People): Promise<void> {
    await this.#ctx.leases.run(leaseOf(shardOf(row.event_id, shards)), async () => {
      if (!(await step(this.#ctx, row))) return;
      const after = await findTraveller(this.#ctx.db.read, row.event_id, row.user_id);
      if (after !== undefined) people.get(row.user_id)?.set(row.event_id, after);
    });
  }
}

function leaseOf(shard: number): string {
  return `journeys ${shard}`;
}

function keyOf(event: EventId, user: UserId): string {
  return `${event} ${user}`;
}
