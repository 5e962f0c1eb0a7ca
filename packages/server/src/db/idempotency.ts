import type { UserId } from "@jarvis/contract";
import { prepared } from "./prepared.ts";
import type { IdempotencyTable } from "./schema.ts";
import type { Sql } from "./session.ts";

/** Whose key it is, and for which call. */
export interface KeyScope {
  readonly user: UserId;
  readonly method: string;
  readonly path: string;
  readonly key: string;
}

const created = prepared((db, p: KeyScope & { since: number }) =>
  db
    .selectFrom("idempotency")
    .select(["body_hash", "created_id"])
    .where("user_id", "=", p.user)
    .where("method", "=", p.method)
    .where("path", "=", p.path)
    .where("key", "=", p.key)
    .where("created_ms", ">", p.since),
);

/** What the first call with this key made, if that was after `since`. */
export function findCreated(sql: Sql, scope: KeyScope, since: number) {
  return created.first(sql, { ...scope, since });
}

const insert = prepared((db, p: IdempotencyTable & { since: number }) =>
  db
    .insertInto("idempotency")
    .values({
      user_id: p.user_id,
      method: p.method,
      path: p.path,
      key: p.key,
      body_hash: p.body_hash,
      created_id: p.created_id,
      created_ms: p.created_ms,
    })
    .onConflict((conflict) =>
      conflict
        .columns(["user_id", "method", "path", "key"])
        .doUpdateSet({ body_hash: p.body_hash, created_id: p.created_id, created_ms: p.created_ms })
        .where("idempotency.created_ms", "<=", p.since),
    ),
);

/** False when another call has made something with this key since `since`. */
export async function insertCreated(sql: Sql, row: IdempotencyTable, since: number): Promise<boolean> {
  return (await insert.run(sql, { ...row, since })).changes > 0;
}

export async function deleteCreatedUntil(sql: Sql, until: number): Promise<void> {
  await sql.deleteFrom("idempotency").where("created_ms", "<=", until).execute();
}
