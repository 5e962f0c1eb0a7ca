import type { UserExport, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { toDevice } from "./rules.ts";
import { listDeviceRows } from "./store.ts";
import { listTidsOf } from "./tid-store.ts";

/** All that is held of a person's devices but what opens them. */
export async function ownDevices(sql: Sql, user: UserId): Promise<UserExport["devices"]> {
  const tids = await listTidsOf(sql, user);
  return (await listDeviceRows(sql, user)).map((row) => {
    const own = tids.filter(({ device_id }) => device_id === row.id);
    return Object.assign(toDevice(row), { tids: own.map(({ user_id, tid }) => ({ user: user_id, tid })) });
  });
}
