import { type Kysely, sql } from "kysely";

const statements = [
  `create table meta (key text primary key, value text not null) without rowid`,
  `create table "user" (
    id text primary key, username text not null, username_key text not null,
    email text, email_key text, email_confirmed integer not null, password_hash text,
    time_zone text not null, locale text not null,
    findable integer not null, findable_by_email integer not null, busy_for text not null, invites_from text not null,
    show_online integer not null, id_tokens_from_ms integer not null, version integer not null, created_ms integer not null
  ) without rowid`,
  `create unique index user_email on "user" (email_key) where email_key is not null`,
  `create index user_username on "user" (username_key)`,
  `create table identity (
    issuer text not null, subject text not null, user_id text not null, created_ms integer not null,
    primary key (issuer, subject)
  ) without rowid`,
  `create index identity_user on identity (user_id)`,
  `create table session (
    token_hash blob primary key, id text not null, user_id text not null,
    created_ms integer not null, used_ms integer not null, expires_ms integer not null,
    id_token_hash blob, id_token_expires_ms integer
  ) without rowid`,
  `create index session_user on session (user_id)`,
  `create index session_expiry on session (expires_ms)`,
  `create table revoked_id_token (hash blob primary key, expires_ms integer not null) without rowid`,
  `create index revoked_id_token_expiry on revoked_id_token (expires_ms)`,
  `create table friend_request (
    to_id text not null, from_id text not null, state text not null, created_ms integer not null, declined_ms integer,
    primary key (to_id, from_id)
  ) without rowid`,
  `create index friend_request_from on friend_request (from_id, to_id)`,
  `create table friendship (
    user_id text not null, friend_id text not null, since_ms integer not null, primary key (user_id, friend_id)
  ) without rowid`,
  `create table block (
    user_id text not null, blocked_id text not null, created_ms integer not null, primary key (user_id, blocked_id)
  ) without rowid`,
  `create index block_blocked on block (blocked_id, user_id)`,
  `create table event (
    id text primary key, owner_id text not null, name text not null, description text not null,
    start_ms integer, duration_ms integer not null, time_zone text not null, capacity integer,
    place_name text, place_address text, place_latitude real, place_longitude real,
    cancelled integer not null, version integer not null, created_ms integer not null, updated_ms integer not null
  ) without rowid`,
  `create index event_end on event (start_ms, duration_ms)`,
  `create table participant (
    event_id text not null, user_id text not null, role text not null, rsvp text not null, state text not null,
    delivered integer not null, invited_by text not null, invitation_id text, invited_ms integer not null,
    answered_ms integer, left_ms integer, primary key (event_id, user_id)
  ) without rowid`,
  `create index participant_user on participant (user_id, event_id)`,
  `create table invitation (
    event_id text not null, id text not null, email text not null, email_key text not null,
    invited_by text not null, created_ms integer not null, primary key (event_id, id)
  ) without rowid`,
  `create unique index invitation_address on invitation (email_key, event_id)`,
  `create table absence (
    event_id text not null, user_id text not null, from_entry integer not null, to_entry integer,
    from_message integer not null, to_message integer, primary key (event_id, user_id, from_entry)
  ) without rowid`,
  `create table stream (
    id text primary key, last_seq integer not null, last_message integer not null, pruned_seq integer not null
  ) without rowid`,
  `create table entry (
    stream text not null, seq integer not null, kind text not null, data text not null, at_ms integer not null,
    primary key (stream, seq)
  ) without rowid`,
  `create table message (
    event_id text not null, seq integer not null, id text not null, author_id text, client_id text, content_hash blob,
    text text not null, reply_to integer, system text, sent_ms integer not null, edited_ms integer, deleted_ms integer,
    primary key (event_id, seq)
  ) without rowid`,
  `create unique index message_client on message (event_id, author_id, client_id) where client_id is not null`,
  `create table read_marker (
    event_id text not null, user_id text not null, seq integer not null, primary key (event_id, user_id)
  ) without rowid`,
  `create table fix (
    user_id text not null, event_id text not null, latitude real not null, longitude real not null,
    accuracy real, altitude real, speed real, heading real, battery real, at_ms integer not null, received_ms integer not null,
    primary key (user_id, event_id)
  ) without rowid`,
  `create index fix_event on fix (event_id)`,
  `create table sharing (
    event_id text not null, user_id text not null, state text not null, "precision" text not null,
    since_ms integer, until_ms integer, updated_ms integer not null, primary key (event_id, user_id)
  ) without rowid`,
  `create index sharing_user on sharing (user_id, event_id)`,
  `create table share_audience (
    event_id text not null, sharer_id text not null, viewer_id text not null, primary key (event_id, sharer_id, viewer_id)
  ) without rowid`,
  `create table share_view (
    event_id text not null, sharer_id text not null, viewer_id text not null, at_ms integer not null,
    primary key (event_id, sharer_id, viewer_id)
  ) without rowid`,
  `create table location_request (
    event_id text not null, from_id text not null, to_id text not null, state text not null,
    created_ms integer not null, answered_ms integer, primary key (event_id, from_id, to_id)
  ) without rowid`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
