import type { EventId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { prepared } from "../db/prepared.ts";
import type { PinTable } from "../db/schema.ts";

interface Place {
  event: EventId;
  seq: number;
}

const all = prepared((db, p: { event: EventId }) =>
  db.selectFrom("pin").select("seq").where("event_id", "=", p.event).orderBy("entry", "desc"),
);

/** The numbers of all pinned messages, newest pin first, whoever may read them. */
export async function listPins(sql: Sql, event: EventId): Promise<number[]> {
  return (await all.all(sql, { event })).map(({ seq }) => seq);
}

const insert = prepared((db, p: PinTable) =>
  db.insertInto("pin").values({ event_id: p.event_id, seq: p.seq, entry: p.entry, user_id: p.user_id }),
);

export async function insertPin(sql: Sql, row: PinTable): Promise<void> {
  await insert.run(sql, row);
}

const remove = prepared((db, p: Place) =>
  db.deleteFrom("pin").where("event_id", "=", p.event).where("seq", "=", p.seq),
);

export async function deletePin(sql: Sql, place: Place): Promise<void> {
  await remove.run(sql, place);
}
