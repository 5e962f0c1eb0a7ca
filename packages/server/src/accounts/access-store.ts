import type { UserId } from "@jarvis/contract";
import type { Insertable, Selectable } from "kysely";
import type { Sql } from "../db/database.ts";
import { inList } from "../db/in-list.ts";
import { prepared } from "../db/prepared.ts";
import type { PasskeyTable, SignInFlowTable } from "../db/schema.ts";
import type { SessionRow } from "./store.ts";

export type PasskeyRow = Selectable<PasskeyTable>;
export type FlowRow = Selectable<SignInFlowTable>;

export function listSessions(sql: Sql, user: UserId): Promise<SessionRow[]> {
  return sql.selectFrom("session").selectAll().where("user_id", "=", user).orderBy("id").execute();
}

export function deleteSessionById(sql: Sql, user: UserId, id: string): Promise<SessionRow[]> {
  return sql.deleteFrom("session").where("user_id", "=", user).where("id", "=", id).returningAll().execute();
}

/** Those that a passkey or an identity opened, but for one. */
export function deleteSessionsOpenedBy(
  sql: Sql,
  user: UserId,
  access: string,
  except: string,
): Promise<SessionRow[]> {
  return sql
    .deleteFrom("session")
    .where("user_id", "=", user)
    .where("opened_by", "=", access)
    .where("id", "!=", except)
    .returningAll()
    .execute();
}

export function deleteOtherSessions(sql: Sql, user: UserId, except: string): Promise<SessionRow[]> {
  return sql
    .deleteFrom("session")
    .where("user_id", "=", user)
    .where("id", "!=", except)
    .returningAll()
    .execute();
}

export function listIdentities(sql: Sql, user: UserId) {
  return sql.selectFrom("identity").selectAll().where("user_id", "=", user).orderBy("created_ms").execute();
}

export async function deleteIdentity(sql: Sql, issuer: string, subject: string): Promise<void> {
  await sql.deleteFrom("identity").where("issuer", "=", issuer).where("subject", "=", subject).execute();
}

export function findPasskey(sql: Sql, credential: string): Promise<PasskeyRow | undefined> {
  return sql.selectFrom("passkey").selectAll().where("credential_id", "=", credential).executeTakeFirst();
}

export function listPasskeys(sql: Sql, user: UserId): Promise<PasskeyRow[]> {
  return sql.selectFrom("passkey").selectAll().where("user_id", "=", user).orderBy("id").execute();
}

export async function insertPasskey(sql: Sql, row: Insertable<PasskeyTable>): Promise<void> {
  await sql.insertInto("passkey").values(row).execute();
}

/** False where its counter has not grown: two devices hold this key, or it is gone. */
export async function updatePasskeyUse(
  sql: Sql,
  credential: string,
  { counter, used_ms }: { counter: number; used_ms: number },
): Promise<boolean> {
  const row = await sql
    .updateTable("passkey")
    .set({ counter, used_ms })
    .where("credential_id", "=", credential)
    .where((eb) =>
      eb.or([eb("counter", "<", counter), eb.and([eb("counter", "=", 0), eb.val(counter === 0 ? 1 : 0)])]),
    )
    .returning("id")
    .executeTakeFirst();
  return row !== undefined;
}

export async function deletePasskey(sql: Sql, user: UserId, id: string): Promise<boolean> {
  const row = await sql
    .deleteFrom("passkey")
    .where("user_id", "=", user)
    .where("id", "=", id)
    .returning("id")
    .executeTakeFirst();
  return row !== undefined;
}

interface Challenge {
  hash: Uint8Array;
  bound_to: string | null;
  expires_ms: number;
}

export async function insertChallenge(sql: Sql, row: Challenge): Promise<void> {
  await sql.insertInto("passkey_challenge").values(row).execute();
}

/** Takes it away: it can be used once. */
export function deleteChallenge(sql: Sql, hash: Uint8Array): Promise<Challenge | undefined> {
  return sql.deleteFrom("passkey_challenge").where("hash", "=", hash).returningAll().executeTakeFirst();
}

export async function insertFlow(sql: Sql, row: FlowRow): Promise<void> {
  await sql.insertInto("sign_in_flow").values(row).execute();
}

/** Takes it away: it can be used once. */
export function deleteFlow(sql: Sql, hash: Uint8Array): Promise<FlowRow | undefined> {
  return sql.deleteFrom("sign_in_flow").where("hash", "=", hash).returningAll().executeTakeFirst();
}

const liveSessions = prepared((db, p: { users: readonly UserId[] }) =>
  db.selectFrom("session").select("id").where(inList("user_id", p.users)),
);

export async function listSessionIds(sql: Sql, users: readonly UserId[]): Promise<Set<string>> {
  return new Set((await liveSessions.all(sql, { users })).map(({ id }) => id));
}
