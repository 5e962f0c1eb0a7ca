import type { DeviceId, UserId } from "@jarvis/contract";
import type { Selectable } from "kysely";
import type { Sql } from "../db/database.ts";
import { prepared } from "../db/prepared.ts";
import type { DeviceTable } from "../db/schema-devices.ts";

export type DeviceRow = Selectable<DeviceTable>;

const byHash = prepared((db, p: { hash: Uint8Array }) =>
  db.selectFrom("device").selectAll().where("hash", "=", p.hash),
);

export function findDeviceByHash(sql: Sql, hash: Uint8Array): Promise<DeviceRow | undefined> {
  return byHash.first(sql, { hash });
}

const one = prepared((db, p: { hash: Uint8Array }) =>
  db.selectFrom("device").select("id").where("hash", "=", p.hash),
);

export async function hasDevice(sql: Sql, hash: Uint8Array): Promise<boolean> {
  return (await one.first(sql, { hash })) !== undefined;
}

export function listDeviceRows(sql: Sql, user: UserId): Promise<DeviceRow[]> {
  return sql
    .selectFrom("device")
    .selectAll()
    .where("user_id", "=", user)
    .orderBy("created_ms")
    .orderBy("id")
    .execute();
}

export async function countDevices(sql: Sql, user: UserId): Promise<number> {
  const { count } = await sql
    .selectFrom("device")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("user_id", "=", user)
    .executeTakeFirstOrThrow();
  return count;
}

/** Whether there is such an account: an erasure may have come first. */
export async function isAccount(sql: Sql, user: UserId): Promise<boolean> {
  return (await sql.selectFrom("user").select("id").where("id", "=", user).executeTakeFirst()) !== undefined;
}

export async function insertDevice(sql: Sql, row: DeviceRow): Promise<void> {
  await sql.insertInto("device").values(row).execute();
}

export function updateDeviceName(
  sql: Sql,
  user: UserId,
  id: DeviceId,
  name: string,
): Promise<DeviceRow | undefined> {
  return sql
    .updateTable("device")
    .set({ name })
    .where("user_id", "=", user)
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirst();
}

type Use = Pick<DeviceTable, "hash" | "used_ms" | "app" | "problem" | "problem_ms">;

const use = prepared((db, p: Use) =>
  db
    .updateTable("device")
    .set({ used_ms: p.used_ms, app: p.app, problem: p.problem, problem_ms: p.problem_ms })
    .where("hash", "=", p.hash),
);

export async function updateDeviceUse(sql: Sql, row: Use): Promise<void> {
  await use.run(sql, row);
}

type Region = Pick<DeviceTable, "hash" | "region_event" | "region_hash">;

export async function updateDeviceRegion(sql: Sql, { hash, ...region }: Region): Promise<void> {
  await sql.updateTable("device").set(region).where("hash", "=", hash).execute();
}

/** All of this person's, or only this one; with how they called whom they were shown. Gives which. */
export async function deleteDevices(sql: Sql, user: UserId, id?: string): Promise<DeviceId[]> {
  const rows = await sql
    .deleteFrom("device")
    .where("user_id", "=", user)
    .$if(id !== undefined, (query) => query.where("id", "=", (id ?? "") as DeviceId)) // looked for among the person's own
    .returning("id")
    .execute();
  const ids = rows.map((row) => row.id);
  for (const device of ids) await sql.deleteFrom("device_tid").where("device_id", "=", device).execute();
  return ids;
}
