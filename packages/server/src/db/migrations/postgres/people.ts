import { text } from "./types.ts";

/** People, how they sign in, whom they know, and their phones. */
export const people: readonly string[] = [
  `create table meta (
    key ${text} not null, value ${text} not null, primary key (key)
  )`,
  `create table "user" (
    id ${text} not null, username ${text} not null,
    username_key ${text} not null, email ${text}, email_key ${text},
    email_confirmed bigint not null, password_hash ${text},
    time_zone ${text} not null, locale ${text} not null,
    findable bigint not null, findable_by_email bigint not null,
    busy_for ${text} not null, invites_from ${text} not null,
    show_online bigint not null, id_tokens_from_ms bigint not null, version bigint not null,
    created_ms bigint not null, password_expires_ms bigint, hours ${text},
    travel_buffer bigint not null default 0, until_arrival bigint not null default 0,
    primary key (id)
  )`,
  `create unique index user_email on "user" (email_key) where email_key is not null`,
  `create index user_username on "user" (username_key)`,
  `create table identity (
    issuer ${text} not null, subject ${text} not null,
    user_id ${text} not null, created_ms bigint not null, primary key (issuer, subject)
  )`,
  `create index identity_user on identity (user_id)`,
  `create table session (
    token_hash bytea not null, id ${text} not null, user_id ${text} not null,
    created_ms bigint not null, used_ms bigint not null, expires_ms bigint not null,
    id_token_hash bytea, id_token_expires_ms bigint, signed_in_ms bigint,
    opened_by ${text}, primary key (token_hash)
  )`,
  `create index "session_user" on session (user_id)`,
  `create index session_expiry on session (expires_ms)`,
  `create table revoked_id_token (
    hash bytea not null, expires_ms bigint not null, primary key (hash)
  )`,
  `create index revoked_id_token_expiry on revoked_id_token (expires_ms)`,
  `create table friend_request (
    to_id ${text} not null, from_id ${text} not null,
    state ${text} not null, created_ms bigint not null, declined_ms bigint,
    primary key (to_id, from_id)
  )`,
  `create index friend_request_from on friend_request (from_id, to_id)`,
  `create table friendship (
    user_id ${text} not null, friend_id ${text} not null,
    since_ms bigint not null, primary key (user_id, friend_id)
  )`,
  `create table block (
    user_id ${text} not null, blocked_id ${text} not null,
    created_ms bigint not null, primary key (user_id, blocked_id)
  )`,
  `create index block_blocked on block (blocked_id, user_id)`,
  `create table passkey (
    credential_id ${text} not null, id ${text} not null,
    user_id ${text} not null, public_key bytea not null, counter bigint not null,
    transports ${text} not null, name ${text} not null,
    created_ms bigint not null, used_ms bigint, primary key (credential_id)
  )`,
  `create index passkey_user on passkey (user_id)`,
  `create table passkey_challenge (
    hash bytea not null, bound_to ${text}, expires_ms bigint not null, primary key (hash)
  )`,
  `create index passkey_challenge_expiry on passkey_challenge (expires_ms)`,
  `create table sign_in_flow (
    hash bytea not null, issuer ${text} not null, return_path ${text} not null,
    expires_ms bigint not null, primary key (hash)
  )`,
  `create index sign_in_flow_expiry on sign_in_flow (expires_ms)`,
  `create table tombstone (
    user_id ${text} not null, erased_ms bigint not null, primary key (user_id)
  )`,
  `create table idempotency (
    user_id ${text} not null, method ${text} not null,
    path ${text} not null, key ${text} not null, body_hash bytea not null,
    created_id ${text} not null, created_ms bigint not null, primary key (user_id, method,
    path, key)
  )`,
  `create index idempotency_age on idempotency (created_ms)`,
  `create table last_seen (
    user_id ${text} not null, seen_ms bigint not null, primary key (user_id)
  )`,
  `create table device (
    hash bytea not null, id ${text} not null, user_id ${text} not null,
    name ${text} not null, friends bigint not null, created_ms bigint not null,
    used_ms bigint, app ${text}, problem ${text}, problem_ms bigint,
    region_event ${text}, region_hash ${text}, primary key (hash)
  )`,
  `create index device_user on device (user_id)`,
  `create table device_tid (
    device_id ${text} not null, user_id ${text} not null,
    owner_id ${text} not null, tid ${text} not null, primary key (device_id,
    user_id)
  )`,
  `create unique index device_tid_tid on device_tid (device_id, tid)`,
  `create index device_tid_user on device_tid (user_id)`,
  `create index device_tid_owner on device_tid (owner_id)`,
];
