import { type Kysely, sql } from "kysely";

const statements = [
  `create table photo (
    id text primary key, event_id text not null, uploader_id text not null, type text not null,
    width integer not null, height integer not null, bytes integer not null, shown integer not null,
    created_ms integer not null
  ) without rowid`,
  `create index photo_event on photo (event_id)`,
  `create index photo_uploader on photo (uploader_id)`,
  `create index photo_unshown on photo (created_ms) where shown = 0`,
  `create table message_photo (
    event_id text not null, seq integer not null, position integer not null, photo_id text not null,
    primary key (event_id, seq, position)
  ) without rowid`,
  `create index message_photo_photo on message_photo (photo_id)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
