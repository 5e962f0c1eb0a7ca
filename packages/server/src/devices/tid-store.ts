import type { DeviceId, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import type { DeviceTidTable } from "../db/schema-devices.ts";

export function listTids(sql: Sql, device: DeviceId): Promise<Pick<DeviceTidTable, "user_id" | "tid">[]> {
  return sql.selectFrom("device_tid").select(["user_id", "tid"]).where("device_id", "=", device).execute();
}

export function listTidsOf(sql: Sql, owner: UserId): Promise<DeviceTidTable[]> {
  return sql
    .selectFrom("device_tid")
    .selectAll()
    .where("owner_id", "=", owner)
    .orderBy("device_id")
    .orderBy("tid")
    .execute();
}

export async function insertTid(sql: Sql, row: DeviceTidTable): Promise<void> {
  await sql.insertInto("device_tid").values(row).execute();
}

export async function deleteTid(sql: Sql, device: DeviceId, user: UserId): Promise<void> {
  await sql.deleteFrom("device_tid").where("device_id", "=", device).where("user_id", "=", user).execute();
}
