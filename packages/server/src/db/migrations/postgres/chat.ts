import { partitionsOf, text } from "./types.ts";

/** Streams, chats, photos, and the words by which messages are found. */
export const chat: readonly string[] = [
  `create table stream (
    id ${text} not null, last_seq bigint not null, last_message bigint not null,
    pruned_seq bigint not null, primary key (id)
  )`,
  `create table entry (
    stream ${text} not null, seq bigint not null, kind ${text} not null,
    data ${text} not null, at_ms bigint not null, primary key (stream, seq)
  ) partition by hash (stream)`,
  ...partitionsOf("entry"),
  `create table message (
    event_id ${text} not null, seq bigint not null, id ${text} not null,
    author_id ${text}, client_id ${text}, content_hash bytea,
    text ${text} not null, reply_to bigint, system ${text},
    sent_ms bigint not null, edited_ms bigint, deleted_ms bigint, mentions ${text},
    reactions_entry bigint, primary key (event_id, seq)
  ) partition by hash (event_id)`,
  ...partitionsOf("message"),
  `create unique index message_client on message (event_id, author_id, client_id)
    where client_id is not null`,
  `create index message_system on message (event_id, author_id) where system is not null`,
  `create table read_marker (
    event_id ${text} not null, user_id ${text} not null, seq bigint not null,
    primary key (event_id, user_id)
  )`,
  `create table reaction (
    event_id ${text} not null, user_id ${text} not null, seq bigint not null,
    emoji ${text} not null, entry bigint not null, since_entry bigint not null,
    primary key (event_id, user_id, seq, emoji)
  )`,
  `create unique index reaction_order on reaction (event_id, seq, entry)`,
  `create table mention (
    event_id ${text} not null, user_id ${text} not null, seq bigint not null,
    primary key (event_id, user_id, seq)
  )`,
  `create table pin (
    event_id ${text} not null, seq bigint not null, entry bigint not null,
    user_id ${text}, primary key (event_id, seq)
  )`,
  `create table chat_index (
    event_id ${text} not null, number bigint not null, indexed_seq bigint not null,
    primary key (event_id)
  )`,
  `create table photo (
    id ${text} not null, event_id ${text} not null,
    uploader_id ${text} not null, type ${text} not null, width bigint not null,
    height bigint not null, bytes bigint not null, shown bigint not null,
    created_ms bigint not null, primary key (id)
  )`,
  `create index photo_event on photo (event_id)`,
  `create index photo_uploader on photo (uploader_id)`,
  `create index photo_unshown on photo (created_ms) where shown = 0`,
  `create table message_photo (
    event_id ${text} not null, seq bigint not null, position bigint not null,
    photo_id ${text} not null, primary key (event_id, seq, position)
  )`,
  `create index message_photo_photo on message_photo (photo_id)`,
  `create table message_word (
    event_id ${text} not null, word ${text} not null, seq bigint not null, place bigint not null,
    primary key (event_id, word, seq, place)
  ) partition by hash (event_id)`,
  ...partitionsOf("message_word"),
  `create index message_word_message on message_word (event_id, seq)`,
];
