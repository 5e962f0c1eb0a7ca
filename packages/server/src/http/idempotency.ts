import { clientId, type Endpoint } from "@jarvis/contract";
import type { Creation, Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import { findCreated, insertCreated, type KeyScope } from "../db/idempotency.ts";
import { AppError } from "../lib/app-error.ts";
import { sha256 } from "../lib/ids.ts";

/** How long a key is remembered. */
export const keptMs = 24 * 60 * 60_000;

export interface OpenCreation extends Creation {
  /** The call is over, however it went. */
  end(): void;
}

export interface KeyedCall {
  readonly viewer: Viewer;
  readonly key: string | null;
  readonly path: string;
  readonly body: unknown;
}

/** The creations of one endpoint that carry an `Idempotency-Key`; those under way are known to this process alone. */
export class Creations {
  readonly #ctx: Context;
  readonly #endpoint: Endpoint;
  readonly #running = new Set<string>();

  constructor(ctx: Context, endpoint: Endpoint) {
    this.#ctx = ctx;
    this.#endpoint = endpoint;
  }

  /** Null without a key. Throws when the first call with it still runs, or had another body. */
  async begin({ viewer, key, path, body }: KeyedCall): Promise<OpenCreation | null> {
    if (key === null) return null;
    const { method } = this.#endpoint;
    const scope = { user: viewer.id, method, path, key: checkedKey(key) };
    const hash = sha256(JSON.stringify(body));
    const name = JSON.stringify([scope.user, path, key]);
    const earlier = await this.#madeBy(scope, hash);
    if (earlier !== null) return this.#repeat(earlier);
    if (this.#running.has(name)) throw new AppError("in_progress", { retryAfterS: 1 });
    this.#running.add(name);
    try {
      // The first call may have ended while this one looked.
      const made = await this.#madeBy(scope, hash);
      if (made === null) return this.#first(scope, hash, name);
      this.#running.delete(name);
      return this.#repeat(made);
    } catch (error) {
      this.#running.delete(name);
      throw error;
    }
  }

  async #madeBy(scope: KeyScope, hash: Uint8Array): Promise<string | null> {
    const row = await findCreated(this.#ctx.db.read, scope, this.#since());
    if (row === undefined) return null;
    if (!Buffer.from(row.body_hash).equals(hash)) throw new AppError("idempotency_key_reused");
    return row.created_id;
  }

  #since(): number {
    return this.#ctx.clock.now() - keptMs;
  }

  #repeat(made: string): OpenCreation {
    return { made, keep: async () => {}, end() {} };
  }

  #first(scope: KeyScope, body_hash: Uint8Array, name: string): OpenCreation {
    const { user: user_id, method, path, key } = scope;
    return {
      made: null,
      keep: async (tx, created_id) => {
        const created_ms = this.#ctx.clock.now();
        const row = { user_id, method, path, key, body_hash, created_id, created_ms };
        // Another process was quicker: this unit is undone, and a repeat finds what that one made.
        if (!(await insertCreated(tx.sql, row, this.#since()))) throw new AppError("in_progress");
      },
      end: () => this.#running.delete(name),
    };
  }
}

function checkedKey(key: string): string {
  const parsed = clientId.safeParse(key);
  if (parsed.success) return parsed.data;
  const message = "must be 1 to 64 printable ASCII characters";
  throw new AppError("invalid_input", {
    detail: `Idempotency-Key ${message}`,
    errors: [{ path: "Idempotency-Key", message }],
  });
}
