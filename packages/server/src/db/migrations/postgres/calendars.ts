import { text } from "./types.ts";

/** Calendars of elsewhere, and those that others read here. */
export const calendars: readonly string[] = [
  `create table calendar (
    id ${text} not null, user_id ${text} not null,
    kind ${text} not null, name ${text} not null, url ${text},
    host ${text}, state ${text} not null, error ${text},
    etag ${text}, last_modified ${text}, zone ${text} not null,
    events bigint not null, skipped ${text} not null, failures bigint not null,
    refresh_ms bigint, fetched_ms bigint not null, next_ms bigint, created_ms bigint not null,
    busy_from_ms bigint not null, busy_until_ms bigint not null, busy bytea not null,
    kept bytea not null, primary key (id)
  )`,
  `create index calendar_user on calendar (user_id)`,
  `create index calendar_next on calendar (next_ms) where next_ms is not null`,
  `create index calendar_until on calendar (busy_until_ms)`,
  `create table feed (
    hash bytea not null, user_id ${text} not null, id ${text} not null,
    kind ${text} not null, created_ms bigint not null, used_ms bigint,
    etag ${text}, changed_ms bigint, primary key (hash)
  )`,
  `create index feed_user on feed (user_id)`,
  `create table google_calendar (
    calendar_id ${text} not null, user_id ${text} not null,
    account ${text} not null, version bigint not null,
    refresh_token ${text} not null, kept bytea not null, primary key (calendar_id)
  )`,
  `create unique index google_calendar_account on google_calendar (user_id, account)`,
  `create table google_flow (
    hash bytea not null, user_id ${text} not null, redirect_uri ${text} not null,
    expires_ms bigint not null, primary key (hash)
  )`,
  `create index google_flow_expiry on google_flow (expires_ms)`,
  `create index google_flow_user on google_flow (user_id)`,
  `create table google_revocation (
    id ${text} not null, account ${text},
    refresh_token ${text} not null, failures bigint not null, next_ms bigint not null,
    created_ms bigint not null, primary key (id)
  )`,
  `create index google_revocation_next on google_revocation (next_ms)`,
  `create table feed_snapshot (
    user_id ${text} not null, token ${text} not null, told_ms bigint not null,
    objects bytea not null, primary key (user_id, token)
  )`,
];
