import type { CalendarId, DeviceId } from "@jarvis/contract";
import { readingColumns } from "../../../src/calendars/rules.ts";
import { insertCalendar } from "../../../src/calendars/store.ts";
import type { Context } from "../../../src/context.ts";
import type { Tx } from "../../../src/db/database.ts";
import { insertDevice } from "../../../src/devices/store.ts";
import { sha256 } from "../../../src/lib/ids.ts";
import { hour } from "../meeting.ts";
import type { Seeded } from "../seed.ts";

/** What a person of the matrix has connected. */
export async function insertCalendarOf(
  ctx: Context,
  tx: Tx,
  { me, calendar: id }: { me: Seeded; calendar: CalendarId },
): Promise<void> {
  const now = ctx.clock.now();
  const range = { fromMs: now, untilMs: now + 500 * 24 * hour };
  const nothing = { busy: new Uint32Array(), events: 0, skipped: [], kept: new Uint8Array() };
  const file = {
    kind: "file" as const,
    name: "Work",
    url: null,
    host: null,
    state: "ok" as const,
    error: null,
  };
  const reads = { etag: null, last_modified: null, failures: 0, refresh_ms: null };
  await insertCalendar(tx.sql, {
    id,
    user_id: me.id,
    ...file,
    ...reads,
    ...readingColumns({ ...nothing, zone: "UTC", range }),
    fetched_ms: now,
    next_ms: null,
    created_ms: now,
  });
}

export async function insertDeviceOf(
  ctx: Context,
  tx: Tx,
  { me, device: id }: { me: Seeded; device: DeviceId },
): Promise<void> {
  const unused = { used_ms: null, app: null, problem: null, problem_ms: null };
  const made = { hash: sha256(ctx.random.token()), name: "Phone", friends: 0, created_ms: ctx.clock.now() };
  await insertDevice(tx.sql, {
    id,
    user_id: me.id,
    ...made,
    ...unused,
    region_event: null,
    region_hash: null,
  });
}
