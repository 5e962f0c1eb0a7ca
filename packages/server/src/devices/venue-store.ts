import type { EventId, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { prepared } from "../db/prepared.ts";

const next = prepared(
  (db, p: { user: UserId; now: number; until: number }) =>
    db
      .selectFrom("participant as p")
      .innerJoin("event as e", "e.group_id", "p.event_id")
      .innerJoin("event as g", "g.id", "e.group_id")
      .leftJoin("occurrence_rsvp as o", (on) =>
        on.onRef("o.event_id", "=", "e.id").onRef("o.user_id", "=", "p.user_id"),
      )
      .select(["e.id", "e.name", "e.place_latitude as latitude", "e.place_longitude as longitude"])
      .where("p.user_id", "=", p.user)
      .where("p.state", "=", "in")
      .where("p.delivered", "=", 1)
      .where((eb) => eb(eb.fn.coalesce("o.rsvp", "p.rsvp"), "=", "accepted"))
      .where("e.kind", "!=", "series")
      .where("e.cancelled", "=", 0)
      .where("g.cancelled", "=", 0)
      .where("e.start_ms", "<=", p.until)
      .where((eb) => eb(eb("e.start_ms", "+", eb.ref("e.duration_ms")), ">", p.now))
      .where("e.place_latitude", "is not", null)
      .where("e.place_longitude", "is not", null)
      .orderBy("e.start_ms")
      .orderBy("e.id")
      .limit(1)
      .$narrowType<{ latitude: number; longitude: number }>(), // asked for above
);

export interface VenueRow {
  id: EventId;
  name: string;
  latitude: number;
  longitude: number;
}

/** Where the first event takes place that this person has accepted, begins until then and is not over. */
export function findNextVenue(
  sql: Sql,
  user: UserId,
  now: number,
  until: number,
): Promise<VenueRow | undefined> {
  return next.first(sql, { user, now, until });
}

export async function findEventName(sql: Sql, event: EventId): Promise<string | undefined> {
  const row = await sql.selectFrom("event").select("name").where("id", "=", event).executeTakeFirst();
  return row?.name;
}
