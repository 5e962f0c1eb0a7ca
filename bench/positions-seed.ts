import { Database } from "bun:sqlite";
import type { EventId } from "@jarvis/contract";
import { eventStream } from "@jarvis/contract";
import type { Seeded } from "../packages/server/test/support/seed.ts";
import { seed } from "./seed.ts";

export interface SharingEvent {
  readonly id: EventId;
  readonly people: readonly Seeded[];
}

const hourMs = 60 * 60_000;

/** Events that begin in half an hour, in which everybody has accepted and shows everybody where they are. */
export async function seedSharing(
  databaseUrl: string,
  events: number,
  size: number,
): Promise<SharingEvent[]> {
  const people = await seed(databaseUrl, events * size);
  const db = new Database(databaseUrl.slice("sqlite:".length));
  const made = Array.from({ length: events }, (_, i) => ({
    id: Bun.randomUUIDv7() as EventId, // as the server makes them
    people: people.slice(i * size, (i + 1) * size),
  }));
  db.transaction(() => {
    for (const event of made) insertEvent(db, event);
  })();
  db.run("pragma wal_checkpoint(truncate)");
  db.close();
  return made;
}

function insertEvent(db: Database, { id, people }: SharingEvent): void {
  const now = Date.now();
  const owner = people[0]?.id ?? "";
  db.query(
    `insert into event (id, group_id, owner_id, name, description, start_ms, duration_ms, time_zone, cancelled, version,
       place_latitude, place_longitude, created_ms, updated_ms)
     values (?1, ?1, ?2, 'Bench', '', ?3, ?4, 'UTC', 0, 1, 49.26, -123.24, ?5, ?5)`,
  ).run(id, owner, now + hourMs / 2, 2 * hourMs, now);
  db.query("insert into stream (id, last_seq, last_message, pruned_seq) values (?1, 0, 0, 0)").run(
    eventStream(id),
  );
  for (const person of people) {
    db.query(
      `insert into participant (event_id, user_id, role, rsvp, state, delivered, invited_by, invited_ms, answered_ms)
       values (?1, ?2, ?3, 'accepted', 'in', 1, ?4, ?5, ?5)`,
    ).run(id, person.id, person.id === owner ? "owner" : "guest", owner, now);
    db.query(
      `insert into sharing (event_id, user_id, state, "precision", since_ms, until_ms, updated_ms)
       values (?1, ?2, 'on', 'exact', ?3, ?4, ?3)`,
    ).run(id, person.id, now - 1_000, now + 2 * hourMs);
    for (const other of people)
      if (other.id !== person.id)
        db.query(
          "insert into share_audience (event_id, sharer_id, viewer_id, since_ms) values (?1, ?2, ?3, ?4)",
        ).run(id, person.id, other.id, now - 1_000);
  }
}
