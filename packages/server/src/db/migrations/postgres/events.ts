import { text } from "./types.ts";

/** Events, who takes part, where people are, and their journeys. */
export const events: readonly string[] = [
  `create table event (
    id ${text} not null, owner_id ${text} not null,
    name ${text} not null, description ${text} not null, start_ms bigint,
    duration_ms bigint not null, time_zone ${text} not null, capacity bigint,
    place_name ${text}, place_address ${text}, place_latitude double precision,
    place_longitude double precision, cancelled bigint not null, version bigint not null,
    created_ms bigint not null, updated_ms bigint not null,
    kind ${text} not null default 'single', group_id ${text} not null default '',
    original_start_ms bigint, all_day bigint not null default 0, start_date ${text},
    end_date ${text}, recurrence ${text}, own_columns ${text},
    primary key (id)
  )`,
  `create index event_end on event (start_ms, duration_ms)`,
  `create index event_group on event (group_id, start_ms)`,
  `create table participant (
    event_id ${text} not null, user_id ${text} not null,
    role ${text} not null, rsvp ${text} not null,
    state ${text} not null, delivered bigint not null,
    invited_by ${text} not null, invitation_id ${text},
    invited_ms bigint not null, answered_ms bigint, left_ms bigint,
    answers bigint not null default 0, primary key (event_id, user_id)
  )`,
  `create index participant_user on participant (user_id, event_id)`,
  `create table invitation (
    event_id ${text} not null, id ${text} not null,
    email ${text} not null, email_key ${text} not null,
    invited_by ${text} not null, created_ms bigint not null, primary key (event_id, id)
  )`,
  `create unique index invitation_address on invitation (email_key, event_id)`,
  `create table absence (
    event_id ${text} not null, user_id ${text} not null,
    from_entry bigint not null, to_entry bigint, from_message bigint not null, to_message bigint,
    primary key (event_id, user_id, from_entry)
  )`,
  `create table fix (
    user_id ${text} not null, event_id ${text} not null,
    latitude double precision not null, longitude double precision not null,
    accuracy double precision, altitude double precision, speed double precision,
    heading double precision, battery double precision, at_ms bigint not null,
    received_ms bigint not null, primary key (user_id, event_id)
  )`,
  `create index fix_event on fix (event_id)`,
  `create table sharing (
    event_id ${text} not null, user_id ${text} not null,
    state ${text} not null, "precision" ${text} not null, since_ms bigint,
    until_ms bigint, updated_ms bigint not null, until_arrival bigint, primary key (event_id,
    user_id)
  )`,
  `create index sharing_user on sharing (user_id, event_id)`,
  `create table share_audience (
    event_id ${text} not null, sharer_id ${text} not null,
    viewer_id ${text} not null, since_ms bigint not null default 0, primary key (event_id,
    sharer_id, viewer_id)
  )`,
  `create table share_view (
    event_id ${text} not null, sharer_id ${text} not null,
    viewer_id ${text} not null, at_ms bigint not null, primary key (event_id, sharer_id,
    viewer_id)
  )`,
  `create table location_request (
    event_id ${text} not null, from_id ${text} not null,
    to_id ${text} not null, state ${text} not null, created_ms bigint not null,
    answered_ms bigint, primary key (event_id, from_id, to_id)
  )`,
  `create table occurrence_rsvp (
    event_id ${text} not null, user_id ${text} not null,
    group_id ${text} not null, rsvp ${text} not null,
    answered_ms bigint not null, primary key (event_id, user_id)
  )`,
  `create index occurrence_rsvp_group on occurrence_rsvp (group_id, user_id)`,
  `create table series_part (
    series_id ${text} not null, from_ms bigint not null, rule ${text} not null,
    anchor ${text} not null, zone ${text} not null, until_ms bigint,
    name ${text} not null, description ${text} not null,
    time_zone ${text} not null, local_time ${text}, duration_ms bigint not null,
    days bigint, capacity bigint, place_name ${text}, place_address ${text},
    place_latitude double precision, place_longitude double precision, primary key (series_id,
    from_ms)
  )`,
  `create index series_part_until on series_part (until_ms) where until_ms is not null`,
  `create table poll (
    event_id ${text} not null, version bigint not null, deadline_ms bigint,
    hidden bigint not null, chosen ${text}, primary key (event_id)
  )`,
  `create table poll_option (
    event_id ${text} not null, id ${text} not null, slot bigint not null,
    start_ms bigint, duration_ms bigint, date ${text}, primary key (event_id, id)
  )`,
  `create unique index poll_option_slot on poll_option (event_id, slot)`,
  `create table poll_vote (
    event_id ${text} not null, user_id ${text} not null,
    votes ${text} not null, secret bigint not null, primary key (event_id, user_id)
  )`,
  `create table poll_required (
    event_id ${text} not null, user_id ${text} not null, primary key (event_id,
    user_id)
  )`,
  `create table availability (
    event_id ${text} not null, user_id ${text} not null, from_ms bigint not null,
    to_ms bigint not null, updated_ms bigint not null, primary key (event_id, user_id)
  )`,
  `create index availability_user on availability (user_id, event_id)`,
  `create index availability_end on availability (to_ms)`,
  `create table friend_share (
    user_id ${text} not null, friend_id ${text} not null,
    "precision" ${text} not null, since_ms bigint not null, until_ms bigint not null,
    viewed_ms bigint, primary key (user_id, friend_id)
  )`,
  `create index friend_share_friend on friend_share (friend_id)`,
  `create index friend_share_until on friend_share (until_ms)`,
  `create table location_view (
    sharer_id ${text} not null, event_id ${text} not null,
    viewer_id ${text} not null, at_ms bigint not null, primary key (sharer_id, event_id,
    viewer_id)
  )`,
  `create index location_view_newest on location_view (sharer_id, at_ms)`,
  `create index location_view_viewer on location_view (viewer_id)`,
  `create index location_view_age on location_view (at_ms)`,
  `create table journey (
    event_id ${text} not null, user_id ${text} not null,
    start_ms bigint not null, place_latitude double precision not null,
    place_longitude double precision not null, leave_told_ms bigint, late_s bigint,
    late_told_ms bigint, arrived_ms bigint, primary key (event_id, user_id)
  )`,
  `create index journey_user on journey (user_id)`,
  `create index journey_start on journey (start_ms)`,
  `create table detour (
    user_id ${text} not null, mode ${text} not null,
    factor double precision not null, journeys bigint not null, updated_ms bigint not null,
    primary key (user_id, mode)
  )`,
  `create table start_point (
    event_id ${text} not null, user_id ${text} not null,
    latitude double precision not null, longitude double precision not null,
    mode ${text} not null, updated_ms bigint not null, primary key (event_id, user_id)
  )`,
  `create index start_point_user on start_point (user_id, event_id)`,
];
