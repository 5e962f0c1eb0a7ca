import type { EventId, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { prepared } from "../db/prepared.ts";
import type { AvailabilityTable } from "../db/schema-schedule.ts";

type AvailabilityRow = AvailabilityTable;

const consentOf = prepared((db, p: { event: EventId; user: UserId }) =>
  db.selectFrom("availability").selectAll().where("event_id", "=", p.event).where("user_id", "=", p.user),
);

export function findAvailability(
  sql: Sql,
  event: EventId,
  user: UserId,
): Promise<AvailabilityRow | undefined> {
  return consentOf.first(sql, { event, user });
}

const upsert = prepared((db, p: AvailabilityRow) => {
  const columns = { from_ms: p.from_ms, to_ms: p.to_ms, updated_ms: p.updated_ms };
  return db
    .insertInto("availability")
    .values({ event_id: p.event_id, user_id: p.user_id, ...columns })
    .onConflict((conflict) => conflict.columns(["event_id", "user_id"]).doUpdateSet(columns));
});

export async function upsertAvailability(sql: Sql, row: AvailabilityRow): Promise<void> {
  await upsert.run(sql, row);
}

const remove = prepared((db, p: { event: EventId; user: UserId }) =>
  db.deleteFrom("availability").where("event_id", "=", p.event).where("user_id", "=", p.user),
);

export async function deleteAvailability(sql: Sql, event: EventId, user: UserId): Promise<void> {
  await remove.run(sql, { event, user });
}

export async function deleteAvailabilityOf(sql: Sql, event: EventId): Promise<void> {
  await sql.deleteFrom("availability").where("event_id", "=", event).execute();
}

const removePassed = prepared((db, p: { now: number }) =>
  db.deleteFrom("availability").where("to_ms", "<=", p.now),
);

export async function deletePassed(sql: Sql, now: number): Promise<void> {
  await removePassed.run(sql, { now });
}
