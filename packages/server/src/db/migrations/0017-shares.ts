import { type Kysely, sql } from "kysely";

const statements = [
  `create table friend_share (
    user_id text not null, friend_id text not null, precision text not null,
    since_ms integer not null, until_ms integer not null, viewed_ms integer,
    primary key (user_id, friend_id)
  ) without rowid`,
  `create index friend_share_friend on friend_share (friend_id)`,
  `create index friend_share_until on friend_share (until_ms)`,
  `create table location_view (
    sharer_id text not null, event_id text not null, viewer_id text not null, at_ms integer not null,
    primary key (sharer_id, event_id, viewer_id)
  ) without rowid`,
  `create index location_view_newest on location_view (sharer_id, at_ms)`,
  `create index location_view_viewer on location_view (viewer_id)`,
  `create index location_view_age on location_view (at_ms)`,
  `insert into location_view select sharer_id, event_id, viewer_id, at_ms from share_view`,
  `alter table share_audience add column since_ms integer not null default 0`,
  `alter table sharing add column until_arrival integer`,
  `alter table "user" add column until_arrival integer not null default 0`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
