import { Database } from "bun:sqlite";
import { eventStream, type EventId } from "@jarvis/contract";
import { loadConfig } from "../packages/server/src/config.ts";
import { createContext } from "../packages/server/src/context.ts";
import { type Seeded, seedUser } from "../packages/server/test/support/seed.ts";

/** More writes than these at once may be refused. */
const together = 1_000;

/** Makes people with sessions in a store that no server has open. */
export async function seed(databaseUrl: string, count: number): Promise<Seeded[]> {
  const ctx = await createContext(
    loadConfig({ JARVIS_DATABASE_URL: databaseUrl, JARVIS_LOG_LEVEL: "error" }),
  );
  const users: Seeded[] = [];
  while (users.length < count) {
    const from = users.length;
    const people = Array.from({ length: Math.min(together, count - from) }, (_, i) =>
      seedUser(ctx, "Bench", { email: `bench-${from + i}@example.org` }),
    );
    users.push(...(await Promise.all(people)));
  }
  await ctx.db.close();
  return users;
}

export interface Chats {
  readonly people: readonly Seeded[];
  readonly ids: readonly EventId[];
}

export interface Wanted {
  readonly people: number;
  readonly chats: number;
  /** In each chat. */
  readonly messages: number;
  /** Everybody in every chat, or one person in each, in turn. */
  readonly members?: "all" | "one";
}

/** A store with chats and their messages, written by the table: a million takes seconds. */
export async function seedChats(databaseUrl: string, wanted: Wanted): Promise<Chats> {
  const people = await seed(databaseUrl, wanted.people);
  const db = new Database(databaseUrl.slice("sqlite:".length));
  const ids = Array.from({ length: wanted.chats }, () => Bun.randomUUIDv7() as EventId); // as the server makes them
  db.run("pragma cache_size = -500000");
  db.transaction(() => {
    for (const [index, id] of ids.entries()) {
      const owner = people[wanted.members === "one" ? index % people.length : 0]?.id ?? "";
      insertChat(db, id, owner, wanted.messages);
      const members = wanted.members === "one" ? [owner] : people.map((person) => person.id);
      for (const member of members) insertParticipant(db, id, owner, member);
    }
  })();
  db.run("pragma wal_checkpoint(truncate)");
  db.close();
  return { people, ids };
}

function insertChat(db: Database, id: EventId, owner: string, messages: number): void {
  const now = Date.now();
  db.query(
    `insert into event (id, owner_id, name, description, duration_ms, time_zone, cancelled, version, created_ms, updated_ms)
     values (?1, ?2, 'Bench', '', 3600000, 'UTC', 0, 1, ?3, ?3)`,
  ).run(id, owner, now);
  db.query("insert into stream (id, last_seq, last_message, pruned_seq) values (?1, ?2, ?2, 0)").run(
    eventStream(id),
    messages,
  );
  if (messages === 0) return;
  const numbers = "with recursive n (seq) as (select 1 union all select seq + 1 from n where seq < ?1)";
  db.query(
    `${numbers} insert into message (event_id, seq, id, author_id, client_id, content_hash, text, sent_ms)
     select ?2, seq, printf('%08x-0000-7000-8000-000000000000', seq), ?3, 'seed-' || seq, randomblob(32),
       'Message number ' || seq || ' of those that were here', ?4 from n`,
  ).run(messages, id, owner, now);
  db.query(
    `${numbers} insert into entry (stream, seq, kind, data, at_ms)
     select ?2, seq, 'message', '{"seq":' || seq || '}', ?3 from n`,
  ).run(messages, eventStream(id), now);
}

function insertParticipant(db: Database, event: EventId, owner: string, user: string): void {
  const role = user === owner ? "owner" : "guest";
  db.query(
    `insert into participant (event_id, user_id, role, rsvp, state, delivered, invited_by, invited_ms, answered_ms)
     values (?1, ?2, ?3, 'accepted', 'in', 1, ?4, ?5, ?5)`,
  ).run(event, user, role, owner, Date.now());
}
