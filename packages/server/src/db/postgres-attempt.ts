import { systemClock } from "../lib/clock.ts";
import { UnitTimeout } from "./errors.ts";
import { runInside } from "./inside-unit.ts";
import type { PostgresTransaction } from "./postgres-transaction.ts";
import { PostgresUnit } from "./postgres-unit.ts";
import type { Log, Tx } from "./session.ts";
import type { Turn } from "./turns.ts";

export type Work = (tx: Tx) => Promise<unknown>;
export type Effects = readonly (() => void)[];

/** How one run of a unit ended, before it is committed. */
export type Ended =
  | { readonly ok: true; readonly value: unknown; readonly effects: Effects }
  | { readonly ok: false; readonly error: unknown; readonly wrote: boolean };

/** Runs a unit once, in a transaction that the caller ends. */
export async function attempt(
  transaction: PostgresTransaction,
  work: Work,
  { unitTimeoutMs }: { readonly unitTimeoutMs: number },
  log: Log,
  turn?: Turn,
): Promise<Ended> {
  const unit = new PostgresUnit(transaction, turn);
  try {
    const value = await inTime(unit, work, unitTimeoutMs);
    // What the unit passed over in silence is a failure all the same.
    if (transaction.failure) throw transaction.failure.error;
    return { ok: true, value, effects: unit.effects };
  } catch (error) {
    if (error instanceof UnitTimeout) log.error({ error }, "a unit of work was rolled back");
    return { ok: false, error: transaction.failure?.error ?? error, wrote: unit.wrote };
  } finally {
    unit.end();
    turn?.ended();
  }
}

function inTime(unit: PostgresUnit, work: Work, timeoutMs: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let timer = systemClock.schedule(timeoutMs, look);
    function look(): void {
      const left = timeoutMs - unit.awayMs;
      if (left > 0) timer = systemClock.schedule(left, look);
      else reject(new UnitTimeout(`a unit of work waited for longer than ${timeoutMs} ms`));
    }
    runInside(unit, work)
      .finally(() => timer.cancel())
      .then(resolve, reject);
  });
}
