import { Database } from "bun:sqlite";
import type { CalendarId, EventId } from "@jarvis/contract";
import { encodeBusy } from "../../../src/calendars/rules.ts";
import { quarterMs } from "../../../src/schedule/rules.ts";
import type { Seeded } from "../seed.ts";

interface Wanted {
  readonly people: readonly Seeded[];
  readonly days: number;
  /** Of each: accepted events, and busy times of an imported calendar. */
  readonly own: number;
  readonly imported: number;
}

/**
 * An event of the first of these people, in which all of them share their time, and their calendars. Into a store that
 * no server has open.
 */
export function seedCalendars(path: string, { people, days, own, imported }: Wanted): EventId {
  const db = new Database(path);
  const group = Bun.randomUUIDv7() as EventId; // as the server makes them
  const owner = people[0]?.id ?? "";
  const span = { fromMs: Date.now(), toMs: Date.now() + days * 86_400_000 };
  db.transaction(() => {
    insertEvent(db, group, owner, null);
    for (const [number, { id }] of people.entries()) {
      insertParticipant(db, group, id, id === owner ? "owner" : "guest");
      insertConsent(db, group, id, span);
      for (let index = 0; index < own; index++) {
        const event = Bun.randomUUIDv7();
        insertEvent(
          db,
          event,
          id,
          span.fromMs + ((index + (number % 10) / 10) / own) * (span.toMs - span.fromMs),
        );
        insertParticipant(db, event, id, "owner");
      }
      insertCalendar(db, id, imported, span);
    }
  })();
  db.run("pragma wal_checkpoint(truncate)");
  db.close();
  return group;
}

function insertEvent(db: Database, id: string, owner: string, startMs: number | null): void {
  db.query(
    `insert into event (id, group_id, kind, owner_id, name, description, start_ms, duration_ms, time_zone, cancelled,
       version, created_ms, updated_ms) values (?1, ?1, 'single', ?2, 'Something', '', ?3, 5400000, 'Europe/Berlin', 0, 1, 1, 1)`,
  ).run(id, owner, startMs === null ? null : Math.floor(startMs));
  db.query("insert into stream (id, last_seq, last_message, pruned_seq) values (?1, 0, 0, 0)").run(
    `event:${id}`,
  );
}

function insertParticipant(db: Database, event: string, user: string, role: string): void {
  db.query(
    `insert into participant (event_id, user_id, role, rsvp, state, delivered, invited_by, invited_ms, answered_ms)
     values (?1, ?2, ?3, 'accepted', 'in', 1, ?2, 1, 1)`,
  ).run(event, user, role);
}

function insertConsent(
  db: Database,
  event: string,
  user: string,
  span: { fromMs: number; toMs: number },
): void {
  db.query(
    "insert into availability (event_id, user_id, from_ms, to_ms, updated_ms) values (?1, ?2, ?3, ?4, 1)",
  ).run(event, user, span.fromMs, span.toMs);
  const hours = JSON.stringify([
    { days: ["mo", "tu", "we", "th", "fr", "sa", "su"], from: "08:00", to: "01:00" },
  ]);
  db.query('update "user" set hours = ?2, travel_buffer = 1800 where id = ?1').run(user, hours);
}

function insertCalendar(
  db: Database,
  user: string,
  count: number,
  span: { fromMs: number; toMs: number },
): void {
  const first = Math.ceil(span.fromMs / quarterMs);
  const step = (span.toMs - span.fromMs) / quarterMs / count;
  const busy = Uint32Array.from({ length: 2 * count }, (_, index) => {
    const begin = first + Math.floor(Math.floor(index / 2) * step);
    return index % 2 === 0 ? begin : begin + Math.max(1, Math.floor(step / 3));
  });
  const id = Bun.randomUUIDv7() as CalendarId; // as above
  db.query(
    `insert into calendar (id, user_id, kind, name, state, zone, events, skipped, failures, fetched_ms, created_ms,
       busy_from_ms, busy_until_ms, busy, kept) values (?1, ?2, 'file', 'Work', 'ok', 'UTC', ?3, '[]', 0, 1, 1, ?4, ?5, ?6, x'')`,
  ).run(id, user, count, span.fromMs, span.toMs, encodeBusy(busy));
}
