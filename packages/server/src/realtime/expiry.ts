import { closeCodes } from "@jarvis/contract";
import { touchMs } from "../accounts/rules.ts";
import { keepInUse } from "../accounts/service.ts";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import { repeat, type Scheduled } from "../lib/clock.ts";
import { Earliest } from "../lib/earliest.ts";

interface SignedIn {
  readonly viewer: Viewer | null;
  usedMs: number;
  close(code: number): void;
}

const keepEveryMs = 60_000;
/** So many sessions are recorded as used together, when many have come at once. */
const keptTogether = 500;

/** Ends connections with the sessions that they are signed in with, and keeps those in use that have a connection. */
export class Expiry {
  readonly #ctx: Context;
  readonly #connections: () => Iterable<SignedIn>;
  readonly #ends: Earliest;
  readonly #keeping: Scheduled;

  constructor(ctx: Context, connections: () => Iterable<SignedIn>) {
    this.#ctx = ctx;
    this.#connections = connections;
    this.#ends = new Earliest(ctx.clock, () => this.#closeExpired());
    this.#keeping = repeat(ctx.clock, keepEveryMs, async () => this.#keepInUse());
  }

  expect({ expiresMs }: Viewer): void {
    this.#ends.expect(expiresMs);
  }

  close(): void {
    this.#ends.close();
    this.#keeping.cancel();
  }

  /** Gives when the next one ends. */
  #closeExpired(): number {
    const now = this.#ctx.clock.now();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const connection of this.#connections()) {
      const expiresMs = connection.viewer?.expiresMs ?? nextMs;
      if (expiresMs <= now) connection.close(closeCodes.unauthenticated);
      else nextMs = Math.min(nextMs, expiresMs);
    }
    return nextMs;
  }

  /** Whoever is connected uses their session, also when they only listen: it must not end for want of calls. */
  #keepInUse(): void {
    const now = this.#ctx.clock.now();
    let left = keptTogether;
    for (const connection of this.#connections()) {
      if (connection.viewer === null || now - connection.usedMs < touchMs) continue;
      if (left-- === 0) return;
      connection.usedMs = now;
      keepInUse(this.#ctx, connection.viewer);
    }
  }
}
