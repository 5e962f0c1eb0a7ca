import type { UserId } from "@jarvis/contract";
import type { Insertable, Selectable } from "kysely";
import type { Sql } from "../db/database.ts";
import { prepared } from "../db/prepared.ts";
import type { SessionTable, UserTable } from "../db/schema.ts";

export type UserRow = Selectable<UserTable>;
export type SessionRow = Selectable<SessionTable>;

const sessionByToken = prepared((db, p: { hash: Uint8Array }) =>
  db
    .selectFrom("session as s")
    .innerJoin("user as u", "u.id", "s.user_id")
    .select([
      "s.id",
      "s.user_id",
      "s.created_ms",
      "s.signed_in_ms",
      "s.used_ms",
      "s.expires_ms",
      "u.username",
    ])
    .where("s.token_hash", "=", p.hash),
);

export function findSession(sql: Sql, hash: Uint8Array) {
  return sessionByToken.first(sql, { hash });
}

export async function insertSession(sql: Sql, row: Insertable<SessionTable>): Promise<void> {
  await sql.insertInto("session").values(row).execute();
}

const touch = prepared((db, p: { hash: Uint8Array; now: number }) =>
  db.updateTable("session").set({ used_ms: p.now }).where("token_hash", "=", p.hash),
);

export async function updateSessionUse(sql: Sql, hash: Uint8Array, now: number): Promise<void> {
  await touch.run(sql, { hash, now });
}

export function deleteSession(sql: Sql, hash: Uint8Array): Promise<SessionRow | undefined> {
  return sql.deleteFrom("session").where("token_hash", "=", hash).returningAll().executeTakeFirst();
}

export function deleteSessionsOf(sql: Sql, user: UserId): Promise<SessionRow[]> {
  return sql.deleteFrom("session").where("user_id", "=", user).returningAll().execute();
}

export async function deleteExpired(sql: Sql, now: number): Promise<void> {
  await sql.deleteFrom("session").where("expires_ms", "<=", now).execute();
  await sql.deleteFrom("revoked_id_token").where("expires_ms", "<=", now).execute();
  await sql.deleteFrom("passkey_challenge").where("expires_ms", "<=", now).execute();
  await sql.deleteFrom("sign_in_flow").where("expires_ms", "<=", now).execute();
}

const userByIdentity = prepared((db, p: { issuer: string; subject: string }) =>
  db
    .selectFrom("identity as i")
    .innerJoin("user as u", "u.id", "i.user_id")
    .selectAll("u")
    .where("i.issuer", "=", p.issuer)
    .where("i.subject", "=", p.subject),
);

export function findUserByIdentity(sql: Sql, issuer: string, subject: string): Promise<UserRow | undefined> {
  return userByIdentity.first(sql, { issuer, subject });
}

export async function insertIdentity(
  sql: Sql,
  row: { issuer: string; subject: string; user_id: UserId; created_ms: number },
): Promise<void> {
  await sql.insertInto("identity").values(row).execute();
}

/** Whether an event still waits for the answer of whoever holds this address. */
export async function isInvited(sql: Sql, emailKey: string): Promise<boolean> {
  const row = await sql
    .selectFrom("invitation")
    .select("id")
    .where("email_key", "=", emailKey)
    .executeTakeFirst();
  return row !== undefined;
}

const revoked = prepared((db, p: { hash: Uint8Array }) =>
  db.selectFrom("revoked_id_token").select("expires_ms").where("hash", "=", p.hash),
);

export async function isRevoked(sql: Sql, hash: Uint8Array): Promise<boolean> {
  return (await revoked.first(sql, { hash })) !== undefined;
}

export async function insertRevoked(sql: Sql, hash: Uint8Array, expires_ms: number): Promise<void> {
  await sql
    .insertInto("revoked_id_token")
    .values({ hash, expires_ms })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

const userById = prepared((db, p: { id: UserId }) =>
  db.selectFrom("user").selectAll().where("id", "=", p.id),
);

export function findUser(sql: Sql, id: UserId): Promise<UserRow | undefined> {
  return userById.first(sql, { id });
}

const userByEmail = prepared((db, p: { key: string }) =>
  db.selectFrom("user").selectAll().where("email_key", "=", p.key),
);

export function findUserByEmail(sql: Sql, key: string): Promise<UserRow | undefined> {
  return userByEmail.first(sql, { key });
}

export async function insertUser(sql: Sql, row: Insertable<UserTable>): Promise<void> {
  await sql.insertInto("user").values(row).execute();
}

type Credentials = "password_hash" | "password_expires_ms" | "id_tokens_from_ms";
export type UserChange = Partial<Omit<UserRow, "id" | "version" | "created_ms" | Credentials>>;

/** Writes a change that has been decided on, as the record's next version, and returns that. */
export async function updateUser(sql: Sql, id: UserId, change: UserChange): Promise<number> {
  const { version } = await sql
    .updateTable("user")
    .set((eb) => ({ ...change, version: eb("version", "+", 1) }))
    .where("id", "=", id)
    .returning("version")
    .executeTakeFirstOrThrow();
  return version;
}

/** Changes what a person proves themselves with: nothing of it shows, so that the version stays. */
export async function updateCredentials(
  sql: Sql,
  id: UserId,
  change: Partial<Pick<UserRow, Credentials>>,
): Promise<void> {
  await sql.updateTable("user").set(change).where("id", "=", id).execute();
}

/** Whoever stops showing when they are online shows no longer when they last were, nor later when they were before. */
export async function deleteLastSeen(sql: Sql, user: UserId): Promise<void> {
  await sql.deleteFrom("last_seen").where("user_id", "=", user).execute();
}
